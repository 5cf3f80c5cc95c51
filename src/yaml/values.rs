//! Reading one value, and complaining of what is there instead of what should be.

use std::ops::RangeInclusive;

use jiff::SignedDuration;

use crate::yaml::duration::{format_duration, parse_duration};
use crate::yaml::findings::Findings;
use crate::yaml::node::{Node, Value};

/// A text, neither empty nor in need of quotes.
pub fn text<'a>(node: &'a Node, key: &str, example: &str, findings: &mut Findings) -> Option<&'a str> {
    match &node.value {
        Value::Text(text) if !text.is_empty() => return Some(text),
        Value::Number(_) => {
            findings.add(
                node.place,
                format!("`{key}:` is read as a number"),
                format!("put it in quotes, such as `\"{example}\"`"),
            );
        }
        Value::Bool(_) => {
            findings.add(
                node.place,
                format!("`{key}:` is read as true or false"),
                format!("write a text such as `{example}`"),
            );
        }
        Value::Null | Value::Text(_) => {
            findings.add(node.place, format!("`{key}:` is empty"), format!("write such as `{example}`"));
        }
        Value::List(_) | Value::Map(_) => {
            let message = format!("`{key}:` should be a text, here is {}", kind(&node.value));
            findings.add(node.place, message, format!("write such as `{example}`"));
        }
    }
    None
}

/// A list, which may be empty.
pub fn list<'a>(node: &'a Node, key: &str, example: &str, findings: &mut Findings) -> Option<&'a [Node]> {
    if let Value::List(items) = &node.value {
        return Some(items);
    }
    let message = match &node.value {
        Value::Null => format!("`{key}:` is empty"),
        other => format!("`{key}:` should be a list, here is {}", kind(other)),
    };
    findings.add(node.place, message, format!("write such as `{example}`"));
    None
}

/// `true` or `false`.
pub fn boolean(node: &Node, key: &str, findings: &mut Findings) -> Option<bool> {
    if let Value::Bool(value) = node.value {
        return Some(value);
    }
    findings.add(node.place, format!("`{key}:` is neither `true` nor `false`"), "write one of them, without quotes");
    None
}

/// A whole number within bounds, written with decimal digits and without quotes.
pub fn whole_number(node: &Node, key: &str, bounds: RangeInclusive<u32>, findings: &mut Findings) -> Option<u32> {
    let digits = match &node.value {
        Value::Number(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(digits),
        _ => None,
    };
    // What is too large for the type is too large for the bounds.
    let number = digits.map(|digits| digits.parse().unwrap_or(u32::MAX));
    if let Some(number) = number.filter(|number| bounds.contains(number)) {
        return Some(number);
    }
    let message = match (&node.value, digits) {
        (_, Some(digits)) => format!("`{key}:` of `{}` is out of bounds", short(digits)),
        (Value::Number(_) | Value::Text(_), None) => format!("`{key}:` should be a whole number without quotes"),
        (other, None) => format!("`{key}:` should be a whole number, here is {}", kind(other)),
    };
    findings.add(node.place, message, format!("write a number from {} to {}", bounds.start(), bounds.end()));
    None
}

/// A duration within bounds, as Prometheus writes it.
pub fn duration(
    node: &Node,
    key: &str,
    example: &str,
    bounds: &RangeInclusive<SignedDuration>,
    findings: &mut Findings,
) -> Option<SignedDuration> {
    let written = text(node, key, example, findings)?;
    let duration = match parse_duration(written) {
        Ok(duration) => duration,
        Err(sentence) => {
            findings.add_sentence(node.place, &sentence);
            return None;
        }
    };
    if bounds.contains(&duration) {
        return Some(duration);
    }
    let (fault, help) = match duration < *bounds.start() {
        true => ("short", format!("write `{}` or more", format_duration(*bounds.start()))),
        false => ("long", format!("write `{}` or less", format_duration(*bounds.end()))),
    };
    findings.add(node.place, format!("`{key}:` of `{written}` is too {fault}"), help);
    None
}

/// What a value is, in a sentence.
#[must_use]
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Text(_) => "a text",
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
    }
}

fn short(digits: &str) -> String {
    let shown: String = digits.chars().take(MAX_SHOWN_DIGITS).collect();
    if shown.len() < digits.len() { format!("{shown}…") } else { shown }
}

/// So many digits of a number that is out of bounds say enough, and are nobody's phone number.
const MAX_SHOWN_DIGITS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::findings::Words;
    use crate::yaml::parse::parse;

    const WORDS: Words = Words { example: "the example file", reserved: &[], elsewhere: &[] };

    /// What is read from a value, or the sentence about it.
    fn read<T>(source: &str, reader: impl Fn(&Node, &mut Findings) -> Option<T>) -> Result<T, String> {
        let node = parse("x", source).expect("good YAML");
        let mut findings = Findings::new("x", &WORDS);
        let value = reader(&node, &mut findings);
        value.ok_or_else(|| findings.finish().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn only_bare_decimal_digits_within_bounds_are_a_whole_number() {
        let number = |source| read(source, |node, findings| whole_number(node, "n", 1..=1000, findings));
        for (source, expected) in [("1", 1), ("500", 500), ("1000", 1000), ("0500", 500)] {
            assert_eq!(number(source), Ok(expected), "{source}");
        }
        for (source, expected) in [
            ("0", "`n:` of `0` is out of bounds"),
            ("1001", "`n:` of `1001` is out of bounds"),
            ("99999999999999999999", "`n:` of `999999…` is out of bounds"),
            ("-1", "`n:` should be a whole number without quotes"),
            ("1.5", "`n:` should be a whole number without quotes"),
            ("1e3", "`n:` should be a whole number without quotes"),
            ("\"500\"", "`n:` should be a whole number without quotes"),
            ("many", "`n:` should be a whole number without quotes"),
            ("[1]", "`n:` should be a whole number, here is a list"),
            ("true", "`n:` should be a whole number, here is true or false"),
            ("~", "`n:` should be a whole number, here is nothing"),
        ] {
            assert_eq!(number(source), Err(format!("x:1:1: {expected}; write a number from 1 to 1000")), "{source}");
        }
    }

    #[test]
    fn only_true_and_false_without_quotes_are_a_boolean() {
        let boolean = |source| read(source, |node, findings| boolean(node, "b", findings));
        assert_eq!((boolean("true"), boolean("False")), (Ok(true), Ok(false)));
        for source in ["yes", "\"true\"", "1", "~", "[]"] {
            let expected = "x:1:1: `b:` is neither `true` nor `false`; write one of them, without quotes";
            assert_eq!(boolean(source), Err(expected.to_owned()), "{source}");
        }
    }

    #[test]
    fn duration_keeps_to_its_bounds() {
        let bounds = SignedDuration::from_secs(1)..=SignedDuration::from_mins(5);
        let duration = |source| read(source, |node, findings| duration(node, "d", "20s", &bounds, findings));
        for (source, seconds) in [("1s", 1), ("20s", 20), ("5m", 300)] {
            assert_eq!(duration(source), Ok(SignedDuration::from_secs(seconds)), "{source}");
        }
        for (source, expected) in [
            ("500ms", "x:1:1: `d:` of `500ms` is too short; write `1s` or more"),
            ("301s", "x:1:1: `d:` of `301s` is too long; write `5m` or less"),
            ("20", "x:1:1: `d:` is read as a number; put it in quotes, such as `\"20s\"`"),
            ("soon", "x:1:1: `soon` is no duration; write such as `30s`, `5m`, `1h30m`, `1d`, `1w`"),
            ("~", "x:1:1: `d:` is empty; write such as `20s`"),
        ] {
            assert_eq!(duration(source), Err(expected.to_owned()), "{source}");
        }
    }
}
