//! The writing side on SQLite. Shell.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::message::{PageCode, TextId, TextState};
use crate::outbox::codes::Codes;
use crate::outbox::ledger::{Recall, Writer};
use crate::outbox::sqlite::{connect, millis};
use crate::outbox::sqlite_accept::{Fault, apply_accept, insert_texts, tell};
use crate::outbox::sqlite_memory::recall;
use crate::outbox::write::{Write, WriteError, Written};
use crate::page::Memory;

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
