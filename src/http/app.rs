//! What every answer is made with.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::dispatch::LanesView;
use crate::http::auth::Token;
use crate::http::body::Budget;
use crate::intake::Intake;
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::plan::Rules;

/// Everything requests are answered with.
pub struct App {
    /// The accept path.
    pub intake: Arc<Intake>,
    /// The ledger.
    pub outbox: Outbox,
    /// Rung when an operator has queued something.
    pub queued: Arc<Notify>,
    /// The lanes, for people.
    pub lanes: watch::Receiver<LanesView>,
    /// People and templates as they are now.
    pub rules: watch::Receiver<Arc<Rules>>,
    /// The bearer token, replaced by a reload.
    pub token: watch::Receiver<Option<Token>>,
    /// How to reload.
    pub reload: Box<dyn Reload>,
    /// True once the process is on its way out.
    pub draining: watch::Receiver<bool>,
    /// Figures.
    pub metrics: Metrics,
    /// The memory bodies share.
    pub budget: Budget,
}

/// What reloads the files; lives above this room.
pub trait Reload: Send + Sync {
    /// Takes the files over whole, or keeps what there is: one sentence either way.
    fn reload(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>>;
}
