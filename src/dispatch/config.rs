//! `limits:` in `nightbell.yml`.

use std::time::Duration;

use crate::page::LATE_DUPLICATE_WINDOW;

/// How long things are kept and tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `retention:`, how long a finished text stays in the ledger; at least [`Limits::LEAST_RETENTION`], default 30
    /// days.
    pub retention: Duration,
    /// `expire_after:`, how long a text is tried before it is given up as `expired` and the fallback is told; at
    /// least [`Limits::LEAST_EXPIRE_AFTER`], default 24 hours.
    pub expire_after: Duration,
    /// `in_doubt:`, what becomes of a text nobody can tell the fate of; default [`InDoubtPolicy::Resend`].
    pub in_doubt: InDoubtPolicy,
    /// `in_doubt_grace:`, how long to look for the answer first; from [`Limits::LEAST_IN_DOUBT_GRACE`] to
    /// [`Limits::LONGEST_IN_DOUBT_GRACE`], default 20 seconds.
    pub in_doubt_grace: Duration,
    /// `sim_per_day:`, how many texts one SIM may send a day; 1 or more, default 500.
    pub sim_per_day: u32,
}

impl Limits {
    /// Whoever looks up what happened in the night does so in the morning.
    pub const LEAST_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

    /// A modem that restarts, or a network that is full, takes minutes; with less they would cost pages.
    pub const LEAST_EXPIRE_AFTER: Duration = Duration::from_secs(10 * 60);

    /// A late answer needs a moment to come through a serial line.
    pub const LEAST_IN_DOUBT_GRACE: Duration = Duration::from_secs(1);

    /// Somebody is asleep who should be awake: with more, a second copy is the lesser evil.
    pub const LONGEST_IN_DOUBT_GRACE: Duration = Duration::from_secs(5 * 60);
}

// What was told must be remembered for as long as a late copy of it may come.
const _: () = assert!(Limits::LEAST_RETENTION.as_secs() as i64 > LATE_DUPLICATE_WINDOW.as_secs());

impl Default for Limits {
    fn default() -> Self {
        Self {
            retention: Duration::from_secs(30 * 24 * 60 * 60),
            expire_after: Duration::from_secs(24 * 60 * 60),
            in_doubt: InDoubtPolicy::Resend,
            in_doubt_grace: Duration::from_secs(20),
            sim_per_day: 500,
        }
    }
}

/// What becomes of a text that was handed to the radio and whose fate nobody can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InDoubtPolicy {
    /// It is sent again with a `*`: somebody may get it twice.
    #[default]
    Resend,
    /// It waits for an operator.
    Hold,
    /// It is given up, and the fallback is told: somebody may not get it at all.
    Drop,
}

impl InDoubtPolicy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Resend, Self::Hold, Self::Drop];

    /// The word in the config.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resend => "resend",
            Self::Hold => "hold",
            Self::Drop => "drop",
        }
    }

    /// From the word in the config.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_reads_back_and_no_other_word_does() {
        for policy in InDoubtPolicy::ALL {
            assert_eq!(InDoubtPolicy::parse(policy.as_str()), Some(policy));
        }
        for word in ["", "Resend", "retry", "resend "] {
            assert_eq!(InDoubtPolicy::parse(word), None, "{word}");
        }
    }

    #[test]
    fn defaults_keep_to_the_limits() {
        let limits = Limits::default();
        assert!(limits.retention >= Limits::LEAST_RETENTION && limits.expire_after >= Limits::LEAST_EXPIRE_AFTER);
        assert!((Limits::LEAST_IN_DOUBT_GRACE..=Limits::LONGEST_IN_DOUBT_GRACE).contains(&limits.in_doubt_grace));
    }
}
