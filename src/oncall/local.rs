//! From a wall clock to an instant, where the clocks change included.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The first instant at which a wall clock in the zone shows `local`, or would have shown a later time.
///
/// Where the clocks go forward over `local`, that is the instant of the change (02:30 becomes 03:00, not
/// 03:30); where they go back over it, the first of the two. Nothing at the ends of time (years -9999, 9999).
#[must_use]
pub fn first_instant(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.compatible().ok(),
        AmbiguousOffset::Gap { .. } => {
            // At or after the change; what precedes the next nanosecond is the change itself.
            let beyond = ambiguous.later().ok()?;
            let next = beyond.checked_add(SignedDuration::from_nanos(1)).ok()?;
            let change = zone.preceding(next).next().map(|transition| transition.timestamp());
            Some(change.unwrap_or(beyond))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(local: &str, zone: &str, expected: &str) {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(zone).expect(zone);
        let instant = first_instant(local.parse().expect(local), &zone);
        assert_eq!(instant, Some(expected.parse().expect(expected)), "{local}");
    }

    #[test]
    fn ordinary_times_follow_the_offset_of_their_day() {
        check("2026-01-05T09:00", "Europe/Brussels", "2026-01-05T08:00:00Z");
        check("2026-07-05T09:00", "Europe/Brussels", "2026-07-05T07:00:00Z");
        check("2026-07-05T09:00", "UTC", "2026-07-05T09:00:00Z");
    }

    #[test]
    fn skipped_time_is_the_instant_of_the_change() {
        check("2026-03-29T02:00", "Europe/Brussels", "2026-03-29T01:00:00Z");
        check("2026-03-29T02:30", "Europe/Brussels", "2026-03-29T01:00:00Z");
        check("2026-03-29T03:00", "Europe/Brussels", "2026-03-29T01:00:00Z");
        // Samoa skipped the whole of 30 December 2011.
        check("2011-12-30T09:00", "Pacific/Apia", "2011-12-30T10:00:00Z");
    }

    #[test]
    fn repeated_time_is_the_first_of_the_two() {
        check("2026-10-25T02:30", "Europe/Brussels", "2026-10-25T00:30:00Z");
        check("2026-10-25T03:00", "Europe/Brussels", "2026-10-25T02:00:00Z");
    }

    #[test]
    fn change_beyond_the_table_of_the_zone_is_found() {
        check("2087-03-30T02:30", "Europe/Brussels", "2087-03-30T01:00:00Z");
    }
}
