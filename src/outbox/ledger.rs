//! The two sides of a store, so that another one can take SQLite's place.

use jiff::Timestamp;

use crate::alert::{Fingerprint, GroupKey};
use crate::message::{PageCode, Priority, TextId, TextState};
use crate::outbox::row::{StoryLine, TextRow};
use crate::outbox::write::{Write, WriteError, Written};
use crate::page::Memory;

/// The writing side. One exists; it lives on its own thread.
pub trait Writer: Send {
    /// Puts a batch on disk with one fsync. Each write is atomic by itself: it is on disk whole when its result is
    /// `Ok`, and not at all otherwise.
    fn commit(&mut self, batch: &[Write]) -> Vec<Result<Written, WriteError>>;

    /// What is known of these groups and instances. Asked of this side, because a plan should stand on the newest
    /// commit there is; nothing uncommitted is seen. An error is the store's own words.
    fn recall(&mut self, questions: &[Recall]) -> Vec<Result<Memory, String>>;
}

/// A question about a group.
#[derive(Clone, Debug)]
pub struct Recall {
    /// Which group.
    pub group: GroupKey,
    /// Which of its instances.
    pub fingerprints: Vec<Fingerprint>,
    /// Count what is open, because something resolves.
    pub count_open: bool,
}

/// The reading side: sees only what is on disk. Errors are the store's own words.
pub trait Reader: Send {
    /// Texts that may be tried now: most urgent first, then oldest; at most `limit`.
    ///
    /// # Errors
    /// The store cannot be read.
    fn waiting(&mut self, now: Timestamp, limit: usize) -> Result<Vec<TextRow>, String>;

    /// When the next queued text becomes due after `now`.
    ///
    /// # Errors
    /// The store cannot be read.
    fn next_due(&mut self, now: Timestamp) -> Result<Option<Timestamp>, String>;

    /// Texts in one state, oldest first; at most `limit`.
    ///
    /// # Errors
    /// The store cannot be read.
    fn in_state(&mut self, state: TextState, limit: usize) -> Result<Vec<TextRow>, String>;

    /// Queued texts whose age counts from before this, oldest first; at most `limit`.
    ///
    /// # Errors
    /// The store cannot be read.
    fn queued_before(&mut self, before: Timestamp, limit: usize) -> Result<Vec<TextRow>, String>;

    /// The newest texts, at most `limit`, of one state or all, of one page or all.
    ///
    /// # Errors
    /// The store cannot be read.
    fn newest(
        &mut self,
        state: Option<TextState>,
        page: Option<PageCode>,
        limit: usize,
    ) -> Result<Vec<TextRow>, String>;

    /// One text and its story.
    ///
    /// # Errors
    /// The store cannot be read.
    fn text(&mut self, text: TextId) -> Result<Option<(TextRow, Vec<StoryLine>)>, String>;

    /// The queue in figures.
    ///
    /// # Errors
    /// The store cannot be read.
    fn tally(&mut self) -> Result<Tally, String>;
}

/// The queue in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many texts are open (`queued`, `sending`, `in_doubt`) for each priority.
    pub open: [(u64, Option<Timestamp>); Priority::ALL.len()],
}

impl Tally {
    /// When the oldest open text was queued.
    #[must_use]
    pub fn oldest(&self) -> Option<Timestamp> {
        self.open.iter().filter_map(|(_, oldest)| *oldest).min()
    }

    /// How many are open in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.open.iter().map(|(count, _)| count).sum()
    }
}
