//! Durations as Prometheus writes them: `20m`, `1h30m`, `1w`.

use jiff::SignedDuration;

/// Reads a Prometheus duration: numbers with the units `y w d h m s ms`, the larger first, each once.
///
/// A day is 24 hours, a week 7 days, a year 365 days. `0` needs no unit.
///
/// # Errors
/// One sentence on what is wrong and, behind `; `, what to write instead.
pub fn parse_duration(text: &str) -> Result<SignedDuration, String> {
    let mut total_ms: i64 = 0;
    for (count, unit) in parts(text)? {
        let part = count.checked_mul(unit.milliseconds()).filter(|ms| *ms <= LONGEST_MS);
        total_ms = part
            .and_then(|ms| total_ms.checked_add(ms))
            .filter(|ms| *ms <= LONGEST_MS)
            .ok_or_else(|| format!("the duration `{text}` is longer than 100 years; write a shorter one"))?;
    }
    Ok(SignedDuration::from_millis(total_ms))
}

/// Writes a duration as Prometheus does: `1h30m`; weeks and years only where nothing is left over. Whatever
/// is shorter than a millisecond, or negative, is `0s`.
#[must_use]
pub fn format_duration(duration: SignedDuration) -> String {
    let mut rest = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    let mut text = String::new();
    for unit in Unit::ALL {
        let is_exact = rest % unit.milliseconds() == 0;
        let count = rest / unit.milliseconds();
        if count > 0 && (is_exact || !unit.only_exact()) {
            text.push_str(&format!("{count}{}", unit.name()));
            rest -= count * unit.milliseconds();
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// A duration in pieces, the larger unit first, for those to whom `1w` is not `168h`.
///
/// # Errors
/// As [`parse_duration`], its length aside.
pub fn parts(text: &str) -> Result<Vec<(i64, Unit)>, String> {
    if text == "0" {
        return Ok(Vec::new());
    }
    let mut parts: Vec<(i64, Unit)> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() || parts.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, behind) = rest.split_at(digits);
        let letters = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
        let (name, behind) = behind.split_at(letters);
        let count = number.parse().ok();
        let unit = Unit::ALL.into_iter().find(|unit| unit.name() == name);
        let (Some(count), Some(unit)) = (count, unit) else {
            return Err(format!("`{}` is no duration; {HOW_TO}", text.escape_debug()));
        };
        if parts.last().is_some_and(|(_, before)| *before >= unit) {
            return Err(format!(
                "`{text}` names its units out of order; write the larger first and each once, such as `1h30m`"
            ));
        }
        parts.push((count, unit));
        rest = behind;
    }
    Ok(parts)
}

/// The units, the larger first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// `y`, 365 days.
    Year,
    /// `w`, 7 days.
    Week,
    /// `d`, 24 hours.
    Day,
    /// `h`.
    Hour,
    /// `m`.
    Minute,
    /// `s`.
    Second,
    /// `ms`.
    Millisecond,
}

impl Unit {
    const ALL: [Self; 7] =
        [Self::Year, Self::Week, Self::Day, Self::Hour, Self::Minute, Self::Second, Self::Millisecond];

    fn name(self) -> &'static str {
        match self {
            Self::Year => "y",
            Self::Week => "w",
            Self::Day => "d",
            Self::Hour => "h",
            Self::Minute => "m",
            Self::Second => "s",
            Self::Millisecond => "ms",
        }
    }

    fn milliseconds(self) -> i64 {
        match self {
            Self::Year => 365 * Self::Day.milliseconds(),
            Self::Week => 7 * Self::Day.milliseconds(),
            Self::Day => 24 * Self::Hour.milliseconds(),
            Self::Hour => 60 * Self::Minute.milliseconds(),
            Self::Minute => 60 * Self::Second.milliseconds(),
            Self::Second => 1000,
            Self::Millisecond => 1,
        }
    }

    /// Nobody says `1y2w` or `8w3d` of what is `379d` or `59d`.
    fn only_exact(self) -> bool {
        matches!(self, Self::Year | Self::Week)
    }
}

/// Longest duration: whatever is added to a time of this century stays a time.
const LONGEST_MS: i64 = 100 * 365 * 24 * 60 * 60 * 1000;

const HOW_TO: &str = "write such as `30s`, `5m`, `1h30m`, `1d`, `1w`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prometheus_durations_are_read() {
        for (text, seconds) in [
            ("0", 0),
            ("0s", 0),
            ("30s", 30),
            ("20m", 1200),
            ("1h30m", 5400),
            ("90m", 5400),
            ("1d", 86_400),
            ("1w", 604_800),
            ("1y", 31_536_000),
            ("1w2d3h4m5s", 788_645),
        ] {
            assert_eq!(parse_duration(text), Ok(SignedDuration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse_duration("1s500ms"), Ok(SignedDuration::from_millis(1500)));
        assert_eq!(parse_duration("100y"), Ok(SignedDuration::from_millis(LONGEST_MS)));
    }

    #[test]
    fn what_is_no_duration_is_named() {
        for text in ["", "5", "m", "5 m", "5min", "5M", "-5m", "1.5h", "5m ", "1h30", "١m", "9999999999999999999s"] {
            let expected = format!("`{text}` is no duration; {HOW_TO}");
            assert_eq!(parse_duration(text), Err(expected), "{text}");
        }
        for text in ["30m1h", "1h1h", "1m1d"] {
            assert!(parse_duration(text).expect_err(text).contains("out of order"), "{text}");
        }
        for text in ["101y", "99999999999999999y", "100y1ms"] {
            assert!(parse_duration(text).expect_err(text).contains("longer than 100 years"), "{text}");
        }
    }

    #[test]
    fn durations_are_written_as_prometheus_writes_them() {
        for (text, expected) in [
            ("0", "0s"),
            ("90m", "1h30m"),
            ("60m", "1h"),
            ("7d", "1w"),
            ("8d", "8d"),
            ("365d", "1y"),
            ("1w1h", "7d1h"),
            ("1500ms", "1s500ms"),
        ] {
            let duration = parse_duration(text).expect(text);
            assert_eq!(format_duration(duration), expected);
            assert_eq!(parse_duration(expected), Ok(duration));
        }
        assert_eq!(format_duration(SignedDuration::from_secs(-5)), "0s");
        assert!(format_duration(SignedDuration::MAX).ends_with("ms"));
    }
}
