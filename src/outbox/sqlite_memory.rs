//! What SQLite remembers of a group. Shell.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row};

use crate::message::{PageCode, RecipientId};
use crate::outbox::ledger::Recall;
use crate::outbox::sqlite::instant;
use crate::page::{Memory, OpenPage, Told};

/// What is known of a group and these instances.
pub(crate) fn recall(db: &Connection, question: &Recall) -> rusqlite::Result<Memory> {
    let Recall { group, fingerprints, count_open } = question;
    let sql = "SELECT id, code, sender FROM pages WHERE group_key = ?1 AND closed IS NULL";
    let page: Option<(i64, String, String)> = db
        .prepare_cached(sql)?
        .query_row([group.to_bytes().as_slice()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let mut memory = Memory::default();
    if let Some((id, code, sender)) = page {
        memory.page = PageCode::parse(&code).map(|code| OpenPage { code, sender });
        if *count_open {
            memory.open = open_by_person(db, id)?;
        }
    }
    let sql = "SELECT recipient, open, starts, ended, told, closed, version FROM told WHERE fingerprint = ?1";
    let mut statement = db.prepare_cached(sql)?;
    for fingerprint in fingerprints {
        let rows = statement.query_map([fingerprint.as_str()], told_row)?;
        let known: Vec<_> = rows.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        if !known.is_empty() {
            memory.told.insert(fingerprint.clone(), known);
        }
    }
    Ok(memory)
}

fn open_by_person(db: &Connection, page: i64) -> rusqlite::Result<BTreeMap<RecipientId, u64>> {
    let sql = "SELECT recipient, count(*) FROM told WHERE page = ?1 AND open = 1 GROUP BY recipient";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([page], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    let mut open = BTreeMap::new();
    for row in rows {
        let (person, count) = row?;
        if let Ok(person) = RecipientId::parse(&person) {
            open.insert(person, count.unsigned_abs());
        }
    }
    Ok(open)
}

fn told_row(row: &Row<'_>) -> rusqlite::Result<Option<(RecipientId, Told)>> {
    let time = |index: usize| row.get::<_, Option<i64>>(index).map(|at| at.map(instant));
    let Ok(person) = RecipientId::parse(&row.get::<_, String>(0)?) else { return Ok(None) };
    let told = Told {
        open: row.get(1)?,
        starts_at: time(2)?,
        ended_at: time(3)?,
        told_at: time(4)?,
        closed_at: time(5)?,
        version: row.get(6)?,
    };
    Ok(Some((person, told)))
}
