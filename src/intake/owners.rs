//! One owner at a time for each group: what comes for a group while somebody works on it waits in its line.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Lines of jobs by key. A key has a line exactly while it has an owner.
pub struct Owners<K, J> {
    lines: Mutex<HashMap<K, VecDeque<J>>>,
}

/// What became of a job that was brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Brought<J> {
    /// Nobody owned the key: the bringer does now, and works on this job first.
    Own(J),
    /// It waits in the owner's line.
    Waits,
    /// The line is too long.
    Full,
}

/// Longest line: a sender that piles up more copies of one group than this is told to come back.
pub const MAX_LINE: usize = 256;

impl<K: Eq + Hash + Copy, J> Owners<K, J> {
    /// No key is owned.
    #[must_use]
    pub fn new() -> Self {
        Self { lines: Mutex::new(HashMap::new()) }
    }

    /// Brings a job.
    pub fn bring(&self, key: K, job: J) -> Brought<J> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        match lines.get_mut(&key) {
            None => {
                lines.insert(key, VecDeque::new());
                Brought::Own(job)
            }
            Some(line) if line.len() >= MAX_LINE => Brought::Full,
            Some(line) => {
                line.push_back(job);
                Brought::Waits
            }
        }
    }

    /// Gives a key up with everything in its line: its owner has come to a bad end.
    pub fn abandon(&self, key: K) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    /// The owner's next job; without one the key is given up.
    pub fn next(&self, key: K) -> Option<J> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let job = lines.get_mut(&key).and_then(VecDeque::pop_front);
        if job.is_none() {
            lines.remove(&key);
        }
        job
    }
}

impl<K: Eq + Hash + Copy, J> Default for Owners<K, J> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_owner_and_nothing_is_forgotten() {
        let owners = Owners::new();
        assert_eq!(owners.bring(1, 'a'), Brought::Own('a'));
        assert_eq!(owners.bring(1, 'b'), Brought::Waits);
        assert_eq!(owners.bring(2, 'x'), Brought::Own('x'));
        assert_eq!(owners.next(1), Some('b'));
        assert_eq!(owners.next(1), None);
        assert_eq!(owners.bring(1, 'c'), Brought::Own('c'), "given up, so free again");
    }

    #[test]
    fn lines_are_bounded() {
        let owners = Owners::new();
        owners.bring(1, 0);
        assert!((0..MAX_LINE).all(|n| owners.bring(1, n) == Brought::Waits));
        assert_eq!(owners.bring(1, 0), Brought::Full);
    }
}
