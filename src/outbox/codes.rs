//! Which codes are taken. Shell.

use std::collections::HashSet;

use rusqlite::Connection;

use crate::message::PageCode;

/// The codes of open pages, so that no two have the same; kept in memory, because an index over random codes would
/// be one more page to write for every notification.
pub(crate) struct Codes {
    known: HashSet<PageCode>,
    /// Opened by the write being applied, or by its batch.
    pub(crate) opened: Vec<PageCode>,
    /// Closed by the batch.
    pub(crate) closed: Vec<PageCode>,
}

impl Codes {
    /// The codes of all open pages.
    pub(crate) fn load(db: &Connection) -> rusqlite::Result<Self> {
        let mut statement = db.prepare("SELECT code FROM pages WHERE closed IS NULL")?;
        let codes = statement.query_map([], |row| row.get::<_, String>(0))?;
        let known = codes.filter_map(|code| code.map(|code| PageCode::parse(&code)).transpose());
        Ok(Self { known: known.collect::<Result<_, _>>()?, opened: Vec::new(), closed: Vec::new() })
    }

    /// Takes a code for a new page; false if an open page has it.
    pub(crate) fn open(&mut self, code: PageCode) -> bool {
        let is_free = self.known.insert(code);
        if is_free {
            self.opened.push(code);
        }
        is_free
    }

    /// What was changed since `opened` and `closed` had these lengths did not happen.
    pub(crate) fn undo(&mut self, opened: usize, closed: usize) {
        for code in self.opened.drain(opened..) {
            self.known.remove(&code);
        }
        self.closed.truncate(closed);
    }

    /// The batch is on disk.
    pub(crate) fn keep(&mut self) {
        self.opened.clear();
        for code in self.closed.drain(..) {
            self.known.remove(&code);
        }
    }
}
