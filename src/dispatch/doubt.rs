//! Texts in doubt: handed to the radio, answer unknown.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Instant;
use crate::dispatch::config::InDoubtPolicy;
use crate::message::{Fault, LaneName, Reason, TextId, TextKind};
use crate::outbox::{TextRow, retry};

/// All of them.
#[derive(Default)]
pub(crate) struct Doubts {
    open: BTreeMap<TextId, Doubt>,
}

/// One of them.
pub(crate) struct Doubt {
    /// The text; its `attempts` include the one in doubt, its `reason` says what kept the answer away.
    pub row: TextRow,
    /// The lane that may still bring the answer.
    pub lane: Option<LaneName>,
    until: Instant,
}

/// What becomes of a text in doubt when its grace is over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is sent again, marked.
    Resend {
        /// After so long.
        wait: Duration,
        /// It counts towards giving up.
        counts: bool,
    },
    /// It is given up, and the fallback is told.
    GiveUp,
}

impl Doubts {
    /// Adds a text whose answer may still come until then.
    pub(crate) fn add(&mut self, row: TextRow, lane: Option<LaneName>, until: Instant) {
        self.open.insert(row.id, Doubt { row, lane, until });
    }

    /// Whether a text has to wait because an earlier one of its page to the same person is in doubt: an end does not
    /// overtake the second copy of its beginning.
    pub(crate) fn holds_back(&self, row: &TextRow) -> bool {
        let same = |doubt: &Doubt| doubt.row.page == row.page && doubt.row.recipient == row.recipient;
        row.kind == TextKind::Resolved && self.open.values().any(same)
    }

    /// Somebody else has settled a text.
    pub(crate) fn forget(&mut self, text: TextId) {
        self.open.remove(&text);
    }

    /// When the first grace is over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.open.values().map(|doubt| doubt.until).min()
    }

    /// A late answer came on a lane: it belongs to the one text in doubt there. With two of them nobody can tell.
    pub(crate) fn settle(&mut self, lane: &LaneName) -> Option<TextRow> {
        let mut here = self.open.iter().filter(|(_, doubt)| doubt.lane.as_ref() == Some(lane)).map(|(text, _)| *text);
        let (Some(text), None) = (here.next(), here.next()) else { return None };
        self.open.remove(&text).map(|doubt| doubt.row)
    }

    /// Takes out those whose grace is over.
    pub(crate) fn over(&mut self, now: Instant) -> Vec<Doubt> {
        let over: Vec<TextId> =
            self.open.values().filter(|doubt| doubt.until <= now).map(|doubt| doubt.row.id).collect();
        over.iter().filter_map(|text| self.open.remove(text)).collect()
    }
}

/// What becomes of it under [`InDoubtPolicy::Resend`] and [`InDoubtPolicy::Drop`].
///
/// Every copy may have been sent, so what keeps leaving doubt ends the text. A crash says nothing about the text and
/// does not count.
pub(crate) fn fate(policy: InDoubtPolicy, row: &TextRow) -> Fate {
    let counts = row.reason != Some(Reason::Crash);
    if policy == InDoubtPolicy::Drop || (counts && retry::gives_up(Fault::Text, row.refusals)) {
        return Fate::GiveUp;
    }
    let again = Fault::Network { wait_s: 0 };
    let waits = counts && row.attempts > 1;
    let wait = if waits { retry::wait(again, row.attempts - 1, row.id) } else { Duration::ZERO };
    Fate::Resend { wait, counts }
}
