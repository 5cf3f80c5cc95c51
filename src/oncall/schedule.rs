//! A schedule: one rotation in one zone, and the exceptions to it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::message::RecipientId;
use crate::oncall::rotation::Rotation;

/// Who is on call, at any instant.
#[derive(Clone, Debug)]
pub struct Schedule {
    timezone: TimeZone,
    rotation: Rotation,
    overrides: Vec<Override>,
}

impl Schedule {
    /// A rotation in its zone, and overrides in the order of the file.
    #[must_use]
    pub fn new(timezone: TimeZone, rotation: Rotation, overrides: Vec<Override>) -> Self {
        Self { timezone, rotation, overrides }
    }

    /// Who is on call: the members of the override listed last of those that cover `at`, or else the one
    /// whose turn it is. Nobody before the rotation begins.
    #[must_use]
    pub fn on_call(&self, at: Timestamp) -> Vec<RecipientId> {
        match self.overrides.iter().rev().find(|exception| exception.covers(at)) {
            Some(exception) => exception.members.clone(),
            None => self.rotation.on_call(at, &self.timezone).cloned().into_iter().collect(),
        }
    }

    /// The next instant after `at` at which the answer may change; nothing only at the end of time.
    #[must_use]
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let edges = self.overrides.iter().flat_map(|exception| [exception.from, exception.to]);
        let edges = edges.chain(self.rotation.next_handoff(at, &self.timezone));
        edges.filter(|edge| *edge > at).min()
    }

    /// The zone hand-offs and overrides are written in.
    #[must_use]
    pub fn timezone(&self) -> &TimeZone {
        &self.timezone
    }
}

/// Somebody else is on call for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    from: Timestamp,
    to: Timestamp,
    members: Vec<RecipientId>,
}

impl Override {
    /// An exception from `from` until just before `to`; all of `members` are told.
    ///
    /// # Errors
    /// When it covers no time or names nobody.
    pub fn new(from: Timestamp, to: Timestamp, members: Vec<RecipientId>) -> Result<Self, OverrideFault> {
        if members.is_empty() {
            return Err(OverrideFault::NoMembers);
        }
        if to <= from {
            return Err(OverrideFault::EndsBeforeItBegins);
        }
        Ok(Self { from, to, members })
    }

    fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// Why there is no such override.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverrideFault {
    /// It names nobody; a gap in the on-call is not made on purpose.
    NoMembers,
    /// `to` is not after `from`.
    EndsBeforeItBegins,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oncall::rotation::{Every, Handoff};

    fn ids(ids: &[&str]) -> Vec<RecipientId> {
        ids.iter().map(|id| RecipientId::parse(id).expect("a good id")).collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    fn sample() -> Schedule {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Brussels").expect("a bundled zone");
        let handoff = Handoff::parse("Mon 09:00").expect("a good hand-off");
        let from = "2026-01-05".parse().expect("a good date");
        let rotation = Rotation::new(Every::Days(7), handoff, from, ids(&["ana", "bob"])).expect("a good rotation");
        let exception = |from, to, members: &[&str]| Override::new(at(from), at(to), ids(members)).expect("a good one");
        let overrides = vec![
            exception("2026-01-06T00:00:00Z", "2026-01-08T00:00:00Z", &["cleo", "dan"]),
            exception("2026-01-07T00:00:00Z", "2026-01-07T12:00:00Z", &["eve"]),
            exception("2025-12-01T00:00:00Z", "2025-12-02T00:00:00Z", &["dan"]),
        ];
        Schedule::new(zone, rotation, overrides)
    }

    #[test]
    fn override_listed_last_wins_and_ends_just_before_its_end() {
        for (instant, expected) in [
            ("2025-11-30T23:59:59Z", &[][..]),
            ("2025-12-01T00:00:00Z", &["dan"]),
            ("2025-12-02T00:00:00Z", &[]),
            ("2026-01-05T23:59:59Z", &["ana"]),
            ("2026-01-06T00:00:00Z", &["cleo", "dan"]),
            ("2026-01-07T11:59:59Z", &["eve"]),
            ("2026-01-07T12:00:00Z", &["cleo", "dan"]),
            ("2026-01-08T00:00:00Z", &["ana"]),
            ("2026-01-12T08:00:00Z", &["bob"]),
        ] {
            assert_eq!(sample().on_call(at(instant)), ids(expected), "{instant}");
        }
    }

    #[test]
    fn every_change_of_the_answer_is_announced() {
        let schedule = sample();
        let mut instant = at("2025-11-01T00:00:00Z");
        let mut changes = Vec::new();
        while let Some(next) = schedule.next_change(instant).filter(|next| *next < at("2026-01-20T00:00:00Z")) {
            changes.push(next.to_string());
            instant = next;
        }
        let expected = [
            "2025-12-01T00:00:00Z",
            "2025-12-02T00:00:00Z",
            "2026-01-05T08:00:00Z",
            "2026-01-06T00:00:00Z",
            "2026-01-07T00:00:00Z",
            "2026-01-07T12:00:00Z",
            "2026-01-08T00:00:00Z",
            "2026-01-12T08:00:00Z",
            "2026-01-19T08:00:00Z",
        ];
        assert_eq!(changes, expected);
    }

    #[test]
    fn override_over_no_time_or_with_nobody_is_refused() {
        let (early, late) = (at("2026-01-06T00:00:00Z"), at("2026-01-08T00:00:00Z"));
        assert_eq!(Override::new(late, early, ids(&["ana"])), Err(OverrideFault::EndsBeforeItBegins));
        assert_eq!(Override::new(late, late, ids(&["ana"])), Err(OverrideFault::EndsBeforeItBegins));
        assert_eq!(Override::new(early, late, vec![]), Err(OverrideFault::NoMembers));
    }
}
