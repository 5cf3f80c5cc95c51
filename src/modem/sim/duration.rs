//! Durations as an operator writes them: `250ms`, `3s`, `2m`, `1h30m`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error};

/// Reads `3s`, `250ms`, `1m30s`, or a bare `0`; units are `ms`, `s`, `m`, `h`.
///
/// # Errors
/// One sentence; also when it is longer than a day, which no game day waits for.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let wrong = || format!("`{}` is no duration; write it as `3s`, `250ms` or `1m30s`", text.escape_debug());
    if text.is_empty() {
        return Err(wrong());
    }
    let mut rest = text;
    let mut total_ms = 0_u64;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (count, tail) = rest.split_at(digits);
        let letters = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let (unit, tail) = tail.split_at(letters);
        let unit_ms: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(wrong()),
        };
        let count: u64 = count.parse().map_err(|_| wrong())?;
        total_ms = total_ms.saturating_add(count.saturating_mul(unit_ms));
        rest = tail;
    }
    if total_ms > LONGEST_MS {
        return Err(format!("`{text}` is longer than a day; write 24h or less"));
    }
    Ok(Duration::from_millis(total_ms))
}

/// For `#[serde(deserialize_with)]`.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse_duration(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// For an optional field, absent by `#[serde(default)]`.
pub(super) fn deserialize_some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    deserialize(deserializer).map(Some)
}

/// A day: keeps every later addition of durations far from overflow.
const LONGEST_MS: u64 = 24 * 3_600_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_an_operator_writes() {
        for (text, ms) in
            [("0", 0), ("250ms", 250), ("3s", 3_000), ("2m", 120_000), ("1m30s", 90_000), ("24h", LONGEST_MS)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_duration() {
        for text in
            ["", "3", "s", "3 s", "-3s", "3d", "1.5s", "é", "99999999999999999999s", "25h", "18446744073709551615h"]
        {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
