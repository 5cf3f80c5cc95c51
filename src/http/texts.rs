//! `/api/v1/texts`: the ledger, for the command line. Served on the control socket only. Shell.

use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use serde::{Deserialize, Serialize};

use crate::clock::now;
use crate::http::app::App;
use crate::http::body;
use crate::http::reply::{Reply, json, sentence, unread};
use crate::intake::DirectRefusal;
use crate::message::{PageCode, TextId, TextState};
use crate::outbox::{Outbox, StoryLine, TextRow, Write, WriteError};

/// A text as the API shows it. No number in it.
#[derive(Serialize)]
pub(crate) struct Shown {
    id: i64,
    page: String,
    recipient: String,
    kind: &'static str,
    priority: &'static str,
    state: &'static str,
    reason: Option<String>,
    modem: Option<String>,
    attempts: u32,
    marked: bool,
    reference: Option<u8>,
    created: String,
    not_before: String,
    submitted: Option<String>,
    finished: Option<String>,
    text: String,
}

impl From<TextRow> for Shown {
    fn from(row: TextRow) -> Self {
        Self {
            text: row.outgoing().as_str().to_owned(),
            id: row.id.0,
            page: row.page.to_string(),
            recipient: row.recipient.to_string(),
            kind: row.kind.as_str(),
            priority: row.priority.as_str(),
            state: row.state.as_str(),
            reason: row.reason.map(|reason| reason.label()),
            modem: row.lane.map(|lane| lane.to_string()),
            attempts: row.attempts,
            marked: row.marked,
            reference: row.reference,
            created: row.created.to_string(),
            not_before: row.not_before.to_string(),
            submitted: row.submitted.map(|at| at.to_string()),
            finished: row.finished.map(|at| at.to_string()),
        }
    }
}

#[derive(Serialize)]
struct Story {
    #[serde(rename = "text")]
    row: Shown,
    story: Vec<StoryLine>,
}

/// How many texts a list shows unless asked for another number, and at most.
const LIST: usize = 50;
const LONGEST_LIST: usize = 10_000;

/// `GET /api/v1/texts?state=queued&page=k7q4&limit=20`
pub(crate) async fn list(outbox: &Outbox, query: &str) -> Reply {
    let value = |name: &str| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    let state = match value("state").map(|(_, word)| (word, TextState::parse(word))) {
        Some((word, None)) => {
            let known: Vec<&str> = TextState::ALL.iter().map(|state| state.as_str()).collect();
            let words = format!("`{word}` is no state; states are {}", known.join(", "));
            return sentence(StatusCode::BAD_REQUEST, words);
        }
        found => found.and_then(|(_, state)| state),
    };
    let page = match value("page").map(|(_, code)| (code, PageCode::parse(code))) {
        Some((code, None)) => return sentence(StatusCode::BAD_REQUEST, format!("`{code}` is no code of a page")),
        found => found.and_then(|(_, page)| page),
    };
    let limit = value("limit").and_then(|(_, number)| number.parse().ok()).unwrap_or(LIST).min(LONGEST_LIST);
    match outbox.read(move |ledger| ledger.newest(state, page, limit)).await {
        Ok(rows) => json(StatusCode::OK, &rows.into_iter().map(Shown::from).collect::<Vec<_>>()),
        Err(error) => sentence(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    }
}

/// `GET /api/v1/texts/7`
pub(crate) async fn show(outbox: &Outbox, text: TextId) -> Reply {
    match outbox.read(move |ledger| ledger.text(text)).await {
        Ok(Some((row, story))) => json(StatusCode::OK, &Story { row: row.into(), story }),
        Ok(None) => sentence(StatusCode::NOT_FOUND, format!("there is no text {text}")),
        Err(error) => sentence(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    }
}

/// What an operator does to a text.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// `POST /api/v1/texts/7/retry`
    Retry,
    /// `POST /api/v1/texts/7/drop`
    Drop,
}

/// Performs it.
pub(crate) async fn act(outbox: &Outbox, text: TextId, act: Act) -> Reply {
    let (write, done) = match act {
        Act::Retry => (Write::OperatorRetry { text, at: now() }, "queued again"),
        Act::Drop => (Write::OperatorDrop { text, at: now() }, "dropped"),
    };
    match outbox.write(write).await {
        Ok(_) => sentence(StatusCode::OK, format!("text {text} is {done}")),
        Err(WriteError::State(None)) => sentence(StatusCode::NOT_FOUND, format!("there is no text {text}")),
        Err(WriteError::State(Some(state))) => {
            let words = format!("text {text} is `{}` and cannot be {done}", state.as_str());
            sentence(StatusCode::CONFLICT, words)
        }
        Err(error) => sentence(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    recipient: String,
    text: String,
}

#[derive(Serialize)]
struct Queued {
    id: i64,
    page: String,
}

/// `POST /api/v1/texts` with `{"recipient": "ana", "text": "…"}`
pub(crate) async fn send(app: &App, request: Request<Incoming>) -> Reply {
    let held = match body::read(request.into_body(), &app.budget).await {
        Ok(held) => held,
        Err(why) => return unread(&why),
    };
    let wanted: Wanted = match serde_json::from_slice(&held.bytes) {
        Ok(wanted) => wanted,
        Err(error) => return sentence(StatusCode::BAD_REQUEST, format!("the body is not what is wanted: {error}")),
    };
    match app.intake.direct(&wanted.recipient, &wanted.text).await {
        Ok((id, page)) => json(StatusCode::OK, &Queued { id: id.0, page: page.to_string() }),
        Err(refusal @ DirectRefusal::NoSuchPerson(_)) => sentence(StatusCode::NOT_FOUND, refusal.to_string()),
        Err(refusal @ DirectRefusal::Words(_)) => sentence(StatusCode::BAD_REQUEST, refusal.to_string()),
        Err(refusal @ DirectRefusal::Ledger(_)) => sentence(StatusCode::SERVICE_UNAVAILABLE, refusal.to_string()),
    }
}
