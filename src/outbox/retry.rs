//! When a refused text is tried again, and when it is given up (pure).

use std::time::Duration;

use crate::message::{Fault, TextId};

/// How often a text may be refused for its own sake before it is given up.
pub const MAX_REFUSALS: u32 = 5;

/// Longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(300);
/// Shortest wait after a fault of the network.
const FIRST: Duration = Duration::from_secs(5);

/// How long a text waits after its n-th attempt (from 1) ended in this fault. Grows threefold from 5 s to 5 minutes, and
/// is never below what the fault itself asks for; spread by a fifth, so that texts refused together do not come
/// back together.
#[must_use]
pub fn wait(fault: Fault, attempts: u32, text: TextId) -> Duration {
    let asked = match fault {
        // Another lane may take it at once.
        Fault::Modem { .. } => return Duration::ZERO,
        Fault::Network { wait_s } => Duration::from_secs(wait_s.into()),
        Fault::Text | Fault::Recipient => FIRST,
    };
    let grown = FIRST.saturating_mul(3_u32.saturating_pow(attempts.saturating_sub(1).min(8))).min(LONGEST);
    let spread = (text.0.unsigned_abs() * 8 % 21) as u32;
    asked.max(grown) * (100 + spread) / 100
}

/// Whether a fault ends the text, given how often it was refused before.
#[must_use]
pub fn gives_up(fault: Fault, refusals: u32) -> bool {
    match fault {
        Fault::Recipient => true,
        Fault::Text => refusals + 1 >= MAX_REFUSALS,
        Fault::Modem { .. } | Fault::Network { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let network = Fault::Network { wait_s: 3 };
        let waits: Vec<u64> = (1..8).map(|n| wait(network, n, TextId(0)).as_secs()).collect();
        assert_eq!(waits, [5, 15, 45, 135, 300, 300, 300]);
        assert_eq!(wait(Fault::Network { wait_s: 60 }, 1, TextId(0)).as_secs(), 60);
        assert_eq!(wait(Fault::Modem { rest_s: 300 }, 9, TextId(3)), Duration::ZERO);
    }

    #[test]
    fn texts_refused_together_do_not_come_back_together() {
        let waits: std::collections::BTreeSet<Duration> =
            (0..10).map(|id| wait(Fault::Network { wait_s: 60 }, 1, TextId(id))).collect();
        assert!(waits.len() > 5);
    }

    #[test]
    fn only_the_text_and_its_recipient_end_a_text() {
        assert!(gives_up(Fault::Recipient, 0));
        assert!(!gives_up(Fault::Text, 3));
        assert!(gives_up(Fault::Text, 4));
        assert!(!gives_up(Fault::Network { wait_s: 1 }, 1000));
        assert!(!gives_up(Fault::Modem { rest_s: 1 }, 1000));
    }
}
