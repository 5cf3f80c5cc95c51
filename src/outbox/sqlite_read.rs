//! The reading side on SQLite. Shell.

use jiff::Timestamp;
use rusqlite::{Connection, Row, ToSql, params};

use crate::message::{LaneName, PageCode, Priority, Reason, RecipientId, TextId, TextKind, TextState};
use crate::outbox::ledger::{Reader, Tally};
use crate::outbox::row::{StoryLine, TextRow};
use crate::outbox::sqlite::{instant, millis};
use crate::sms::Text;

/// A reader of what is on disk.
pub struct SqliteReader {
    connection: Connection,
}

const COLUMNS: &str = "id, page, recipient, kind, priority, body, began, state, reason, lane, attempts, refusals, \
                       marked, reference, created, not_before, submitted, finished, valid_from";

impl SqliteReader {
    pub(crate) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    fn texts(&self, rest: &str, values: &[&dyn ToSql]) -> rusqlite::Result<Vec<TextRow>> {
        let mut statement = self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM texts {rest}"))?;
        let rows = statement.query_map(values, text_row)?;
        rows.filter_map(Result::transpose).collect()
    }
}

impl Reader for SqliteReader {
    fn waiting(&mut self, now: Timestamp, limit: usize) -> Result<Vec<TextRow>, String> {
        // An end does not overtake the beginning it is the end of.
        let rest = "WHERE state = 'queued' AND not_before <= ?1 AND (after IS NULL OR NOT EXISTS \
                    (SELECT 1 FROM texts AS beginning WHERE beginning.id = texts.after \
                    AND beginning.state IN ('queued', 'sending'))) ORDER BY priority, id LIMIT ?2";
        self.texts(rest, &[&millis(now), &(limit as i64)]).map_err(words)
    }

    fn next_due(&mut self, now: Timestamp) -> Result<Option<Timestamp>, String> {
        // What was never refused is due from the start and needs no place in the index of what waits.
        let sql = "SELECT min(not_before) FROM texts \
                   WHERE state = 'queued' AND not_before > valid_from AND not_before > ?1";
        let due: rusqlite::Result<Option<i64>> =
            self.connection.prepare_cached(sql).and_then(|mut found| found.query_row([millis(now)], |row| row.get(0)));
        due.map(|due| due.map(instant)).map_err(words)
    }

    fn in_state(&mut self, state: TextState, limit: usize) -> Result<Vec<TextRow>, String> {
        self.texts("WHERE state = ?1 ORDER BY id LIMIT ?2", &[&state.as_str(), &(limit as i64)]).map_err(words)
    }

    fn queued_before(&mut self, before: Timestamp, limit: usize) -> Result<Vec<TextRow>, String> {
        let rest = "WHERE state = 'queued' AND valid_from < ?1 ORDER BY id LIMIT ?2";
        self.texts(rest, &[&millis(before), &(limit as i64)]).map_err(words)
    }

    fn newest(
        &mut self,
        state: Option<TextState>,
        page: Option<PageCode>,
        limit: usize,
    ) -> Result<Vec<TextRow>, String> {
        let (limit, page) = (limit as i64, page.map(|page| page.as_str().to_owned()));
        match state {
            None => self.texts("WHERE ?1 IS NULL OR page = ?1 ORDER BY id DESC LIMIT ?2", &[&page, &limit]),
            Some(state) => {
                let rest = "WHERE state = ?1 AND (?2 IS NULL OR page = ?2) ORDER BY id DESC LIMIT ?3";
                self.texts(rest, &[&state.as_str(), &page, &limit])
            }
        }
        .map_err(words)
    }

    fn text(&mut self, text: TextId) -> Result<Option<(TextRow, Vec<StoryLine>)>, String> {
        let Some(row) = self.texts("WHERE id = ?1", &[&text.0]).map_err(words)?.pop() else { return Ok(None) };
        let sql = "SELECT at, what, detail FROM story WHERE text = ?1 ORDER BY rowid";
        let lines = self.connection.prepare_cached(sql).and_then(|mut statement| {
            let line =
                |row: &Row<'_>| Ok(StoryLine { at: instant(row.get(0)?), what: row.get(1)?, detail: row.get(2)? });
            statement.query_map(params![text.0], line)?.collect()
        });
        Ok(Some((row, lines.map_err(words)?)))
    }

    fn tally(&mut self) -> Result<Tally, String> {
        let sql = "SELECT priority, count(*), min(created) FROM texts \
                   WHERE state IN ('queued', 'sending', 'in_doubt') GROUP BY priority";
        let counted = self.connection.prepare_cached(sql).and_then(|mut statement| {
            let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
            statement.query_map([], row)?.collect::<rusqlite::Result<Vec<_>>>()
        });
        let mut tally = Tally::default();
        for (priority, count, oldest) in counted.map_err(words)? {
            if let Some(slot) = usize::try_from(priority).ok().and_then(|index| tally.open.get_mut(index)) {
                *slot = (count.unsigned_abs(), Some(instant(oldest)));
            }
        }
        Ok(tally)
    }
}

/// A row that makes no sense (a hand-edited file) is passed over rather than stopping the queue.
fn text_row(row: &Row<'_>) -> rusqlite::Result<Option<TextRow>> {
    let text = |index: usize| row.get::<_, String>(index);
    let optional = |index: usize| row.get::<_, Option<String>>(index);
    let time = |index: usize| row.get::<_, Option<i64>>(index).map(|at| at.map(instant));
    let parsed = (
        PageCode::parse(&text(1)?),
        RecipientId::parse(&text(2)?).ok(),
        TextKind::parse(&text(3)?),
        usize::try_from(row.get::<_, i64>(4)?).ok().and_then(|index| Priority::ALL.get(index).copied()),
        Text::new(&text(5)?).ok(),
        TextState::parse(&text(7)?),
    );
    let (Some(page), Some(recipient), Some(kind), Some(priority), Some(body), Some(state)) = parsed else {
        return Ok(None);
    };
    Ok(Some(TextRow {
        id: TextId(row.get(0)?),
        page,
        recipient,
        kind,
        priority,
        body,
        began: time(6)?,
        state,
        reason: optional(8)?.and_then(|reason| Reason::parse(&reason)),
        lane: optional(9)?.and_then(|lane| LaneName::parse(&lane).ok()),
        attempts: row.get(10)?,
        refusals: row.get(11)?,
        marked: row.get(12)?,
        reference: row.get(13)?,
        created: instant(row.get(14)?),
        not_before: instant(row.get(15)?),
        submitted: time(16)?,
        finished: time(17)?,
        valid_from: instant(row.get(18)?),
    }))
}

fn words(error: rusqlite::Error) -> String {
    error.to_string()
}
