//! What can be written to the ledger: each of these is one transaction.

use std::fmt;

use jiff::Timestamp;

use crate::alert::GroupKey;
use crate::message::{Draft, LaneName, PageCode, Reason, TextId, TextState};
use crate::page::ToldChange;

/// One atomic change.
#[derive(Clone, Debug)]
pub enum Write {
    /// Everything a notification owes.
    Accept(Box<Accept>),
    /// `queued → sending`: the attempt, before the commit byte.
    Start {
        /// Which text.
        text: TextId,
        /// On which lane.
        lane: LaneName,
        /// When.
        at: Timestamp,
    },
    /// `sending | in_doubt → accepted`.
    Accepted {
        /// Which text.
        text: TextId,
        /// When.
        at: Timestamp,
        /// TP-MR, where the modem told one.
        reference: Option<u8>,
    },
    /// `queued | sending | in_doubt → queued`.
    Requeue {
        /// Which text.
        text: TextId,
        /// When.
        at: Timestamp,
        /// Not tried before this.
        not_before: Timestamp,
        /// Why.
        reason: Reason,
        /// Counts towards giving up: the text itself was refused.
        refused: bool,
        /// The next copy carries `*`.
        marked: bool,
    },
    /// `sending → in_doubt`.
    InDoubt {
        /// Which text.
        text: TextId,
        /// When.
        at: Timestamp,
        /// What kept the answer away.
        reason: Reason,
    },
    /// An open text ends as `failed` or `expired`, and these drafts tell the fallback.
    GiveUp {
        /// Which text.
        text: TextId,
        /// When.
        at: Timestamp,
        /// [`TextState::Failed`] or [`TextState::Expired`].
        state: TextState,
        /// Why.
        reason: Reason,
        /// What the fallback is told; empty where telling would go round in a circle.
        told: Vec<Draft>,
    },
    /// An operator wants it sent (again).
    OperatorRetry {
        /// Which text.
        text: TextId,
        /// When.
        at: Timestamp,
    },
    /// An operator does not want it sent.
    OperatorDrop {
        /// Which text.
        text: TextId,
        /// When.
        at: Timestamp,
    },
    /// After a restart: every text in `sending` goes to `in_doubt`, reason `crash`.
    Recover {
        /// When.
        at: Timestamp,
    },
    /// Forgets ended texts, closed pages and closed instances older than this.
    Prune {
        /// Older than this goes.
        before: Timestamp,
    },
}

/// Everything one notification owes, to be on disk before it is answered.
#[derive(Clone, Debug, Default)]
pub struct Accept {
    /// When.
    pub at: Timestamp,
    /// Texts to queue.
    pub drafts: Vec<Draft>,
    /// What is known of instances from now on.
    pub told: Vec<ToldChange>,
    /// The group it is about; absent for a text a person wrote.
    pub group: Option<GroupKey>,
    /// Opens a page for the group: its code, and the sender.
    pub open: Option<(PageCode, String)>,
    /// Closes the group's page.
    pub close: bool,
}

/// What a write did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Texts that were queued by it.
    pub texts: Vec<TextId>,
    /// How many rows it touched.
    pub rows: usize,
}

/// Why a write is not on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// Somebody else changed what it was based on: plan again.
    Conflict,
    /// The text is not in a state this write moves it from.
    State(Option<TextState>),
    /// The disk, or the store itself.
    Disk(String),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("the ledger changed in between"),
            Self::State(Some(state)) => write!(f, "the text is `{}`", state.as_str()),
            Self::State(None) => f.write_str("there is no such text"),
            Self::Disk(error) => write!(f, "the ledger cannot be written: {error}"),
        }
    }
}
