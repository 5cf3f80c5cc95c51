//! When a label name needs quotes, and how a text stands between them.

use std::fmt;

/// Whether a label name may stand without quotes.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(is_reserved)
}

/// Writes a text between quotes so that it reads back as itself.
pub(super) fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            other => write!(f, "{other}")?,
        }
    }
    f.write_str("\"")
}

/// What Alertmanager takes only between quotes.
pub(super) fn is_reserved(c: char) -> bool {
    c.is_whitespace() || "{}!=~,\\\"'`".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_with_signs_of_the_syntax_needs_quotes() {
        for (name, plain) in
            [("severity", true), ("service.name", true), ("größe", true), ("a b", false), ("a=b", false), ("", false)]
        {
            assert_eq!(is_plain(name), plain, "{name}");
        }
    }
}
