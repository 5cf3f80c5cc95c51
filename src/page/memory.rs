//! What the outbox remembers of a group when one of its notifications is planned.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::alert::Fingerprint;
use crate::message::{PageCode, RecipientId};

/// The memory relevant to one notification.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The group's page, if one is open.
    pub page: Option<OpenPage>,
    /// What is known of the notification's instances, whichever group told them.
    pub told: HashMap<Fingerprint, Vec<(RecipientId, Told)>>,
    /// How many instances of the page are open for each person, those of the notification included. Filled only
    /// where the notification resolves something.
    pub open: BTreeMap<RecipientId, u64>,
}

impl Memory {
    /// What is known of one instance.
    #[must_use]
    pub fn told(&self, fingerprint: &Fingerprint, recipient: &RecipientId) -> Option<&Told> {
        let known = self.told.get(fingerprint)?;
        known.iter().find(|(person, _)| person == recipient).map(|(_, told)| told)
    }
}

/// The open page of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPage {
    /// Its code.
    pub code: PageCode,
    /// The `externalURL` that opened it: tells a retry from an HA peer in a metric, and decides nothing.
    pub sender: String,
}

/// What is known of one instance. Times have milliseconds, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Firing as far as we know.
    pub open: bool,
    /// The sender's `startsAt` when it was opened.
    pub starts_at: Option<Timestamp>,
    /// The sender's `endsAt` when it was closed.
    pub ended_at: Option<Timestamp>,
    /// When a text about it was last put in the outbox; absent if none ever was.
    pub told_at: Option<Timestamp>,
    /// When the resolved was received.
    pub closed_at: Option<Timestamp>,
    /// Counts changes; a change is refused if another one came between.
    pub version: i64,
}

/// A change of what is known of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldChange {
    /// Which alert.
    pub fingerprint: Fingerprint,
    /// Told to whom.
    pub recipient: RecipientId,
    /// The version it is based on; absent: there was no row.
    pub based_on: Option<i64>,
    /// What is known from now on; its `version` is ignored.
    pub now: Told,
}
