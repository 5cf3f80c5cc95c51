//! The regular expression of a matcher, anchored at both ends.
//!
//! Alertmanager speaks RE2, which the regex crate resembles closely. What RE2 has and the crate has not is
//! refused in words of its own. One difference stays: `\d`, `\w`, `\s` and `\b` know Unicode here.

use std::fmt;

use regex::{Regex, RegexBuilder};

/// A regular expression that fits the whole value or does not match.
#[derive(Clone)]
pub(super) struct Pattern {
    written: String,
    anchored: Regex,
}

impl Pattern {
    /// Compiles, or says in one sentence why not.
    pub(super) fn new(written: &str) -> Result<Self, String> {
        if let Some(why) = re2_only(written) {
            return Err(why);
        }
        // Alone first: `a)|(b` is whole only between the anchors' brackets.
        compile(written)?;
        let anchored = compile(&format!("^(?:{written})$"))?;
        Ok(Self { written: written.to_owned(), anchored })
    }

    pub(super) fn fits(&self, value: &str) -> bool {
        self.anchored.is_match(value)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.written
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.written)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Pattern {}

fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(MAX_COMPILED_BYTES)
        .dfa_size_limit(MAX_CACHE_BYTES)
        .nest_limit(MAX_NESTING)
        .build()
        .map_err(|e| match e {
            regex::Error::CompiledTooBig(_) => "is too large once compiled".to_owned(),
            other => last_line(&other.to_string()),
        })
}

/// The regex crate draws a picture of the pattern above its sentence; a finding has one line.
fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or_default().trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Names the first construct that RE2 has and this crate has not.
fn re2_only(pattern: &str) -> Option<String> {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            continue;
        }
        match chars.next() {
            Some(c @ ('Q' | 'E')) => {
                return Some(format!("has `\\{c}`, which is not known here: escape each character"));
            }
            Some('C') => return Some("has `\\C`, a single byte, which is not known here: write `.`".to_owned()),
            Some(c @ '0'..='7') => return Some(format!("has `\\{c}`, an octal escape: write it as `\\x{{…}}`")),
            _ => {}
        }
    }
    None
}

/// Room for one compiled expression: enough for a counted class such as `[\w.-]{1,63}`, too little for
/// `(a{1000}){1000}`.
const MAX_COMPILED_BYTES: usize = 4 << 20;

/// Memory one expression may use to run faster, for each thread; there may be hundreds of them.
const MAX_CACHE_BYTES: usize = 256 << 10;

/// Deepest nesting of groups, far beyond what a human writes.
const MAX_NESTING: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_the_whole_value_whatever_the_alternatives() {
        for (pattern, value, expected) in [
            ("a|ab", "ab", true),
            ("a|b", "ab", false),
            ("", "", true),
            ("", "a", false),
            ("(?i)critical", "CRITICAL", true),
            (r"[\w.-]{1,63}", "db-1.example", true),
            (r"\\E", r"\E", true),
        ] {
            assert_eq!(Pattern::new(pattern).expect(pattern).fits(value), expected, "{pattern} on {value}");
        }
    }

    #[test]
    fn what_cannot_be_compiled_is_named() {
        for (pattern, sentence) in [
            ("a(b", "unclosed group"),
            ("a)|(b", "unopened group"),
            ("*", "repetition operator missing expression"),
            ("[z-a]", "invalid character class range, the start must be <= the end"),
            ("(?=x)y", "look-around, including look-ahead and look-behind, is not supported"),
            (r"\Qa.b\E", r"has `\Q`, which is not known here: escape each character"),
            (r"a\C", r"has `\C`, a single byte, which is not known here: write `.`"),
            (r"\101", r"has `\1`, an octal escape: write it as `\x{…}`"),
            ("((a{1000}){1000}){1000}", "is too large once compiled"),
        ] {
            assert_eq!(Pattern::new(pattern).expect_err(pattern), sentence);
        }
    }
}
