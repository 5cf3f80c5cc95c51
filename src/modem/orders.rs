//! What a lane is told and what it says.

use crate::message::{TextId, Verdict};
use crate::modem::setup::Capabilities;
use crate::sms::{Number, Text};

/// What a lane is told.
#[derive(Debug)]
pub enum Order {
    /// Bring this text to the point before the commit byte.
    Submit(Box<Job>),
    /// The attempt is on disk: write the commit byte.
    Fire,
    /// The attempt could not be put on disk: leave the prompt.
    Abort,
}

/// One text for one lane.
#[derive(Debug)]
pub struct Job {
    /// Which text.
    pub text: TextId,
    /// Where to.
    pub number: Number,
    /// What.
    pub body: Text,
    /// Whether it was submitted before: the service centre is then asked to reject a duplicate.
    pub again: bool,
}

/// What a lane says.
#[derive(Debug)]
pub enum Report {
    /// Set up; texts can be handed over if it is registered or cannot tell.
    Up(Box<Capabilities>),
    /// Registration and signal as last asked.
    Health {
        /// Absent: the modem does not tell.
        registered: Option<bool>,
        /// Absent: unknown.
        signal_dbm: Option<i16>,
    },
    /// The body stands behind the prompt.
    Armed(TextId),
    /// How a submission ended.
    Verdict(TextId, Verdict),
    /// A `+CMGS` that belongs to an earlier submission of this lane.
    Late(Option<u8>),
    /// Out of service; it keeps trying by itself.
    Down {
        /// For the log and the operator; no number in it.
        why: String,
    },
}
