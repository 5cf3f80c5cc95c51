//! Which path is answered by whom. Shell.

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{ALLOW, HeaderValue};
use hyper::{Method, Request, StatusCode};
use tracing::warn;

use crate::http::app::App;
use crate::http::auth::{Access, Caller, access};
use crate::http::reply::{Reply, and_close, sentence, typed};
use crate::http::texts::Act;
use crate::http::{ops, texts, webhook};
use crate::message::TextId;
use crate::outbox::Outbox;

/// Where a request goes.
enum Place {
    Webhook,
    Healthy,
    Ready,
    Metrics,
    Reload,
    Landing,
    Texts,
    Text(TextId),
    TextAct(TextId, Act),
    Nowhere,
}

impl Place {
    fn of(path: &str) -> Self {
        match path {
            "/alerts" | "/alert" | "/api/v1/alerts" => Self::Webhook,
            "/-/healthy" | "/healthz" => Self::Healthy,
            "/-/ready" => Self::Ready,
            "/metrics" => Self::Metrics,
            "/-/reload" => Self::Reload,
            "/" => Self::Landing,
            "/api/v1/texts" => Self::Texts,
            _ => Self::of_text(path).unwrap_or(Self::Nowhere),
        }
    }

    fn of_text(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix("/api/v1/texts/")?.split('/');
        let text = TextId(parts.next()?.parse().ok()?);
        match (parts.next(), parts.next()) {
            (None, None) => Some(Self::Text(text)),
            (Some("retry"), None) => Some(Self::TextAct(text, Act::Retry)),
            (Some("drop"), None) => Some(Self::TextAct(text, Act::Drop)),
            _ => None,
        }
    }

    /// What may be asked without credentials: nothing in it that a stranger could use.
    fn is_open(&self) -> bool {
        matches!(self, Self::Healthy | Self::Ready | Self::Metrics | Self::Landing)
    }

    fn is_control_only(&self) -> bool {
        matches!(self, Self::Texts | Self::Text(_) | Self::TextAct(..))
    }
}

impl App {
    /// Answers one request.
    pub async fn answer(&self, caller: Caller, request: Request<Incoming>) -> Reply {
        let place = Place::of(request.uri().path());
        let is_webhook = matches!(place, Place::Webhook);
        let reply = self.answer_at(place, caller, request).await;
        if is_webhook {
            self.metrics.webhook_requests.with_label_values(&[reply.status().as_str()]).inc();
        }
        reply
    }

    async fn answer_at(&self, place: Place, caller: Caller, request: Request<Incoming>) -> Reply {
        if place.is_control_only() && caller != Caller::Control {
            return and_close(sentence(StatusCode::NOT_FOUND, "served on the control socket only"));
        }
        let refused = match access(self.token.borrow().as_ref(), caller, request.headers()) {
            Access::Granted => None,
            _ if place.is_open() => None,
            Access::Missing => Some((
                StatusCode::UNAUTHORIZED,
                "send `Authorization: Bearer …` with the line in `web.token_file` (in alertmanager.yml: http_config.authorization)",
            )),
            Access::Wrong => Some((StatusCode::FORBIDDEN, "this bearer token is not the one of `token_file:`")),
        };
        if let Some((status, words)) = refused {
            let path = request.uri().path();
            warn!(
                code = status.as_u16(),
                path,
                "refused: {}",
                if status == StatusCode::FORBIDDEN { "wrong token" } else { "no token" }
            );
            return and_close(sentence(status, words));
        }
        let method = request.method().clone();
        let reads = method == Method::GET || method == Method::HEAD;
        let writes = method == Method::POST || method == Method::PUT;
        match place {
            Place::Webhook if writes && *self.draining.borrow() => {
                and_close(sentence(StatusCode::SERVICE_UNAVAILABLE, "shutting down; send it again"))
            }
            Place::Webhook if writes => webhook::notify(self, request).await,
            Place::Healthy if reads => ops::healthy(),
            Place::Ready if reads => ops::ready(self).await,
            Place::Metrics if reads => ops::metrics(self).await,
            Place::Reload if writes => ops::reload(self).await,
            Place::Landing if reads => landing(),
            Place::Texts if reads => texts::list(&self.outbox, request.uri().query().unwrap_or_default()).await,
            Place::Texts if writes => texts::send(self, request).await,
            Place::Text(text) if reads => texts::show(&self.outbox, text).await,
            Place::TextAct(text, act) if writes => {
                let reply = texts::act(&self.outbox, text, act).await;
                if reply.status() == StatusCode::OK {
                    self.count_act(text, act).await;
                    self.queued.notify_one();
                }
                reply
            }
            Place::Nowhere => {
                and_close(sentence(StatusCode::NOT_FOUND, "nothing is here; Alertmanager posts to /alerts"))
            }
            place => wrong_method(&place, &method),
        }
    }
}

impl App {
    /// A text an operator dropped has come to an end.
    async fn count_act(&self, text: TextId, act: Act) {
        let (Act::Drop, Ok(Some((row, _)))) = (act, self.outbox.read(move |ledger| ledger.text(text)).await) else {
            return;
        };
        let labels = [row.recipient.as_str(), row.priority.as_str(), row.state.as_str()];
        self.metrics.texts.with_label_values(&labels).inc();
    }
}

/// The ledger's part of the API without a gateway around it: what the command line asks when none runs.
pub async fn texts_api(outbox: &Outbox, method: &Method, path: &str) -> (StatusCode, String) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let reply = match (Place::of(path), method) {
        (Place::Texts, &Method::GET) => texts::list(outbox, query).await,
        (Place::Text(text), &Method::GET) => texts::show(outbox, text).await,
        (Place::TextAct(text, act), &Method::POST) => texts::act(outbox, text, act).await,
        _ => sentence(StatusCode::NOT_FOUND, "only a running gateway answers this"),
    };
    let status = reply.status();
    let body = reply.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    (status, String::from_utf8_lossy(&body).trim_end().to_owned())
}

fn wrong_method(place: &Place, method: &Method) -> Reply {
    let (allowed, words) = match place {
        Place::Webhook => ("POST, PUT", format!("{method} rings no bell: Alertmanager's webhook_config posts here")),
        Place::Reload | Place::TextAct(..) => ("POST, PUT", format!("{method} is not answered here")),
        Place::Texts => ("GET, HEAD, POST, PUT", format!("{method} is not answered here")),
        _ => ("GET, HEAD", format!("{method} is not answered here")),
    };
    let mut reply = and_close(sentence(StatusCode::METHOD_NOT_ALLOWED, words));
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}

/// `GET /`: where to go from here.
fn landing() -> Reply {
    let page = concat!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Nightbell</title><h1>Nightbell ",
        env!("CARGO_PKG_VERSION"),
        "</h1><p>Alertmanager posts to <code>/alerts</code>.<ul><li><a href=\"/-/ready\">Ready, and the modems</a>",
        "<li><a href=\"/metrics\">Metrics</a><li><a href=\"/-/healthy\">Healthy</a></ul>",
        "<p>The ledger: <code>nightbell outbox list</code>.</html>\n"
    );
    typed(StatusCode::OK, "text/html; charset=utf-8", page.as_bytes().to_vec())
}
