//! What a text without quotes is: a text after all, a number, true or false, or nothing (YAML 1.2, 10.3).

use crate::yaml::node::Value;

/// What YAML 1.2 makes of a text without quotes. Its older `yes`, `no`, `on` and `off` are texts.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_number(text) => Value::Number(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}

fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    let radix =
        |prefix, radix| bare.strip_prefix(prefix).is_some_and(|digits| u64::from_str_radix(digits, radix).is_ok());
    let decimal = bare.starts_with(|c: char| c.is_ascii_digit() || c == '.') && bare.parse::<f64>().is_ok();
    decimal || radix("0x", 16) || radix("0o", 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_what_yaml_takes_for_one() {
        for text in ["0", "33639980001", "+33639980001", "-1", "0x1F", "0o17", "0777", "1e3", "1.5", ".5"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "+", "1w", "09:00", "2026-01-05", "0x", "1_000", "ana", "inf", ".", "+44 7700"] {
            assert!(!is_number(text), "{text}");
        }
    }
}
