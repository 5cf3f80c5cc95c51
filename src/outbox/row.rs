//! A text as the outbox knows it.

use jiff::Timestamp;
use serde::Serialize;

use crate::message::{LaneName, PageCode, Priority, Reason, RecipientId, TextId, TextKind, TextState};
use crate::sms::Text;

/// One row. Times have milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextRow {
    /// Grows with every text.
    pub id: TextId,
    /// The page it belongs to.
    pub page: PageCode,
    /// Who gets it.
    pub recipient: RecipientId,
    /// Why it exists.
    pub kind: TextKind,
    /// Its place in the queue.
    pub priority: Priority,
    /// What the phone shows, without the `*` of a marked copy.
    pub body: Text,
    /// Where it stands.
    pub state: TextState,
    /// Why it stands there, where there is a why.
    pub reason: Option<Reason>,
    /// The lane of the last attempt.
    pub lane: Option<LaneName>,
    /// How often a commit byte may have been written.
    pub attempts: u32,
    /// How often the text itself was refused.
    pub refusals: u32,
    /// The next copy carries `*`, because an earlier one may have gone out.
    pub marked: bool,
    /// TP-MR of the accepted copy, where the modem told one.
    pub reference: Option<u8>,
    /// When it was queued.
    pub created: Timestamp,
    /// Its age counts from here: when it was queued, or when an operator last wanted it sent.
    pub valid_from: Timestamp,
    /// Not tried before this.
    pub not_before: Timestamp,
    /// When the last attempt was put on disk.
    pub submitted: Option<Timestamp>,
    /// When it reached its last state.
    pub finished: Option<Timestamp>,
    /// When what it tells began, by the sender's clock.
    pub began: Option<Timestamp>,
}

impl TextRow {
    /// The words of the next copy.
    #[must_use]
    pub fn outgoing(&self) -> Text {
        if self.marked { self.body.marked() } else { self.body.clone() }
    }
}

/// One line of a text's story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoryLine {
    /// When.
    pub at: Timestamp,
    /// What happened: the name of the state it came to, or an operator's act.
    pub what: String,
    /// Lane, reason, reference; may be empty.
    pub detail: String,
}
