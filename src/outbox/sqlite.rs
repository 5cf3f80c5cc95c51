//! SQLite: the file, its schema, and both sides of the ledger on it. Shell.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::outbox::sqlite_read::SqliteReader;
use crate::outbox::sqlite_write::SqliteWriter;

/// The ledger's file inside the state folder.
pub const LEDGER_FILE: &str = "outbox.db";

/// Older versions have a bug that can corrupt a WAL database under concurrent checkpoints.
const LEAST_SQLITE: i32 = 3_051_003;

/// What `PRAGMA user_version` says of the schema below.
const SCHEMA_VERSION: i64 = 1;

/// Small pages: a notification changes a few rows in places far apart, and every page it touches is written whole.
const PAGE_SIZE: i64 = 1024;
/// Pages in the log before it is copied into the file (16 MiB); read once at the next start, so not endless.
const CHECKPOINT_PAGES: i64 = 16_000;

/// What a connection keeps of the file in memory, at most.
const CACHE_KIB: i64 = 6 * 1024;

const SCHEMA: &str = "
CREATE TABLE pages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, group_key BLOB NOT NULL, code TEXT NOT NULL, sender TEXT NOT NULL,
  opened INTEGER NOT NULL, closed INTEGER
) STRICT;
CREATE UNIQUE INDEX pages_open ON pages (group_key) WHERE closed IS NULL;
CREATE INDEX pages_closed ON pages (closed) WHERE closed IS NOT NULL;
CREATE TABLE told (
  fingerprint TEXT NOT NULL, recipient TEXT NOT NULL, page INTEGER, open INTEGER NOT NULL,
  starts INTEGER, ended INTEGER, told INTEGER, closed INTEGER, version INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, recipient)
) STRICT, WITHOUT ROWID;
CREATE INDEX told_open ON told (page, recipient) WHERE open = 1;
CREATE INDEX told_closed ON told (closed) WHERE open = 0;
CREATE TABLE texts (
  id INTEGER PRIMARY KEY, page TEXT NOT NULL, recipient TEXT NOT NULL, kind TEXT NOT NULL,
  priority INTEGER NOT NULL, body TEXT NOT NULL, began INTEGER, state TEXT NOT NULL, reason TEXT, lane TEXT,
  attempts INTEGER NOT NULL DEFAULT 0, refusals INTEGER NOT NULL DEFAULT 0, marked INTEGER NOT NULL DEFAULT 0,
  reference INTEGER, created INTEGER NOT NULL, valid_from INTEGER NOT NULL, not_before INTEGER NOT NULL, submitted INTEGER, finished INTEGER,
  after INTEGER
) STRICT;
CREATE INDEX texts_queued ON texts (priority, id) WHERE state = 'queued';
CREATE INDEX texts_due ON texts (not_before) WHERE state = 'queued' AND not_before > valid_from;
CREATE INDEX texts_state ON texts (state, id);
CREATE INDEX texts_finished ON texts (finished) WHERE finished IS NOT NULL;
CREATE TABLE story (
  text INTEGER NOT NULL REFERENCES texts (id) ON DELETE CASCADE, at INTEGER NOT NULL, what TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX story_of ON story (text);
";

/// Opens the ledger in a state folder, creating it if need be: the writing side and a reading side.
///
/// # Errors
/// One sentence: the file, and what is wrong with it.
pub fn open(folder: &Path) -> Result<(SqliteWriter, SqliteReader), String> {
    let found = rusqlite::version_number();
    assert!(found >= LEAST_SQLITE, "the bundled SQLite is {found}, older than {LEAST_SQLITE}");
    let path = folder.join(LEDGER_FILE);
    let sentence = |error: rusqlite::Error| format!("{}: {error}", path.display());
    let writer = connect(&path).and_then(|writer| migrate(&writer).map(|()| writer)).map_err(sentence)?;
    let version: i64 = writer.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(sentence)?;
    let check: String = writer.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sentence)?;
    if check != "ok" {
        return Err(format!(
            "{}: malformed ({}); put a sound copy in its place, or move it away to begin with an empty one",
            path.display(),
            check.replace('\n', " ")
        ));
    }
    if version != SCHEMA_VERSION {
        return Err(format!(
            "{}: written by another version of Nightbell (schema {version}, this one knows {SCHEMA_VERSION}); \
             start that version, or move the file away",
            path.display()
        ));
    }
    let reader = connect(&path).map_err(sentence)?;
    Ok((SqliteWriter::new(writer, path.clone()).map_err(sentence)?, SqliteReader::new(reader)))
}

/// A connection with the settings every connection needs.
pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "page_size", PAGE_SIZE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // Every commit is an fsync: what was answered 200 survives the power going.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A longer log is copied into the file less often: what changes again and again is copied once.
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn migrate(connection: &Connection) -> rusqlite::Result<()> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        connection
            .execute_batch(&format!("BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"))?;
    }
    Ok(())
}

/// As stored: milliseconds since 1970.
pub(crate) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// From what is stored; what is out of range counts as 1970.
pub(crate) fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}
