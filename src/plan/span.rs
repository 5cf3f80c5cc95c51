//! Times as a text says them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// When something began, in the person's zone: `07:11` within a day, `Fri 07:11` within six, else `2026-01-05`.
/// Without a zone it is UTC and says so: `07:11Z`.
pub(crate) fn since(began: Timestamp, now: Timestamp, zone: Option<&TimeZone>) -> String {
    let shown = began.to_zoned(zone.cloned().unwrap_or(TimeZone::UTC));
    let age = now.duration_since(began);
    let format = match age.as_hours() {
        ..24 => "%H:%M",
        24..144 => "%a %H:%M",
        _ => return shown.strftime("%Y-%m-%d").to_string(),
    };
    let mark = if zone.is_none() { "Z" } else { "" };
    format!("{}{mark}", shown.strftime(format))
}

/// `52m`, `4h10m`, `3d2h`; what is under a minute is `1m`.
pub(crate) fn length(span: SignedDuration) -> String {
    let minutes = span.as_mins().max(1);
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, 0) => format!("{hours}h"),
        (0, hours, minutes) => format!("{hours}h{minutes:02}m"),
        (days, 0, _) => format!("{days}d"),
        (days, hours, _) => format!("{days}d{hours}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_grows_with_age() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("a time");
        let brussels = TimeZone::get("Europe/Brussels").expect("bundled");
        let cases = [
            ("2026-11-22T07:11:49Z", None, "07:11Z"),
            ("2026-11-22T07:11:49Z", Some(&brussels), "08:11"),
            ("2026-11-20T07:11:49Z", Some(&brussels), "Fri 08:11"),
            ("2026-01-05T07:11:49Z", Some(&brussels), "2026-01-05"),
            ("2026-11-22T12:30:00Z", None, "12:30Z"),
        ];
        for (began, zone, expected) in cases {
            assert_eq!(since(began.parse().expect("a time"), now, zone), expected);
        }
    }

    #[test]
    fn lengths_read_at_a_glance() {
        let cases = [
            (-5, "1m"),
            (20, "1m"),
            (52 * 60, "52m"),
            (4 * 3600 + 600, "4h10m"),
            (7200, "2h"),
            (86400, "1d"),
            (266_400, "3d2h"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(length(SignedDuration::from_secs(seconds)), expected);
        }
    }
}
