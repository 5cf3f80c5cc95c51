//! The one place that reads a clock.
//!
//! Two kinds of time, and they never mix: [`Timestamp`] (UTC, survives a reboot) for what is stored or
//! shown, [`Instant`] (monotonic) for the deadline of an AT command. Pure code receives both as arguments.

use std::time::Duration;

pub use jiff::Timestamp;
pub use tokio::time::Instant;

/// The wall clock, UTC.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The monotonic clock; follows tokio's paused time in tests.
#[must_use]
pub fn instant() -> Instant {
    Instant::now()
}

/// What an AT dialogue and the queue need to know of time, read together once per turn of a loop.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// For deadlines inside this process.
    pub instant: Instant,
    /// For what is stored.
    pub utc: Timestamp,
}

impl Now {
    /// Reads both clocks.
    #[must_use]
    pub fn read() -> Self {
        Self { instant: instant(), utc: now() }
    }

    /// How long ago something was, never negative: a clock may have been set back.
    #[must_use]
    pub fn age(&self, since: Timestamp) -> Duration {
        self.utc.duration_since(since).try_into().unwrap_or(Duration::ZERO)
    }

    /// How long until something is due, never negative.
    #[must_use]
    pub fn until(&self, due: Timestamp) -> Duration {
        due.duration_since(self.utc).try_into().unwrap_or(Duration::ZERO)
    }

    /// So much earlier, for what is stored.
    #[must_use]
    pub fn before(&self, span: Duration) -> Timestamp {
        self.utc.checked_sub(span).unwrap_or(Timestamp::MIN)
    }

    /// So much later, for what is stored.
    #[must_use]
    pub fn after(&self, wait: Duration) -> Timestamp {
        self.utc.checked_add(wait).unwrap_or(self.utc)
    }
}
