//! The writing side on SQLite. Shell.

use std::collections::HashSet;
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use crate::message::{Draft, PageCode, TextId, TextState};
use crate::outbox::ledger::{Recall, Writer};
use crate::outbox::sqlite::{connect, millis};
use crate::outbox::sqlite_memory::recall;
use crate::outbox::write::{Accept, Write, WriteError, Written};
use crate::page::{Memory, ToldChange};

/// The one writer.
pub struct SqliteWriter {
    connection: Connection,
    path: PathBuf,
    codes: Codes,
}

impl SqliteWriter {
    pub(crate) fn new(connection: Connection, path: PathBuf) -> rusqlite::Result<Self> {
        let codes = Codes::load(&connection)?;
        Ok(Self { connection, path, codes })
    }

    /// Most batches have nothing to refuse, and savepoints cost a copy of every page they touch: so they are used only
    /// where a first try without them met a refusal.
    fn commit_batch(&mut self, batch: &[Write]) -> rusqlite::Result<Vec<Result<Written, WriteError>>> {
        match self.commit_all(batch)? {
            Some(results) => Ok(results),
            None => self.commit_each(batch),
        }
    }

    /// All of it, or nothing where a write is refused.
    fn commit_all(&mut self, batch: &[Write]) -> rusqlite::Result<Option<Vec<Result<Written, WriteError>>>> {
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut results = Vec::with_capacity(batch.len());
        for write in batch {
            match apply(&transaction, write, &mut self.codes) {
                Ok(written) => results.push(Ok(written)),
                Err(Fault::Store(error)) => return Err(error),
                Err(Fault::Refused(_)) => {
                    transaction.rollback()?;
                    self.codes.undo(0, 0);
                    return Ok(None);
                }
            }
        }
        transaction.commit()?;
        self.codes.keep();
        Ok(Some(results))
    }

    /// All that is not refused.
    fn commit_each(&mut self, batch: &[Write]) -> rusqlite::Result<Vec<Result<Written, WriteError>>> {
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut results = Vec::with_capacity(batch.len());
        for write in batch {
            step(&transaction, "SAVEPOINT one")?;
            let (opened, closed) = (self.codes.opened.len(), self.codes.closed.len());
            match apply(&transaction, write, &mut self.codes) {
                Ok(written) => results.push(Ok(written)),
                // Not this write's own fault: the whole batch is off.
                Err(Fault::Store(error)) => return Err(error),
                Err(Fault::Refused(refused)) => {
                    step(&transaction, "ROLLBACK TO one")?;
                    self.codes.undo(opened, closed);
                    results.push(Err(refused));
                }
            }
            step(&transaction, "RELEASE one")?;
        }
        transaction.commit()?;
        self.codes.keep();
        Ok(results)
    }
}

impl Writer for SqliteWriter {
    fn commit(&mut self, batch: &[Write]) -> Vec<Result<Written, WriteError>> {
        self.commit_batch(batch).unwrap_or_else(|error| {
            self.codes.undo(0, 0);
            let words = error.to_string();
            // A connection that has seen an IO error is not trusted with the next commit.
            let full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
            if let (false, Ok(fresh)) = (full, connect(&self.path)) {
                self.connection = fresh;
            }
            batch.iter().map(|_| Err(WriteError::Disk(words.clone()))).collect()
        })
    }

    fn recall(&mut self, questions: &[Recall]) -> Vec<Result<Memory, String>> {
        // One look at the file for all of them; nothing is written, so how it ends is of no matter.
        let Ok(look) = self.connection.transaction() else {
            return questions.iter().map(|_| Err("the ledger cannot be opened for reading".to_owned())).collect();
        };
        questions.iter().map(|question| recall(&look, question).map_err(|error| error.to_string())).collect()
    }
}

/// A statement without values, prepared once.
fn step(db: &Connection, sql: &str) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute([]).map(drop)
}

enum Fault {
    Store(rusqlite::Error),
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

fn apply(db: &Connection, write: &Write, codes: &mut Codes) -> Result<Written, Fault> {
    match write {
        Write::Accept(accept) => apply_accept(db, accept, codes),
        Write::Start { text, lane, at } => {
            let sql = "UPDATE texts SET state = 'sending', lane = ?2, submitted = ?3, attempts = attempts + 1, \
                       reason = NULL WHERE id = ?1 AND state = 'queued'";
            let rows = db.prepare_cached(sql)?.execute(params![text.0, lane.as_str(), millis(*at)])?;
            moved(db, *text, rows, *at, "sending", lane.as_str())
        }
        Write::Accepted { text, at, reference } => {
            let sql = "UPDATE texts SET state = 'accepted', reason = NULL, reference = ?2, finished = ?3 \
                       WHERE id = ?1 AND state IN ('sending', 'in_doubt')";
            let rows = db.prepare_cached(sql)?.execute(params![text.0, reference, millis(*at)])?;
            let detail = reference.map(|reference| format!("reference {reference}")).unwrap_or_default();
            moved(db, *text, rows, *at, "accepted", &detail)
        }
        Write::Requeue { text, at, not_before, reason, refused, marked } => {
            let sql = "UPDATE texts SET state = 'queued', reason = ?2, not_before = ?3, refusals = refusals + ?4, \
                       marked = max(marked, ?5) WHERE id = ?1 AND state IN ('queued', 'sending', 'in_doubt')";
            let values = params![text.0, reason.label(), millis(*not_before), refused, marked];
            let rows = db.prepare_cached(sql)?.execute(values)?;
            let again = if *marked { "again, marked *" } else { "again" };
            moved(db, *text, rows, *at, "queued", &format!("{again}: {reason}"))
        }
        Write::InDoubt { text, at, reason } => {
            let sql = "UPDATE texts SET state = 'in_doubt', reason = ?2 WHERE id = ?1 AND state = 'sending'";
            let rows = db.prepare_cached(sql)?.execute(params![text.0, reason.label()])?;
            moved(db, *text, rows, *at, "in_doubt", &reason.label())
        }
        Write::GiveUp { text, at, state, reason, told } => {
            let sql = "UPDATE texts SET state = ?2, reason = ?3, finished = ?4 \
                       WHERE id = ?1 AND state IN ('queued', 'sending', 'in_doubt')";
            let values = params![text.0, state.as_str(), reason.label(), millis(*at)];
            let rows = db.prepare_cached(sql)?.execute(values)?;
            let mut written = moved(db, *text, rows, *at, state.as_str(), &reason.label())?;
            written.texts = insert_texts(db, told, *at)?;
            Ok(written)
        }
        Write::OperatorRetry { text, at } => {
            let sql = "UPDATE texts SET marked = max(marked, attempts > 0), state = 'queued', reason = 'operator', \
                       not_before = ?2, valid_from = ?2, finished = NULL, refusals = 0 \
                       WHERE id = ?1 AND state IN ('failed', 'expired', 'suppressed', 'in_doubt', 'queued')";
            let rows = db.prepare_cached(sql)?.execute(params![text.0, millis(*at)])?;
            moved(db, *text, rows, *at, "queued", "operator: retry")
        }
        Write::OperatorDrop { text, at } => {
            let sql = "UPDATE texts SET state = 'suppressed', reason = 'operator', finished = ?2 \
                       WHERE id = ?1 AND state IN ('queued', 'in_doubt')";
            let rows = db.prepare_cached(sql)?.execute(params![text.0, millis(*at)])?;
            moved(db, *text, rows, *at, "suppressed", "operator: drop")
        }
        Write::Recover { at } => recover(db, *at),
        Write::Prune { before } => prune(db, *before, codes),
    }
}

fn apply_accept(db: &Connection, accept: &Accept, codes: &mut Codes) -> Result<Written, Fault> {
    let page = page_of(db, accept, codes)?;
    if let (true, Some(page)) = (accept.close, page) {
        let sql = "UPDATE pages SET closed = ?2 WHERE id = ?1 RETURNING code";
        let values = params![page, millis(accept.at)];
        let code: String = db.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
        codes.closed.extend(PageCode::parse(&code));
    }
    let mut statements = ToldStatements::prepare(db)?;
    for change in &accept.told {
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

/// The codes of open pages, so that no two have the same; kept in memory, because an index over random codes would
/// be one more page to write for every notification.
struct Codes {
    known: HashSet<PageCode>,
    /// Opened by the write being applied, or by its batch.
    opened: Vec<PageCode>,
    /// Closed by the batch.
    closed: Vec<PageCode>,
}

impl Codes {
    fn load(db: &Connection) -> rusqlite::Result<Self> {
        let mut statement = db.prepare("SELECT code FROM pages WHERE closed IS NULL")?;
        let codes = statement.query_map([], |row| row.get::<_, String>(0))?;
        let known = codes.filter_map(|code| code.map(|code| PageCode::parse(&code)).transpose());
        Ok(Self { known: known.collect::<Result<_, _>>()?, opened: Vec::new(), closed: Vec::new() })
    }

    /// Takes a code for a new page; false if an open page has it.
    fn open(&mut self, code: PageCode) -> bool {
        let is_free = self.known.insert(code);
        if is_free {
            self.opened.push(code);
        }
        is_free
    }

    /// What was changed since `opened` and `closed` had these lengths did not happen.
    fn undo(&mut self, opened: usize, closed: usize) {
        for code in self.opened.drain(opened..) {
            self.known.remove(&code);
        }
        self.closed.truncate(closed);
    }

    /// The batch is on disk.
    fn keep(&mut self) {
        self.opened.clear();
        for code in self.closed.drain(..) {
            self.known.remove(&code);
        }
    }
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

fn insert_texts(db: &Connection, drafts: &[Draft], at: Timestamp) -> rusqlite::Result<Vec<TextId>> {
    let sql = "INSERT INTO texts (page, recipient, kind, priority, body, began, state, created, valid_from, not_before) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued', ?7, ?7, ?7)";
    let mut statement = db.prepare_cached(sql)?;
    let mut ids = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let values = params![
            draft.page.as_str(),
            draft.recipient.as_str(),
            draft.kind.as_str(),
            draft.priority as i64,
            draft.body.as_str(),
            draft.began.map(millis),
            millis(at)
        ];
        ids.push(TextId(statement.insert(values)?));
    }
    Ok(ids)
}

/// Checks that one text moved, and writes the line of its story.
fn moved(
    db: &Connection,
    text: TextId,
    rows: usize,
    at: Timestamp,
    what: &str,
    detail: &str,
) -> Result<Written, Fault> {
    if rows == 0 {
        let sql = "SELECT state FROM texts WHERE id = ?1";
        let state: Option<String> = db.query_row(sql, [text.0], |row| row.get(0)).optional()?;
        return Err(WriteError::State(state.and_then(|state| TextState::parse(&state))).into());
    }
    tell(db, text, at, what, detail)?;
    Ok(Written { texts: Vec::new(), rows })
}

fn tell(db: &Connection, text: TextId, at: Timestamp, what: &str, detail: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO story (text, at, what, detail) VALUES (?1, ?2, ?3, ?4)";
    db.prepare_cached(sql)?.execute(params![text.0, millis(at), what, detail])?;
    Ok(())
}

fn recover(db: &Connection, at: Timestamp) -> Result<Written, Fault> {
    let sql = "UPDATE texts SET state = 'in_doubt', reason = 'crash' WHERE state = 'sending' RETURNING id";
    let ids: Vec<i64> = db.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for id in &ids {
        tell(db, TextId(*id), at, "in_doubt", "crash")?;
    }
    Ok(Written { texts: ids.iter().copied().map(TextId).collect(), rows: ids.len() })
}

/// How many rows of each kind one prune takes at most: the queue must not wait for it.
const PRUNE_AT_ONCE: i64 = 2_000;

fn prune(db: &Connection, before: Timestamp, codes: &mut Codes) -> Result<Written, Fault> {
    let values = params![millis(before), PRUNE_AT_ONCE];
    let mut rows = 0;
    for sql in [
        "DELETE FROM texts WHERE id IN (SELECT id FROM texts WHERE finished < ?1 LIMIT ?2)",
        "DELETE FROM told WHERE (fingerprint, recipient) IN \
         (SELECT fingerprint, recipient FROM told WHERE open = 0 AND closed < ?1 LIMIT ?2)",
        // What fires for longer than anything is kept for was never told to be over.
        "DELETE FROM told WHERE (fingerprint, recipient) IN \
         (SELECT fingerprint, recipient FROM told WHERE open = 1 AND told < ?1 LIMIT ?2)",
        "DELETE FROM pages WHERE id IN (SELECT id FROM pages WHERE closed < ?1 LIMIT ?2)",
    ] {
        rows += db.prepare_cached(sql)?.execute(values)?;
    }
    let sql = "DELETE FROM pages WHERE id IN (SELECT id FROM pages WHERE closed IS NULL AND opened < ?1 \
               AND NOT EXISTS (SELECT 1 FROM told WHERE told.page = pages.id AND told.open = 1) LIMIT ?2) RETURNING code";
    let mut statement = db.prepare_cached(sql)?;
    let gone: Vec<String> = statement.query_map(values, |row| row.get(0))?.collect::<Result<_, _>>()?;
    codes.closed.extend(gone.iter().filter_map(|code| PageCode::parse(code)));
    Ok(Written { texts: Vec::new(), rows: rows + gone.len() })
}

fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}
