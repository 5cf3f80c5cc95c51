//! What dispatch knows of one lane.

use std::time::Duration;

use crate::clock::Instant;
use crate::message::{Cause, LaneName, Trouble};
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

    /// When somebody has to be told that it is down.
    pub(crate) fn tell_at(&self) -> Option<Instant> {
        self.down_since.filter(|_| !self.down_told).map(|since| since + TELL_DOWN_AFTER)
    }

    /// Says once that it has been down for long.
    pub(crate) fn long_down(&mut self, name: &LaneName, now: Instant) -> Option<Trouble> {
        self.tell_at().filter(|due| *due <= now)?;
        self.down_told = true;
        let minutes = TELL_DOWN_AFTER.as_secs() / 60;
        Some(trouble(name, false, format!("modem {name} has been out of service for {minutes} minutes")))
    }

    /// Says that it is back, if it was said to be down.
    pub(crate) fn back(&mut self, name: &LaneName) -> Option<Trouble> {
        self.down_since = None;
        std::mem::take(&mut self.down_told).then(|| trouble(name, true, format!("modem {name} is back")))
    }
}

fn trouble(name: &LaneName, over: bool, words: String) -> Trouble {
    Trouble { cause: Cause::LaneDown(name.clone()), over, words }
}

/// How long a lane is down before somebody is told: a modem that restarts takes a minute or two.
const TELL_DOWN_AFTER: Duration = Duration::from_secs(300);
