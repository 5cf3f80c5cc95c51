//! The written form of matchers: `{name op value, …}`.
//!
//! What both of Alertmanager's parsers accept is accepted, and names and values of any UTF-8 as in its newer
//! one. Where the two disagree on a backslash, the older one's reading holds, as in Alertmanager itself.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

use crate::route::matcher::{Matcher, Operator};
use crate::route::quoting::is_reserved;

impl Matcher {
    /// Reads one matcher or a comma-separated list of them, with or without `{}` around it, as Alertmanager
    /// does: `severity="critical"`, `{team=db,severity=~"critical|page"}`, `"service.name"!="shop"`.
    ///
    /// `{}` is a list of none. In a quoted text `\"`, `\\` and `\n` are escapes; any other backslash stands
    /// for itself, so `\.` and `\d` need no doubling (Alertmanager reads matchers with a plain label name
    /// so). At most [`MAX_MATCHERS`] in one list.
    ///
    /// # Errors
    /// The first mistake, with its column in `list`.
    pub fn parse_list(list: &str) -> Result<Vec<Self>, MatcherError> {
        let mut reader = Reader { chars: list.chars().peekable(), column: 1 };
        reader.skip_space();
        let braced = reader.take('{');
        let mut matchers = Vec::new();
        loop {
            reader.skip_space();
            if reader.at_end(braced) {
                break;
            }
            if matchers.len() == MAX_MATCHERS {
                return Err(reader.error(format!("there are more than {MAX_MATCHERS} matchers"), "split the route"));
            }
            matchers.push(reader.matcher()?);
            reader.skip_space();
            if !reader.take(',') {
                break;
            }
        }
        reader.finish(braced)?;
        if matchers.is_empty() && !braced {
            return Err(reader.error("there is no matcher", EXAMPLE));
        }
        Ok(matchers)
    }
}

/// Why a text is no list of matchers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatcherError {
    /// Where in the text, in characters, from 1.
    pub column: usize,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for MatcherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}; {}", self.column, self.message, self.help)
    }
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    /// Of the character that is read next.
    column: usize,
}

impl Reader<'_> {
    fn matcher(&mut self) -> Result<Matcher, MatcherError> {
        let start = self.column;
        let name = self.token("a label name")?;
        if name.is_empty() {
            return Err(error(start, "a label name is empty", EXAMPLE));
        }
        self.skip_space();
        let operator = self.operator(&name)?;
        self.skip_space();
        let start = self.column;
        let value = self.token("a value")?;
        Matcher::new(&name, operator, &value)
            .map_err(|why| error(start, format!("the regular expression `{value}` is wrong: {why}"), RE2_SYNTAX))
    }

    fn token(&mut self, what: &str) -> Result<String, MatcherError> {
        match self.chars.peek() {
            Some('"') => self.quoted(),
            Some(c) if !is_reserved(*c) => Ok(self.unquoted()),
            Some(c @ ('\'' | '`')) => {
                let message = format!("`{c}` is no quote here");
                Err(self.error(message, "use double quotes"))
            }
            Some(c) => {
                let message = format!("here should be {what}, not `{}`", c.escape_debug());
                Err(self.error(message, EXAMPLE))
            }
            None => Err(self.error(format!("here should be {what}, the text ends"), EXAMPLE)),
        }
    }

    fn unquoted(&mut self) -> String {
        let mut token = String::new();
        while let Some(c) = self.next_if(|c| !is_reserved(c)) {
            token.push(c);
        }
        token
    }

    fn quoted(&mut self) -> Result<String, MatcherError> {
        let start = self.column;
        self.take('"');
        let mut token = String::new();
        while let Some(c) = self.next() {
            match c {
                '"' => return Ok(token),
                '\\' => match self.next() {
                    Some('n') => token.push('\n'),
                    Some(c @ ('"' | '\\')) => token.push(c),
                    Some(other) => token.extend(['\\', other]),
                    None => break,
                },
                other => token.push(other),
            }
        }
        Err(error(start, "a quote is not closed", "write `\"` at its end"))
    }

    fn operator(&mut self, name: &str) -> Result<Operator, MatcherError> {
        let start = self.column;
        match (self.next(), self.chars.peek().copied()) {
            (Some('='), Some('=')) => Err(error(start, "`==` is no operator", "write `=`")),
            (Some('='), Some('~')) => Ok(self.past(Operator::Match)),
            (Some('='), _) => Ok(Operator::Equal),
            (Some('!'), Some('=')) => Ok(self.past(Operator::NotEqual)),
            (Some('!'), Some('~')) => Ok(self.past(Operator::NotMatch)),
            _ => Err(error(
                start,
                format!("`{}` has no operator", name.escape_debug()),
                "write `=`, `!=`, `=~` or `!~` after a label name; a name with other signs or spaces needs double \
                 quotes",
            )),
        }
    }

    /// Takes the operator's second sign.
    fn past(&mut self, operator: Operator) -> Operator {
        self.next();
        operator
    }

    fn at_end(&mut self, braced: bool) -> bool {
        self.chars.peek().is_none_or(|c| braced && *c == '}')
    }

    fn finish(&mut self, braced: bool) -> Result<(), MatcherError> {
        if braced && !self.take('}') {
            return Err(match self.chars.peek() {
                Some(c) => unexpected(self.column, *c),
                None => self.error("`{` is not closed", "write `}` at the end"),
            });
        }
        self.skip_space();
        match self.chars.peek() {
            Some(c) => Err(unexpected(self.column, *c)),
            None => Ok(()),
        }
    }

    fn skip_space(&mut self) {
        while self.next_if(char::is_whitespace).is_some() {}
    }

    fn take(&mut self, wanted: char) -> bool {
        self.next_if(|c| c == wanted).is_some()
    }

    fn next(&mut self) -> Option<char> {
        self.next_if(|_| true)
    }

    fn next_if(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        let c = self.chars.next_if(|c| wanted(*c))?;
        self.column += 1;
        Some(c)
    }

    fn error(&self, message: impl Into<String>, help: &str) -> MatcherError {
        error(self.column, message, help)
    }
}

fn error(column: usize, message: impl Into<String>, help: &str) -> MatcherError {
    MatcherError { column, message: message.into(), help: help.to_owned() }
}

fn unexpected(column: usize, c: char) -> MatcherError {
    error(
        column,
        format!("`{}` is not expected here", c.escape_debug()),
        "put a value with spaces or signs between double quotes, and a comma between two matchers",
    )
}

/// Most matchers in one list; nobody reads a longer one, and each may hold a compiled regular expression.
pub const MAX_MATCHERS: usize = 64;

const RE2_SYNTAX: &str = "see https://github.com/google/re2/wiki/Syntax";

const EXAMPLE: &str = "write such as `severity=\"critical\"`";

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(list: &str) -> String {
        match Matcher::parse_list(list) {
            Ok(matchers) => matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(e) => format!("{} {}", e.column, e.message),
        }
    }

    #[test]
    fn alertmanager_forms_are_accepted() {
        for (list, expected) in [
            ("a=b", r#"a="b""#),
            (r#"a="b",c!="d""#, r#"a="b" c!="d""#),
            (r#"{a="b",c!="d"}"#, r#"a="b" c!="d""#),
            (r#"{ a = "b" , }"#, r#"a="b""#),
            (r#"a="b","#, r#"a="b""#),
            ("{}", ""),
            (r#"a="""#, r#"a="""#),
            (r#""a b"=~"c,d}""#, r#""a b"=~"c,d}""#),
            ("a!~b|c", r#"a!~"b|c""#),
            ("🙂=🚀", r#"🙂="🚀""#),
            (r#"a="\t\.""#, r#"a="\\t\\.""#),
        ] {
            assert_eq!(shown(list), expected, "{list}");
        }
    }

    #[test]
    fn mistakes_are_named_at_their_column() {
        for (list, expected) in [
            ("", "1 there is no matcher"),
            ("  ", "3 there is no matcher"),
            ("a", "2 `a` has no operator"),
            ("a b=c", "3 `a` has no operator"),
            ("a!b", "2 `a` has no operator"),
            ("a==b", "2 `==` is no operator"),
            ("a=", "3 here should be a value, the text ends"),
            ("=b", "1 here should be a label name, not `=`"),
            (r#"""=b"#, "1 a label name is empty"),
            (r#"a="b"#, "3 a quote is not closed"),
            (r#"a="b\"#, "3 a quote is not closed"),
            ("a='b'", "3 `'` is no quote here"),
            ("{a=b", "5 `{` is not closed"),
            ("{a=b}}", "6 `}` is not expected here"),
            ("a=b}", "4 `}` is not expected here"),
            ("a=b c=d", "5 `c` is not expected here"),
            ("{a=b c=d}", "6 `c` is not expected here"),
            ("a=b,,c=d", "5 here should be a label name, not `,`"),
            ("é=b,x=~\"(\"", "8 the regular expression `(` is wrong: unclosed group"),
        ] {
            assert_eq!(shown(list), expected, "{list}");
        }
    }

    #[test]
    fn list_ends_at_its_limit() {
        let fits = vec!["a=b"; MAX_MATCHERS].join(",");
        assert!(Matcher::parse_list(&fits).is_ok());
        assert!(shown(&format!("{fits},a=b")).ends_with("there are more than 64 matchers"));
    }
}
