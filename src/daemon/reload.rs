//! Reload: one snapshot is swapped for another, or everything stays. Shell.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tracing::{error, info};

use crate::clock::now;
use crate::config::{Config, Loaded, load_files};
use crate::daemon::figures;
use crate::http::{Reload, Token};
use crate::metrics::Metrics;
use crate::plan::Rules;

/// The keys of `nightbell.yml` a reload may change.
const COVERED: [&str; 2] = ["templates", "web"];

/// Reads the files again.
pub(crate) struct Reloader {
    /// Where `nightbell.yml` is; absent: there is nothing to read again.
    pub config_file: Option<PathBuf>,
    /// The config this process runs with.
    pub config: Config,
    /// The snapshot everybody reads.
    pub rules: watch::Sender<Arc<Rules>>,
    /// The bearer token.
    pub token: watch::Sender<Option<Token>>,
    /// Whether some listener is open to others than this machine, which a token must guard.
    pub needs_token: bool,
    /// Whose turn it is to reload.
    pub turn: tokio::sync::Mutex<()>,
    /// Rung afterwards: texts may have waited for a person to come back.
    pub queued: Arc<Notify>,
    /// Figures.
    pub metrics: Metrics,
}

impl Reload for Reloader {
    fn reload(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
        Box::pin(async move {
            // One at a time, so that the newest files win.
            let _turn = self.turn.lock().await;
            let outcome = self.read().await.and_then(|loaded| self.take_over(loaded));
            self.metrics.reload_successful.set(if outcome.is_ok() { 1.0 } else { 0.0 });
            match &outcome {
                Ok(words) => info!("{words}"),
                Err(words) => error!(error = words, "reload refused; everything stays as it was"),
            }
            outcome
        })
    }
}

impl Reloader {
    async fn read(&self) -> Result<Loaded, String> {
        let Some(file) = self.config_file.clone() else { return Err("there are no files to reload".to_owned()) };
        let read = tokio::task::spawn_blocking(move || load_files(&file)).await.map_err(|error| error.to_string())?;
        read.map_err(|findings| findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    fn take_over(&self, loaded: Loaded) -> Result<String, String> {
        let changed = self.config.differences(&loaded.config).into_iter().filter(|key| !COVERED.contains(key));
        let changed: Vec<String> = changed.map(|key| format!("`{key}`")).collect();
        if !changed.is_empty() {
            return Err(format!("{} changed, which needs a restart; nothing was taken over", changed.join(", ")));
        }
        if self.needs_token && loaded.token.is_none() {
            return Err("`web.token_file` is gone, and others than this machine can reach the port".to_owned());
        }
        let rules = loaded.rules;
        figures::of_rules(&self.metrics, &rules);
        let people = rules.policy.people.len();
        self.token.send_replace(loaded.token.as_deref().map(Token::new));
        self.rules.send_replace(Arc::new(rules));
        self.metrics.reload_timestamp.set(now().as_second() as f64);
        self.queued.notify_one();
        Ok(format!("reloaded: {people} people"))
    }
}
