//! The one place that reads a clock.
//!
//! Two kinds of time, and they never mix: [`Timestamp`] (UTC, survives a reboot) for what is stored or
//! shown, [`Instant`] (monotonic) for the deadline of an AT command. Pure code receives both as arguments.

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
}
