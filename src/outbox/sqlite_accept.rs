//! What a notification owes, in SQLite. Shell.

use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use crate::message::{Draft, PageCode, TextId, TextKind};
use crate::outbox::codes::Codes;
use crate::outbox::sqlite::millis;
use crate::outbox::write::{Accept, WriteError, Written};
use crate::page::ToldChange;

/// Why one write of a batch did not go through.
pub(crate) enum Fault {
    /// The store: the whole batch is off.
    Store(rusqlite::Error),
    /// This write alone.
    Refused(WriteError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

impl From<WriteError> for Fault {
    fn from(refused: WriteError) -> Self {
        Self::Refused(refused)
    }
}

/// Puts everything a notification owes in the transaction.
pub(crate) fn apply_accept(db: &Connection, accept: &Accept, codes: &mut Codes) -> Result<Written, Fault> {
    let page = page_of(db, accept, codes)?;
    if let (true, Some(page)) = (accept.close, page) {
        let sql = "UPDATE pages SET closed = ?2 WHERE id = ?1 RETURNING code";
        let values = params![page, millis(accept.at)];
        let code: String = db.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
        codes.closed.extend(PageCode::parse(&code));
    }
    let mut statements = ToldStatements::prepare(db)?;
    for change in &accept.told {
        if change.now.open && change.based_on.is_some() {
            withdraw_end(db, change, accept.at)?;
        }
        statements.apply(change, page)?;
    }
    Ok(Written { texts: insert_texts(db, &accept.drafts, accept.at)?, rows: accept.told.len() })
}

/// The row of the group's open page: opened now, or there already.
fn page_of(db: &Connection, accept: &Accept, codes: &mut Codes) -> Result<Option<i64>, Fault> {
    let Some(group) = accept.group.map(|group| group.to_bytes()) else { return Ok(None) };
    if let Some((code, sender)) = &accept.open {
        // The code is another page's: plan again with another one.
        if !codes.open(*code) {
            return Err(WriteError::Conflict.into());
        }
        let sql = "INSERT INTO pages (group_key, code, sender, opened) VALUES (?1, ?2, ?3, ?4)";
        let values = params![group.as_slice(), code.as_str(), sender, millis(accept.at)];
        return match db.prepare_cached(sql)?.insert(values) {
            Ok(page) => Ok(Some(page)),
            // The group has an open page by now.
            Err(error) if is_constraint(&error) => Err(WriteError::Conflict.into()),
            Err(error) => Err(error.into()),
        };
    }
    if accept.told.is_empty() && !accept.close {
        return Ok(None);
    }
    let sql = "SELECT id FROM pages WHERE group_key = ?1 AND closed IS NULL";
    Ok(db.prepare_cached(sql)?.query_row([group.as_slice()], |row| row.get(0)).optional()?)
}

/// Both ways a row of `told` changes, prepared once for a notification of many alerts.
struct ToldStatements<'db> {
    insert: CachedStatement<'db>,
    update: CachedStatement<'db>,
}

impl<'db> ToldStatements<'db> {
    fn prepare(db: &'db Connection) -> rusqlite::Result<Self> {
        let insert = "INSERT INTO told (fingerprint, recipient, page, open, starts, ended, told, closed, version) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1) ON CONFLICT DO NOTHING";
        let update = "UPDATE told SET page = ?3, open = ?4, starts = ?5, ended = ?6, told = ?7, closed = ?8, \
                      version = version + 1 WHERE fingerprint = ?1 AND recipient = ?2 AND version = ?9";
        Ok(Self { insert: db.prepare_cached(insert)?, update: db.prepare_cached(update)? })
    }

    fn apply(&mut self, change: &ToldChange, page: Option<i64>) -> Result<(), Fault> {
        let stored = |at: Option<Timestamp>| at.map(millis);
        let (key, person, now) = (change.fingerprint.as_str(), change.recipient.as_str(), &change.now);
        let (starts, ended, told, closed) =
            (stored(now.starts_at), stored(now.ended_at), stored(now.told_at), stored(now.closed_at));
        let rows = match change.based_on {
            None => self.insert.execute(params![key, person, page, now.open, starts, ended, told, closed])?,
            Some(version) => {
                self.update.execute(params![key, person, page, now.open, starts, ended, told, closed, version])?
            }
        };
        if rows == 1 { Ok(()) } else { Err(WriteError::Conflict.into()) }
    }
}

/// Queues drafts.
pub(crate) fn insert_texts(db: &Connection, drafts: &[Draft], at: Timestamp) -> rusqlite::Result<Vec<TextId>> {
    let sql = "INSERT INTO texts (page, recipient, kind, priority, body, began, state, created, valid_from, not_before, after) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued', ?7, ?7, ?7, ?8)";
    let mut statement = db.prepare_cached(sql)?;
    let mut ids = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let after = if draft.kind == TextKind::Resolved { open_before(db, draft)? } else { None };
        let values = params![
            draft.page.as_str(),
            draft.recipient.as_str(),
            draft.kind.as_str(),
            draft.priority as i64,
            draft.body.as_str(),
            draft.began.map(millis),
            millis(at),
            after
        ];
        ids.push(TextId(statement.insert(values)?));
    }
    Ok(ids)
}

/// The newest text of the same page to the same person that has not gone out yet.
fn open_before(db: &Connection, draft: &Draft) -> rusqlite::Result<Option<i64>> {
    let sql =
        "SELECT max(id) FROM texts WHERE state IN ('queued', 'sending', 'in_doubt') AND page = ?1 AND recipient = ?2";
    db.prepare_cached(sql)?.query_row([draft.page.as_str(), draft.recipient.as_str()], |row| row.get(0))
}

/// What fires again withdraws the end of its last time, if that still waits: said afterwards it would be false.
fn withdraw_end(db: &Connection, change: &ToldChange, at: Timestamp) -> rusqlite::Result<()> {
    let sql = "UPDATE texts SET state = 'superseded', finished = ?3 WHERE state = 'queued' AND kind = 'resolved' \
               AND recipient = ?2 AND page = (SELECT code FROM pages WHERE id = \
               (SELECT page FROM told WHERE fingerprint = ?1 AND recipient = ?2 AND open = 0)) RETURNING id";
    let values = params![change.fingerprint.as_str(), change.recipient.as_str(), millis(at)];
    let withdrawn: Vec<i64> = db.prepare_cached(sql)?.query_map(values, |row| row.get(0))?.collect::<Result<_, _>>()?;
    for text in withdrawn {
        tell(db, TextId(text), at, "superseded", "it fires again")?;
    }
    Ok(())
}

/// Writes a line of a text's story.
pub(crate) fn tell(db: &Connection, text: TextId, at: Timestamp, what: &str, detail: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO story (text, at, what, detail) VALUES (?1, ?2, ?3, ?4)";
    db.prepare_cached(sql)?.execute(params![text.0, millis(at), what, detail])?;
    Ok(())
}

fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}
