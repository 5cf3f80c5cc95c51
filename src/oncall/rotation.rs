//! Taking turns: `every: 1w, handoff: "Mon 09:00", from: 2026-01-05, members: [ana, bob]`.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::message::RecipientId;
use crate::oncall::local::first_instant;

/// People who take turns, in the order listed, from the hand-off on the first day on.
///
/// A turn of days or weeks ends at the hand-off's wall time, however long that day is; a turn of hours is
/// exact, so its hand-offs move by an hour when the clocks change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    every: Every,
    handoff: Handoff,
    from: Date,
    members: Vec<RecipientId>,
}

impl Rotation {
    /// A rotation that begins on `from` at the hand-off's time.
    ///
    /// # Errors
    /// When it has no members, no length, or names a weekday it cannot keep.
    pub fn new(every: Every, handoff: Handoff, from: Date, members: Vec<RecipientId>) -> Result<Self, RotationFault> {
        if members.is_empty() {
            return Err(RotationFault::NoMembers);
        }
        match every {
            Every::Hours(0) | Every::Days(0) => return Err(RotationFault::NoLength),
            Every::Days(days) if handoff.weekday.is_none() || days % DAYS_A_WEEK == 0 => {}
            Every::Hours(_) if handoff.weekday.is_none() => {}
            Every::Hours(_) | Every::Days(_) => return Err(RotationFault::WeekdayWithoutWeeks),
        }
        if handoff.weekday.is_some_and(|weekday| weekday != from.weekday()) {
            return Err(RotationFault::FromOnAnotherWeekday);
        }
        Ok(Self { every, handoff, from, members })
    }

    /// Whose turn it is; nobody's before the first hand-off.
    #[must_use]
    pub fn on_call(&self, at: Timestamp, zone: &TimeZone) -> Option<&RecipientId> {
        let turn = usize::try_from(self.turn(at, zone)?).ok()?;
        self.members.get(turn % self.members.len())
    }

    /// The next hand-off after `at`, the first included.
    #[must_use]
    pub fn next_handoff(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.start(self.turn(at, zone).map_or(0, |turn| turn + 1), zone)
    }

    /// The members in turn.
    #[must_use]
    pub fn members(&self) -> &[RecipientId] {
        &self.members
    }

    /// The number of the turn that covers `at`, from 0.
    fn turn(&self, at: Timestamp, zone: &TimeZone) -> Option<i64> {
        let turn = match self.every {
            Every::Hours(hours) => {
                let since = at.duration_since(self.start(0, zone)?);
                since.as_secs().div_euclid(i64::from(hours) * 3600)
            }
            Every::Days(days) => {
                let today = at.to_zoned(zone.clone()).date();
                let since = i64::from(self.from.until(today).ok()?.get_days());
                let near = since.div_euclid(i64::from(days));
                // The hand-off may be later today, and where the clocks go back over midnight it may
                // already have been tomorrow's.
                [near + 1, near].into_iter().find(|turn| self.has_begun(*turn, at, zone)).unwrap_or(near - 1)
            }
        };
        (turn >= 0 && self.has_begun(turn, at, zone)).then_some(turn)
    }

    fn has_begun(&self, turn: i64, at: Timestamp, zone: &TimeZone) -> bool {
        self.start(turn, zone).is_some_and(|start| start <= at)
    }

    /// When a turn begins; nothing beyond the end of time.
    fn start(&self, turn: i64, zone: &TimeZone) -> Option<Timestamp> {
        match self.every {
            Every::Hours(hours) => {
                let first = first_instant(self.from.to_datetime(self.handoff.time), zone)?;
                let seconds = turn.checked_mul(i64::from(hours) * 3600)?;
                first.checked_add(SignedDuration::from_secs(seconds)).ok()
            }
            Every::Days(days) => {
                let offset = turn.checked_mul(i64::from(days))?;
                let day = self.from.checked_add(0.days().try_days(offset).ok()?).ok()?;
                first_instant(day.to_datetime(self.handoff.time), zone)
            }
        }
    }
}

/// How long a turn lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// So many exact hours.
    Hours(u32),
    /// So many civil days; a week is seven.
    Days(u32),
}

/// When turns change: `Mon 09:00`, or `09:00` on whatever day `from` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handoff {
    /// The day of the week, for turns of whole weeks; it says again what `from` says, and has to agree.
    pub weekday: Option<Weekday>,
    /// Wall time in the schedule's zone, to the minute.
    pub time: Time,
}

impl Handoff {
    /// Reads `Mon 09:00`, `monday 09:00` or `09:00`; hours 00 to 23.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(' ') {
            None => Some(Self { weekday: None, time: parse_time(text)? }),
            Some((day, time)) => {
                Some(Self { weekday: Some(parse_weekday(day)?), time: parse_time(time.trim_start())? })
            }
        }
    }
}

/// Why there is no such rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationFault {
    /// Nobody takes turns.
    NoMembers,
    /// A turn lasts no time.
    NoLength,
    /// The hand-off names a weekday, but turns are no whole weeks.
    WeekdayWithoutWeeks,
    /// The hand-off names another weekday than `from` is.
    FromOnAnotherWeekday,
}

const DAYS_A_WEEK: u32 = 7;

fn parse_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn parse_weekday(text: &str) -> Option<Weekday> {
    let lower = text.to_ascii_lowercase();
    let (_, weekday) = WEEKDAYS.iter().find(|(name, _)| lower == *name || lower == name[..3])?;
    Some(*weekday)
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn rotation(every: Every, handoff: &str, from: &str, ids: &[&str]) -> Result<Rotation, RotationFault> {
        let members = ids.iter().map(|id| RecipientId::parse(id).expect("a good id")).collect();
        Rotation::new(every, Handoff::parse(handoff).expect(handoff), from.parse().expect(from), members)
    }

    fn brussels() -> TimeZone {
        jiff::tz::TimeZoneDatabase::bundled().get("Europe/Brussels").expect("a bundled zone")
    }

    fn check(rotation: &Rotation, at: &str, expected: Option<&str>) {
        let who = rotation.on_call(at.parse().expect(at), &brussels()).map(RecipientId::as_str);
        assert_eq!(who, expected, "{at}");
    }

    #[test]
    fn weeks_change_at_local_wall_time_across_the_change_of_clocks() {
        let weekly = rotation(Every::Days(7), "Mon 09:00", "2026-01-05", &["ana", "bob"]).expect("a good rotation");
        for (at, expected) in [
            ("2026-01-05T07:59:59Z", None),
            ("2026-01-05T08:00:00Z", Some("ana")),
            ("2026-01-12T07:59:59Z", Some("ana")),
            ("2026-01-12T08:00:00Z", Some("bob")),
            ("2026-03-30T06:59:59Z", Some("bob")),
            ("2026-03-30T07:00:00Z", Some("ana")),
            ("2026-10-26T07:59:59Z", Some("bob")),
            ("2026-10-26T08:00:00Z", Some("ana")),
        ] {
            check(&weekly, at, expected);
        }
    }

    #[test]
    fn days_change_at_a_skipped_or_repeated_time_once() {
        let daily = rotation(Every::Days(1), "02:30", "2026-03-28", &["ana", "bob"]).expect("a good rotation");
        check(&daily, "2026-03-28T01:30:00Z", Some("ana"));
        check(&daily, "2026-03-29T00:59:59Z", Some("ana"));
        check(&daily, "2026-03-29T01:00:00Z", Some("bob"));
        check(&daily, "2026-03-30T00:30:00Z", Some("ana"));
        let autumn = rotation(Every::Days(1), "02:30", "2026-10-24", &["ana", "bob"]).expect("a good rotation");
        check(&autumn, "2026-10-25T00:29:59Z", Some("ana"));
        check(&autumn, "2026-10-25T00:30:00Z", Some("bob"));
        check(&autumn, "2026-10-25T01:29:59Z", Some("bob"));
        check(&autumn, "2026-10-26T01:30:00Z", Some("ana"));
    }

    #[test]
    fn hours_are_exact() {
        let shifts = rotation(Every::Hours(12), "08:00", "2026-03-28", &["ana", "bob"]).expect("a good rotation");
        for (at, expected) in [
            ("2026-03-28T06:59:59Z", None),
            ("2026-03-28T07:00:00Z", Some("ana")),
            ("2026-03-28T19:00:00Z", Some("bob")),
            ("2026-03-29T06:59:59Z", Some("bob")),
            ("2026-03-29T07:00:00Z", Some("ana")),
        ] {
            check(&shifts, at, expected);
        }
    }

    #[test]
    fn midnight_that_comes_twice_is_handed_over_once() {
        // In Havana the clocks go back from 01:00 to 00:00.
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("America/Havana").expect("a bundled zone");
        let daily = rotation(Every::Days(1), "00:30", "2026-10-31", &["ana", "bob"]).expect("a good rotation");
        for (at, expected) in [
            ("2026-11-01T04:29:59Z", "ana"),
            ("2026-11-01T04:30:00Z", "bob"),
            ("2026-11-01T05:00:00Z", "bob"),
            ("2026-11-01T05:30:00Z", "bob"),
        ] {
            let who = daily.on_call(at.parse().expect(at), &zone).map(RecipientId::as_str);
            assert_eq!(who, Some(expected), "{at}");
        }
    }

    #[test]
    fn next_handoff_is_the_start_of_the_next_turn() {
        let weekly = rotation(Every::Days(7), "Mon 09:00", "2026-01-05", &["ana", "bob"]).expect("a good rotation");
        for (at, expected) in [
            ("2025-01-01T00:00:00Z", "2026-01-05T08:00:00Z"),
            ("2026-01-05T08:00:00Z", "2026-01-12T08:00:00Z"),
            ("2026-03-29T12:00:00Z", "2026-03-30T07:00:00Z"),
        ] {
            let next = weekly.next_handoff(at.parse().expect(at), &brussels());
            assert_eq!(next, Some(expected.parse().expect(expected)));
        }
    }

    #[test]
    fn ends_of_time_have_an_answer() {
        let weekly = rotation(Every::Days(7), "09:00", "2026-01-05", &["ana"]).expect("a good rotation");
        assert!(weekly.on_call(Timestamp::MIN, &brussels()).is_none());
        assert!(weekly.on_call(Timestamp::MAX, &brussels()).is_some());
        assert_eq!(weekly.next_handoff(Timestamp::MAX, &brussels()), None);
        let slow = rotation(Every::Hours(u32::MAX), "09:00", "2026-01-05", &["ana"]).expect("a good rotation");
        assert_eq!(slow.next_handoff(Timestamp::MAX, &brussels()), None);
    }

    #[test]
    fn rotation_that_cannot_turn_is_refused() {
        for (every, handoff, from, ids, fault) in [
            (Every::Days(7), "Mon 09:00", "2026-01-05", vec![], RotationFault::NoMembers),
            (Every::Days(0), "09:00", "2026-01-05", vec!["ana"], RotationFault::NoLength),
            (Every::Hours(0), "09:00", "2026-01-05", vec!["ana"], RotationFault::NoLength),
            (Every::Days(3), "Mon 09:00", "2026-01-05", vec!["ana"], RotationFault::WeekdayWithoutWeeks),
            (Every::Hours(12), "Mon 09:00", "2026-01-05", vec!["ana"], RotationFault::WeekdayWithoutWeeks),
            (Every::Days(7), "Mon 09:00", "2026-01-07", vec!["ana"], RotationFault::FromOnAnotherWeekday),
        ] {
            assert_eq!(rotation(every, handoff, from, &ids), Err(fault));
        }
    }

    #[test]
    fn handoff_reads_as_people_write_it() {
        for text in ["Mon 09:00", "monday 09:00", "MON  09:00"] {
            assert_eq!(Handoff::parse(text).and_then(|handoff| handoff.weekday), Some(Weekday::Monday), "{text}");
        }
        for text in
            ["", "9:00", "24:00", "09:60", "09:00:00", "Moon 09:00", "Mo 09:00", "09h00", "Mon", "Mon9:00", "+9:00"]
        {
            assert_eq!(Handoff::parse(text), None, "{text}");
        }
    }
}
