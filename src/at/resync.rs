//! How the client comes to trust the line again: ESC, then `AT` until one clean answer and silence.

use std::time::Duration;

use crate::clock::Instant;

/// Where a resynchronisation stands. It leaves a prompt somebody forgot, throws away what was in the buffers and
/// ends only when an `AT` got exactly one final result followed by silence (quirks 8, 9, 27, 28).
#[derive(Clone, Debug)]
pub struct Resync {
    phase: Phase,
    tries: usize,
    until: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing may be written: what is in the buffers drains.
    Drain,
    /// `AT` is out.
    Probe,
    /// The answer came; silence must follow.
    Quiet,
}

/// What the client has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing, until bytes or the deadline.
    Wait,
    /// Write `AT`.
    Probe,
    /// Trusted again.
    Clean,
    /// The line is silent or talks nonsense: close it and open it again.
    Dead,
}

/// How long silence must last to count, and to let what is in the buffers drain.
pub const QUIET: Duration = Duration::from_millis(200);
/// A modem that never stops talking is probed all the same after so long.
const DRAIN_CAP: Duration = Duration::from_secs(2);
/// How long each `AT` may take; the first answers after idle are often lost (quirk 8).
const PROBES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(3),
    Duration::from_secs(5),
];

impl Resync {
    /// Starts after ESC and CR were written.
    #[must_use]
    pub fn start(now: Instant) -> Self {
        Self { phase: Phase::Drain, tries: 0, until: now + QUIET }
    }

    /// When [`Resync::timer`] is due.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.until
    }

    /// Some line came; `is_final` says whether it was a final result.
    pub fn line(&mut self, is_final: bool, now: Instant) -> Step {
        match self.phase {
            Phase::Drain => {
                let cap = self.until.min(now + DRAIN_CAP);
                self.until = cap.max(now + QUIET).min(now + DRAIN_CAP);
            }
            Phase::Probe if is_final => {
                self.phase = Phase::Quiet;
                self.until = now + QUIET;
            }
            Phase::Probe => {}
            // A second final result: the first belonged to something older. Probe again.
            Phase::Quiet if is_final => return self.probe(now),
            Phase::Quiet => {}
        }
        Step::Wait
    }

    /// The deadline passed.
    pub fn timer(&mut self, now: Instant) -> Step {
        match self.phase {
            Phase::Drain | Phase::Probe => self.probe(now),
            Phase::Quiet => Step::Clean,
        }
    }

    fn probe(&mut self, now: Instant) -> Step {
        let Some(wait) = PROBES.get(self.tries) else { return Step::Dead };
        self.tries += 1;
        self.phase = Phase::Probe;
        self.until = now + *wait;
        Step::Probe
    }
}
