//! Answers: JSON for programs, one sentence for people.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use serde::Serialize;

use crate::http::body::Unread;

/// An answer on its way.
pub(crate) type Reply = Response<Full<Bytes>>;

/// A sentence; Alertmanager shows it in its log.
pub(crate) fn sentence(status: StatusCode, words: impl Into<String>) -> Reply {
    let mut text = words.into();
    text.push('\n');
    typed(status, "text/plain; charset=utf-8", text.into_bytes())
}

/// A value as JSON.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Reply {
    let mut text = serde_json::to_vec(value).expect("our own values are JSON");
    text.push(b'\n');
    typed(status, "application/json", text)
}

/// Bytes of a type.
pub(crate) fn typed(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if status == StatusCode::UNAUTHORIZED {
        reply.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    reply
}

/// The same, and the connection ends behind it: what is still coming is not wanted.
pub(crate) fn and_close(mut reply: Reply) -> Reply {
    reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    reply
}

/// What is said of a body that could not be read for a reason that may pass.
pub(crate) fn unread(unread: &Unread) -> Reply {
    let words = match unread {
        Unread::NoRoom => "too many large notifications at once; send it again",
        Unread::TooSlow => "the body came too slowly; send it again",
        Unread::Gone => "the body ended in the middle; send it again",
        Unread::TooLarge => "the body is too large",
    };
    and_close(sentence(StatusCode::SERVICE_UNAVAILABLE, words))
}
