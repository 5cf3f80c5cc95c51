//! `POST /alerts`: the answers of the design, one by one. Shell.
//!
//! Alertmanager retries 5xx and nothing else, so a fault of ours is always 503, and 4xx is only what no retry could cure.

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::CONTENT_ENCODING;
use hyper::{Request, StatusCode};
use serde::Serialize;
use tracing::warn;

use crate::alert;
use crate::http::app::App;
use crate::http::body::{self, Unread};
use crate::http::reply::{Reply, and_close, json, sentence, unread};
use crate::message::Cause;

#[derive(Serialize)]
struct Answer {
    accepted: usize,
    duplicate: bool,
    id: Option<String>,
}

/// Answers one notification.
pub(crate) async fn notify(app: &App, request: Request<Incoming>) -> Reply {
    let encoding = request.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(encoding) = encoding.filter(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        let words = format!("Content-Encoding `{encoding}` is not read here: send the body as it is");
        return and_close(sentence(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
    }
    let held = match body::read(request.into_body(), &app.budget).await {
        Ok(held) => held,
        Err(Unread::TooLarge) => return too_large(app).await,
        Err(why) => return unread(&why),
    };
    let began = crate::clock::instant();
    let reply = store(app, held.bytes.clone()).await;
    app.metrics.webhook_duration.observe(crate::clock::instant().duration_since(began).as_secs_f64());
    reply
}

/// A larger body is read on a thread of its own, so that others are answered meanwhile.
const READ_ASIDE: usize = 256 * 1024;

async fn store(app: &App, bytes: Bytes) -> Reply {
    let size = bytes.len();
    let read = if size < READ_ASIDE {
        alert::read(&bytes)
    } else {
        match tokio::task::spawn_blocking(move || alert::read(&bytes)).await {
            Ok(read) => read,
            Err(error) => return sentence(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
        }
    };
    let notification = match read {
        Ok(notification) => notification,
        Err(unreadable) => {
            warn!(error = %unreadable, bytes = size, "a body can never be read");
            app.intake.trouble(Cause::UnreadableBody, format!("its alerts wake nobody: {}", unreadable.short));
            return sentence(StatusCode::BAD_REQUEST, unreadable.sentence);
        }
    };
    app.intake.count_received(&notification);
    match app.intake.accept(notification).await {
        Ok(receipt) => {
            let id = receipt.code.map(|code| code.to_string());
            json(StatusCode::OK, &Answer { accepted: receipt.accepted, duplicate: receipt.duplicate, id })
        }
        Err(refusal) => sentence(StatusCode::SERVICE_UNAVAILABLE, refusal.to_string()),
    }
}

/// A retry would bring the same body, so it is answered 200 once it is on disk that somebody is to be told.
async fn too_large(app: &App) -> Reply {
    let words = "Alertmanager sends more than can be read: look at its groups and `max_alerts`";
    warn!("a body is larger than {} MiB", body::MAX_BODY / 1024 / 1024);
    and_close(match app.intake.tell(Cause::OversizedBody, words).await {
        Ok(_) => json(StatusCode::OK, &Answer { accepted: 0, duplicate: false, id: None }),
        Err(refusal) => sentence(StatusCode::SERVICE_UNAVAILABLE, refusal.to_string()),
    })
}
