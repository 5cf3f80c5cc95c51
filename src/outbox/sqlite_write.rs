//! The writing side on SQLite. Shell.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use crate::message::{Draft, TextId, TextState};
use crate::outbox::ledger::Writer;
use crate::outbox::sqlite::{connect, millis};
use crate::outbox::write::{Accept, Write, WriteError, Written};
use crate::page::ToldChange;

/// The one writer.
pub struct SqliteWriter {
    connection: Connection,
    path: PathBuf,
}

impl SqliteWriter {
    pub(crate) fn new(connection: Connection, path: PathBuf) -> Self {
        Self { connection, path }
    }

    fn commit_batch(&mut self, batch: &[Write]) -> rusqlite::Result<Vec<Result<Written, WriteError>>> {
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut results = Vec::with_capacity(batch.len());
        for write in batch {
            step(&transaction, "SAVEPOINT one")?;
            match apply(&transaction, write) {
                Ok(written) => results.push(Ok(written)),
                // Not this write's own fault: the whole batch is off.
                Err(Fault::Store(error)) => return Err(error),
                Err(Fault::Refused(refused)) => {
                    step(&transaction, "ROLLBACK TO one")?;
                    results.push(Err(refused));
                }
            }
            step(&transaction, "RELEASE one")?;
        }
        transaction.commit()?;
        Ok(results)
    }
}

impl Writer for SqliteWriter {
    fn commit(&mut self, batch: &[Write]) -> Vec<Result<Written, WriteError>> {
        self.commit_batch(batch).unwrap_or_else(|error| {
            let words = error.to_string();
            // A connection that has seen an IO error is not trusted with the next commit.
            let full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
            if let (false, Ok(fresh)) = (full, connect(&self.path)) {
                self.connection = fresh;
            }
            batch.iter().map(|_| Err(WriteError::Disk(words.clone()))).collect()
        })
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

fn apply(db: &Connection, write: &Write) -> Result<Written, Fault> {
    match write {
        Write::Accept(accept) => apply_accept(db, accept),
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
                       not_before = ?2, created = ?2, finished = NULL, refusals = 0 \
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
        Write::Prune { before } => prune(db, *before),
    }
}

fn apply_accept(db: &Connection, accept: &Accept) -> Result<Written, Fault> {
    let page = match &accept.open {
        Some((group, sender)) => {
            let code = accept.page.map(|code| code.as_str().to_owned()).unwrap_or_default();
            let sql = "INSERT INTO pages (group_key, code, sender, opened) VALUES (?1, ?2, ?3, ?4)";
            let group = group.to_bytes();
            let values = params![group.as_slice(), code, sender, millis(accept.at)];
            match db.prepare_cached(sql)?.insert(values) {
                Ok(page) => Some(page),
                // The group has an open page by now, or the code is another page's: plan again.
                Err(error) if is_constraint(&error) => return Err(WriteError::Conflict.into()),
                Err(error) => return Err(error.into()),
            }
        }
        None => match accept.page.filter(|_| !accept.told.is_empty()) {
            None => None,
            Some(code) => {
                let sql = "SELECT id FROM pages WHERE code = ?1";
                db.prepare_cached(sql)?.query_row([code.as_str()], |row| row.get(0)).optional()?
            }
        },
    };
    if let Some(group) = &accept.close {
        let sql = "UPDATE pages SET closed = ?2 WHERE group_key = ?1 AND closed IS NULL";
        db.prepare_cached(sql)?.execute(params![group.to_bytes().as_slice(), millis(accept.at)])?;
    }
    let mut statements = ToldStatements::prepare(db)?;
    for change in &accept.told {
        statements.apply(change, page)?;
    }
    Ok(Written { texts: insert_texts(db, &accept.drafts, accept.at)?, rows: accept.told.len() })
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
    let sql = "INSERT INTO texts (page, recipient, kind, priority, body, began, state, created, not_before) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued', ?7, ?7)";
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

fn prune(db: &Connection, before: Timestamp) -> Result<Written, Fault> {
    let values = params![millis(before), PRUNE_AT_ONCE];
    let mut rows = 0;
    for sql in [
        "DELETE FROM texts WHERE id IN (SELECT id FROM texts WHERE finished < ?1 LIMIT ?2)",
        "DELETE FROM told WHERE (fingerprint, recipient) IN \
         (SELECT fingerprint, recipient FROM told WHERE open = 0 AND closed < ?1 LIMIT ?2)",
        "DELETE FROM pages WHERE id IN (SELECT id FROM pages WHERE closed < ?1 LIMIT ?2)",
    ] {
        rows += db.prepare_cached(sql)?.execute(values)?;
    }
    Ok(Written { texts: Vec::new(), rows })
}

fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}
