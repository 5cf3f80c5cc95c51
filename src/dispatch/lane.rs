//! What dispatch knows of one lane.

use crate::clock::Instant;
use crate::outbox::TextRow;

/// One lane.
#[derive(Default)]
pub(crate) struct Lane {
    /// It is set up and answers.
    pub(crate) up: bool,
    /// `Some(false)`: it is known not to be registered, so nothing is burnt on it.
    pub(crate) registered: Option<bool>,
    /// The text it has in hand.
    pub(crate) hands: Option<TextRow>,
    /// It gets nothing before this.
    pub(crate) rests_until: Option<Instant>,
    /// How often in a row it was at fault, for a growing rest.
    pub(crate) faults: u32,
    /// Since when it is out of service.
    pub(crate) down_since: Option<Instant>,
    /// Somebody has been told that it is.
    pub(crate) down_told: bool,
}

impl Lane {
    /// Whether it can be handed a text.
    pub(crate) fn is_free(&self) -> bool {
        self.up && self.registered != Some(false) && self.hands.is_none() && self.rests_until.is_none()
    }
}
