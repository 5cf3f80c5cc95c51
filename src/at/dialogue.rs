//! What goes into the client and what comes out of it.

use std::time::Duration;

use crate::at::result::{ErrorCode, FinalResult};

/// What happens to the client.
#[derive(Debug)]
pub enum Input<'a> {
    /// The modem said something.
    Bytes(&'a [u8]),
    /// Start a command.
    Send(Command),
    /// After [`Action::Prompt`]: write the body, without the commit byte.
    Body(&'a [u8]),
    /// After `Body`: write 0x1A by itself and wait for the final result.
    Commit {
        /// How long the network may take, absolutely.
        within: Duration,
    },
    /// Leave whatever the line is in and make it trustworthy. After [`Action::Prompt`] or `Body` this leaves the prompt, and
    /// provably nothing is sent.
    Resync,
    /// The link is gone; only what was heard before counts.
    Closed,
    /// [`Client::deadline`](crate::at::Client::deadline) has passed.
    Timer,
}

/// What the caller has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Write these bytes, in one piece.
    Write(Vec<u8>),
    /// The command is over. After a [`FinalResult::Timeout`] a resynchronisation is already under way.
    Done(Response),
    /// The modem awaits the body.
    Prompt,
    /// A line that belongs to no command.
    Unsolicited(String),
    /// `+CMGS: mr` while no submission is in flight: the late answer to an earlier one.
    LateReference(Option<u8>),
    /// The modem has started again by itself: set it up anew.
    Booted,
    /// The line can be trusted again.
    Resynced,
    /// The line cannot be brought back: close it.
    Dead,
}

/// One line to write and what ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub(crate) line: String,
    pub(crate) within: Duration,
    pub(crate) wants_prompt: bool,
}

impl Command {
    /// A plain command; `line` without the CR.
    #[must_use]
    pub fn new(line: impl Into<String>, within: Duration) -> Self {
        Self { line: line.into(), within, wants_prompt: false }
    }

    /// A command answered by a prompt (`AT+CMGS=…`).
    #[must_use]
    pub fn with_prompt(line: impl Into<String>, within: Duration) -> Self {
        Self { line: line.into(), within, wants_prompt: true }
    }

    /// The prefix information lines of this command carry: `+CREG` for `AT+CREG?`.
    pub(crate) fn own_prefix(&self) -> &str {
        let body = self.line.get(2..).unwrap_or_default();
        body.split(['=', '?', ';']).next().unwrap_or_default()
    }
}

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Information lines, in order.
    pub info: Vec<String>,
    /// How it ended.
    pub result: FinalResult,
}

impl Response {
    /// The rest of the first information line with this prefix (`+CSQ` → `20,99`), trimmed.
    #[must_use]
    pub fn value(&self, prefix: &str) -> Option<&str> {
        let rest = self.info.iter().find_map(|line| line.strip_prefix(prefix))?;
        Some(rest.trim_start_matches([':', ' ']).trim())
    }

    /// Whether it ended with `OK`.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.result == FinalResult::Ok
    }
}

impl Response {
    /// TP-MR of `+CMGS: mr[,scts]`, if the modem told one.
    #[must_use]
    pub fn message_reference(&self) -> Option<u8> {
        self.value("+CMGS").and_then(reference)
    }

    /// The refusal's code, if it was refused.
    #[must_use]
    pub fn error(&self) -> Option<ErrorCode> {
        match self.result {
            FinalResult::Error(code) => Some(code),
            FinalResult::Ok | FinalResult::Timeout => None,
        }
    }
}

/// The number in what follows `+CMGS`.
pub(crate) fn reference(rest: &str) -> Option<u8> {
    rest.trim_start_matches([':', ' ']).split(',').next()?.trim().parse().ok()
}
