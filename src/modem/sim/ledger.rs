//! The ledger of a simulated modem: what it saw and did, for a test to ask and a person to read.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::modem::sim::entry::{Accepted, Entry, EntryKind};

/// A shared list of entries, cheap to clone. Keeps the latest [`MAX_ENTRIES`]; a file, if there is one, gets all.
#[derive(Clone, Debug)]
pub struct Ledger {
    book: Arc<Mutex<Book>>,
    written: Arc<watch::Sender<()>>,
}

#[derive(Debug, Default)]
struct Book {
    entries: VecDeque<Entry>,
    file: Option<File>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { book: Arc::default(), written: Arc::new(watch::Sender::new(())) }
    }
}

impl Ledger {
    /// A ledger that is also written to a file, one JSON object a line, appended to what is there.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn with_file(path: &Path) -> io::Result<Self> {
        let ledger = Self::default();
        ledger.open().file = Some(File::options().create(true).append(true).open(path)?);
        Ok(ledger)
    }

    /// Writes an entry down and wakes whoever waits for it.
    pub fn record(&self, at: Timestamp, kind: EntryKind) {
        self.open().write(Entry { at, kind });
        self.written.send_replace(());
    }

    /// All entries kept, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.open().entries.iter().cloned().collect()
    }

    /// What the network took: the texts phones would show, in order.
    #[must_use]
    pub fn accepted(&self) -> Vec<Accepted> {
        self.collect(|kind| match kind {
            EntryKind::Accepted(accepted) => Some(accepted.clone()),
            _ => None,
        })
    }

    /// What was not AT; empty for a client that keeps to the grammar.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.collect(|kind| match kind {
            EntryKind::Violation { what } => Some(what.clone()),
            _ => None,
        })
    }

    /// The command lines heard, in order.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        self.collect(|kind| match kind {
            EntryKind::Command { line } => Some(line.clone()),
            _ => None,
        })
    }

    /// Waits until the network has taken at least `count` texts and tells them. Sets no time limit of its own.
    pub async fn wait_accepted(&self, count: usize) -> Vec<Accepted> {
        let is_accepted = |entry: &Entry| matches!(entry.kind, EntryKind::Accepted(_));
        self.wait_for(|entries| entries.iter().filter(|entry| is_accepted(entry)).count() >= count).await;
        self.accepted()
    }

    /// Waits until the entries are as asked, and tells them; at once if they are. Sets no time limit of its own.
    pub async fn wait_for(&self, mut asked: impl FnMut(&[Entry]) -> bool) -> Vec<Entry> {
        let mut written = self.written.subscribe();
        loop {
            let entries = self.entries();
            // The sender lives in `self`, so a failing `changed` is no end to wait for.
            if asked(&entries) || written.changed().await.is_err() {
                return entries;
            }
        }
    }

    fn collect<T>(&self, pick: impl Fn(&EntryKind) -> Option<T>) -> Vec<T> {
        self.open().entries.iter().filter_map(|entry| pick(&entry.kind)).collect()
    }

    fn open(&self) -> MutexGuard<'_, Book> {
        // Entries are whole at every moment, so a panic of another holder leaves nothing half done.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn write(&mut self, entry: Entry) {
        if let Some(file) = &mut self.file
            && let Err(error) = append(file, &entry)
        {
            tracing::warn!(%error, "the ledger of the simulated modem cannot be written to its file any more");
            self.file = None;
        }
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }
}

fn append(file: &mut File, entry: &Entry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line)
}

/// Some ten thousand texts with their dialogue, a few tens of megabytes.
pub const MAX_ENTRIES: usize = 200_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(text: &str) -> EntryKind {
        let (number, text) = ("+33639980001".to_owned(), text.to_owned());
        EntryKind::Accepted(Accepted { reference: 0, number, text, pdu: None, part: None })
    }

    #[tokio::test]
    async fn waiting_ends_with_the_entry_waited_for() {
        let ledger = Ledger::default();
        let waiting = tokio::spawn({
            let ledger = ledger.clone();
            async move { ledger.wait_accepted(2).await }
        });
        tokio::task::yield_now().await;
        ledger.record(Timestamp::UNIX_EPOCH, accepted("one"));
        ledger.record(Timestamp::UNIX_EPOCH, EntryKind::Violation { what: "a byte".to_owned() });
        ledger.record(Timestamp::UNIX_EPOCH, accepted("two"));
        let texts: Vec<String> = waiting.await.unwrap().into_iter().map(|accepted| accepted.text).collect();
        assert_eq!(texts, ["one", "two"]);
        assert_eq!(ledger.violations(), ["a byte"]);
        assert_eq!(ledger.entries().len(), 3);
    }

    #[test]
    fn a_file_gets_one_object_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let ledger = Ledger::with_file(&path).unwrap();
        ledger.record(Timestamp::UNIX_EPOCH, EntryKind::Connected);
        ledger.record(Timestamp::UNIX_EPOCH, accepted("one\ntwo"));
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written.lines().count(), 2);
        assert!(Ledger::with_file(folder.path()).is_err());
    }
}
