//! What Prometheus and systemd's watchers ask for. Shell.

use hyper::StatusCode;
use serde::Serialize;

use crate::clock::now;
use crate::http::app::App;
use crate::http::reply::{Reply, json, sentence, typed};
use crate::message::Priority;

/// `GET /-/healthy`: the process answers.
pub(crate) fn healthy() -> Reply {
    sentence(StatusCode::OK, "Nightbell is healthy.")
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
    why: Option<String>,
    open_texts: u64,
    modems: Vec<Modem>,
}

#[derive(Serialize)]
struct Modem {
    name: String,
    up: bool,
    registered: Option<bool>,
    signal_dbm: Option<i16>,
    identity: Option<String>,
    why: Option<String>,
}

/// `GET /-/ready`: notifications can be accepted and committed. The state of lanes is told and does not count: pages
/// must queue exactly when the radio is down.
pub(crate) async fn ready(app: &App) -> Reply {
    let tally = app.outbox.read(|ledger| ledger.tally()).await;
    let draining = *app.draining.borrow();
    let why = match (&tally, draining) {
        (Err(error), _) => Some(error.to_string()),
        (_, true) => Some("shutting down".to_owned()),
        _ if app.outbox.is_failing() => Some("the ledger did not take the last write: look at the disk".to_owned()),
        _ => None,
    };
    let lanes = app.lanes.borrow().clone();
    let modems = lanes.iter().map(|(name, status)| Modem {
        name: name.to_string(),
        up: status.up,
        registered: status.registered,
        signal_dbm: status.signal_dbm,
        identity: status.identity.clone(),
        why: status.why.clone(),
    });
    let body = Ready {
        ready: why.is_none(),
        why,
        open_texts: tally.map(|tally| tally.total()).unwrap_or_default(),
        modems: modems.collect(),
    };
    json(if body.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &body)
}

/// `GET /metrics`. What is cheaper to ask than to keep is asked here.
pub(crate) async fn metrics(app: &App) -> Reply {
    if let Ok(tally) = app.outbox.read(|ledger| ledger.tally()).await {
        for (priority, (count, _)) in Priority::ALL.into_iter().zip(tally.open) {
            app.metrics.queue.with_label_values(&[priority.as_str()]).set(count.cast_signed());
        }
        app.metrics.oldest.set(tally.oldest().map(|oldest| oldest.as_second() as f64));
    }
    let rules = app.rules.borrow().clone();
    let at = now();
    app.metrics.oncall.reset();
    for (name, schedule) in &rules.policy.schedules {
        let active = schedule.on_call(at);
        for person in rules.policy.people.keys() {
            let is_active = i64::from(active.contains(person));
            app.metrics.oncall.with_label_values(&[name.as_str(), person.as_str()]).set(is_active);
        }
    }
    typed(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", app.metrics.render())
}

/// `POST /-/reload`.
pub(crate) async fn reload(app: &App) -> Reply {
    match app.reload.reload().await {
        Ok(words) => sentence(StatusCode::OK, words),
        Err(words) => sentence(StatusCode::INTERNAL_SERVER_ERROR, words),
    }
}
