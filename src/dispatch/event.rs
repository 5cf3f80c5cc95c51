//! What happens to dispatch, and what it wants done.

use jiff::Timestamp;

use crate::clock::Instant;
use crate::message::{LaneName, Reason, TextId, TextState, Trouble, Verdict};
use crate::outbox::{TextRow, Write};

/// What happens to dispatch.
#[derive(Debug)]
pub enum Event {
    /// Texts were queued.
    Queued,
    /// The answer to [`Action::Look`]: texts that may be tried now, and when the next is due.
    Waiting {
        /// Most urgent first.
        texts: Vec<TextRow>,
        /// The next becomes due then.
        next_due: Option<Timestamp>,
    },
    /// Texts in doubt at the start of the process.
    Recovered(Vec<TextRow>),
    /// A lane can be used.
    LaneUp(LaneName, Option<bool>),
    /// A lane's registration was asked.
    LaneHealth(LaneName, Option<bool>),
    /// A lane cannot be used.
    LaneDown(LaneName),
    /// The body stands behind the prompt.
    Armed(LaneName, TextId),
    /// A submission ended.
    Verdict(LaneName, TextId, Verdict),
    /// A late `+CMGS` on a lane.
    Late(LaneName, Option<u8>),
    /// The recipient of a text handed over is no longer in the routing file.
    NoSuchPerson(LaneName, TextId),
    /// An action that was not performed, because it or one before it could not be put on disk.
    NotDone(Box<Action>),
    /// [`Core::deadline`] has passed.
    Timer,
    /// No new submissions; what is in hand is finished.
    Drain,
}

/// What is to be done, in order.
#[derive(Debug)]
pub enum Action {
    /// Read what is waiting, answer with [`Event::Waiting`].
    Look {
        /// At most so many that may be tried.
        limit: usize,
        /// And those that became due for sending before this, due or not: they have grown too old.
        old_before: Timestamp,
    },
    /// Hand this text to the lane.
    Submit(LaneName, Box<TextRow>),
    /// Put this on disk before anything that follows.
    Write(Write),
    /// Let the lane write the commit byte.
    Fire(LaneName),
    /// Let the lane leave its prompt.
    Abort(LaneName),
    /// The text ends without having been sent: write it down together with what the fallback is told.
    GiveUp(Box<GiveUp>),
    /// When this lane next opens its link, it listens until then before it says anything.
    Listen(LaneName, Instant),
    /// A text has ended well or badly: for metrics and the log.
    Ended {
        /// The text.
        row: Box<TextRow>,
        /// Where it ended, or [`TextState::InDoubt`] on the way.
        state: TextState,
        /// The lane it went through, if any.
        lane: Option<LaneName>,
        /// Why, where there is a why.
        reason: Option<Reason>,
    },
    /// Something is wrong with Nightbell itself, or no longer.
    Trouble(Trouble),
    /// A text goes back into the queue.
    Again {
        /// The lane that could not.
        lane: Option<LaneName>,
        /// Why.
        reason: Reason,
        /// The next copy carries `*`.
        marked: bool,
    },
}

/// A text that ends without having been sent.
#[derive(Clone, Debug)]
pub struct GiveUp {
    /// The text.
    pub row: TextRow,
    /// [`TextState::Failed`] or [`TextState::Expired`].
    pub state: TextState,
    /// Why.
    pub reason: Reason,
    /// The lane that refused it, if any.
    pub lane: Option<LaneName>,
}

impl Action {
    /// Says that a text came to an end, or into doubt.
    pub(crate) fn ended(row: TextRow, state: TextState, lane: Option<LaneName>, reason: Option<Reason>) -> Self {
        Self::Ended { row: Box::new(row), state, lane, reason }
    }
}
