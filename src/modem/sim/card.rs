//! The SIM card: its PIN, its service centre, its places for messages.

use crate::modem::sim::{answer::End, entry::Submission, script::Script};

/// A SIM card in the modem. Survives a restart of the modem, except that the PIN is asked for again.
#[derive(Debug)]
pub(super) struct Card {
    pin: Option<String>,
    tries: u8,
    tries_at_first: u8,
    open: bool,
    /// The service centre; empty for none.
    pub(super) smsc: String,
    slots: Vec<Option<Stored>>,
}

impl Card {
    pub(super) fn new(script: &Script) -> Self {
        Self {
            pin: script.pin.clone(),
            tries: script.pin_tries,
            tries_at_first: script.pin_tries,
            open: script.pin.is_none(),
            smsc: script.smsc.clone(),
            slots: vec![None; script.slots],
        }
    }

    /// The power was off: the PIN is asked for again, spent tries stay spent.
    pub(super) fn restart(&mut self) {
        self.open = self.pin.is_none();
    }

    /// Whether it lets commands through.
    pub(super) fn lock(&self) -> Lock {
        match (self.open, self.tries) {
            (true, _) => Lock::Ready,
            (false, 0) => Lock::Puk,
            (false, _) => Lock::Pin,
        }
    }

    /// `AT+CPIN="…"`: a wrong PIN costs a try, a right one gives them all back.
    pub(super) fn enter_pin(&mut self, pin: &str) -> End {
        match self.lock() {
            Lock::Ready => End::Cme(3),
            Lock::Puk => End::Cme(12),
            Lock::Pin if self.pin.as_deref() == Some(pin) => {
                self.open = true;
                self.tries = self.tries_at_first;
                End::Ok
            }
            Lock::Pin => {
                self.tries = self.tries.saturating_sub(1);
                End::Cme(16)
            }
        }
    }

    /// Puts a message into the first free place and tells its index, from 1; none when the card is full.
    pub(super) fn store(&mut self, message: Stored) -> Option<usize> {
        let free = self.slots.iter().position(Option::is_none)?;
        *self.slots.get_mut(free)? = Some(message);
        Some(free + 1)
    }

    /// What stands at an index.
    pub(super) fn stored(&self, index: usize) -> Option<&Stored> {
        self.slots.get(index.checked_sub(1)?)?.as_ref()
    }

    /// All messages with their indexes.
    pub(super) fn all_stored(&self) -> impl Iterator<Item = (usize, &Stored)> {
        self.slots.iter().enumerate().filter_map(|(at, slot)| slot.as_ref().map(|stored| (at + 1, stored)))
    }

    /// Notes that a stored message has been sent.
    pub(super) fn mark_sent(&mut self, index: usize) {
        let slot = index.checked_sub(1).and_then(|at| self.slots.get_mut(at));
        if let Some(Some(stored)) = slot {
            stored.sent = true;
        }
    }

    /// Empties every place the choice names. False when the index is none of the card's.
    pub(super) fn delete(&mut self, index: usize, flag: u16) -> bool {
        match flag {
            0 => match index.checked_sub(1).and_then(|at| self.slots.get_mut(at)) {
                Some(slot) => *slot = None,
                None => return false,
            },
            // Nothing here is ever received, so "read" messages are none (27.005 §3.5.4).
            1 => {}
            2 => self.slots.iter_mut().for_each(|slot| *slot = slot.take().filter(|stored| !stored.sent)),
            _ => self.slots.fill(None),
        }
        true
    }

    /// Used and total places, as `+CPMS` tells them.
    pub(super) fn usage(&self) -> (usize, usize) {
        (self.slots.iter().flatten().count(), self.slots.len())
    }
}

/// What the card asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    Ready,
    Pin,
    Puk,
}

/// A message on the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) submission: Submission,
    /// STO SENT rather than STO UNSENT (27.005 §3.1).
    pub(super) sent: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(pin: &str, tries: u8) -> Card {
        Card::new(&Script { pin: Some(pin.to_owned()), pin_tries: tries, slots: 2, ..Script::default() })
    }

    #[test]
    fn wrong_pins_lead_to_the_puk() {
        let mut card = card("1234", 2);
        assert_eq!(card.enter_pin("0000"), End::Cme(16));
        card.restart();
        assert_eq!(card.lock(), Lock::Pin);
        assert_eq!(card.enter_pin("0001"), End::Cme(16));
        assert_eq!(card.lock(), Lock::Puk);
        assert_eq!(card.enter_pin("1234"), End::Cme(12));
    }

    #[test]
    fn a_right_pin_opens_once_until_the_restart() {
        let mut card = card("1234", 3);
        assert_eq!(card.enter_pin("1234"), End::Ok);
        assert_eq!(card.enter_pin("1234"), End::Cme(3));
        card.restart();
        assert_eq!(card.lock(), Lock::Pin);
    }

    #[test]
    fn places_fill_and_empty() {
        let mut card = card("1234", 3);
        let message = Stored { submission: Submission::default(), sent: false };
        assert_eq!(card.store(message.clone()), Some(1));
        assert_eq!(card.store(message.clone()), Some(2));
        assert_eq!(card.store(message.clone()), None);
        card.mark_sent(2);
        assert!(card.delete(1, 2));
        assert_eq!((card.stored(1).is_some(), card.stored(2).is_some()), (true, false));
        assert!(card.delete(1, 0) && !card.delete(0, 0) && !card.delete(3, 0));
        assert_eq!(card.usage(), (0, 2));
    }
}
