//! Whether an alert of a notification is news to a person.

use jiff::{SignedDuration, Timestamp};

use crate::alert::{Alert, Status};
use crate::page::memory::Told;

/// What an alert is to one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It begins: tell.
    New,
    /// It is open and has been told long enough ago: tell again.
    Reminder,
    /// It is over and its firing was told: tell.
    Resolved,
    /// Open and told already.
    AlreadyTold,
    /// A firing that is older than the resolved we know: a late copy.
    LateDuplicate,
    /// A resolved for something never told, or told as resolved before.
    NothingToResolve,
}

impl Judgement {
    /// Whether the person is owed words about it.
    #[must_use]
    pub fn is_news(self) -> bool {
        matches!(self, Self::New | Self::Reminder | Self::Resolved)
    }
}

/// How long after a resolved a firing that started before its end counts as a late copy of the old one.
///
/// Copies come late from HA peers and retries, by seconds. After this window the same `startsAt` means that
/// Alertmanager had lost sight of the alert (its Prometheus was cut off) and sees it again: that one must page.
/// Alertmanager speaks again after a `group_interval` at the earliest; the shipped example has five minutes, and below
/// one minute it is asking for trouble.
pub const LATE_DUPLICATE_WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Judges one alert for one person.
#[must_use]
pub fn judge(alert: &Alert, told: Option<&Told>, remind_after: SignedDuration, now: Timestamp) -> Judgement {
    match (alert.status, told) {
        (Status::Firing, None) => Judgement::New,
        (Status::Firing, Some(told)) if told.open => {
            if told.told_at.is_none_or(|at| now.duration_since(at) >= remind_after) {
                Judgement::Reminder
            } else {
                Judgement::AlreadyTold
            }
        }
        (Status::Firing, Some(told)) if is_late(alert, told, now) => Judgement::LateDuplicate,
        (Status::Firing, Some(_)) => Judgement::New,
        (Status::Resolved, Some(told)) if told.open && told.told_at.is_some() => Judgement::Resolved,
        (Status::Resolved, _) => Judgement::NothingToResolve,
    }
}

fn is_late(alert: &Alert, told: &Told, now: Timestamp) -> bool {
    let started_before_end = match (alert.starts_at, told.ended_at) {
        (Some(starts), Some(ended)) => starts < ended,
        _ => false,
    };
    // A clock set back makes the age negative: still inside the window.
    let fresh = told.closed_at.is_some_and(|closed| now.duration_since(closed) < LATE_DUPLICATE_WINDOW);
    started_before_end && fresh
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Fingerprint, Labels};

    const REMIND: SignedDuration = SignedDuration::from_mins(20);

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).expect("in range")
    }

    fn alert(status: Status, starts: i64) -> Alert {
        Alert {
            status,
            labels: Labels::new(),
            annotations: Labels::new(),
            starts_at: Some(at(starts)),
            ends_at: None,
            generator_url: String::new(),
            fingerprint: Fingerprint::stored("f".to_owned()),
        }
    }

    fn open(told: i64) -> Told {
        Told {
            open: true,
            starts_at: Some(at(0)),
            ended_at: None,
            told_at: Some(at(told)),
            closed_at: None,
            version: 1,
        }
    }

    fn closed(ended: i64) -> Told {
        Told { open: false, ended_at: Some(at(ended)), closed_at: Some(at(ended)), ..open(0) }
    }

    #[test]
    fn firing_is_judged_by_what_was_told() {
        use Judgement::{AlreadyTold, LateDuplicate, New, Reminder};
        let cases = [
            ("never seen", None, 0, 0, New),
            ("retry at once", Some(open(0)), 0, 0, AlreadyTold),
            ("HA peer with another startsAt", Some(open(0)), 1, 1, AlreadyTold),
            ("just before the reminder", Some(open(0)), 0, 19, AlreadyTold),
            ("reminder due", Some(open(0)), 0, 20, Reminder),
            ("clock set back", Some(open(30)), 0, 0, AlreadyTold),
            ("late copy after the resolved", Some(closed(10)), 5, 10, LateDuplicate),
            ("fires again later", Some(closed(10)), 11, 12, New),
            ("seen again with the old start after a group_interval", Some(closed(10)), 5, 11, New),
        ];
        for (name, told, starts, now, expected) in cases {
            assert_eq!(judge(&alert(Status::Firing, starts), told.as_ref(), REMIND, at(now)), expected, "{name}");
        }
    }

    #[test]
    fn resolved_is_told_only_where_its_firing_was() {
        use Judgement::{NothingToResolve, Resolved};
        let untold = Told { told_at: None, ..open(0) };
        let cases = [
            (None, NothingToResolve),
            (Some(open(0)), Resolved),
            (Some(closed(3)), NothingToResolve),
            (Some(untold), NothingToResolve),
        ];
        for (told, expected) in cases {
            assert_eq!(judge(&alert(Status::Resolved, 0), told.as_ref(), REMIND, at(30)), expected);
        }
    }
}
