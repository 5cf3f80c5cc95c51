//! Starting, running and leaving. Shell.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tracing::{error, info, warn};

use crate::clock::now;
use crate::config::Loaded;
use crate::daemon::lanes::{Sims, start_lanes};
use crate::daemon::reload::Reloader;
use crate::daemon::{StateFolder, figures};
use crate::dispatch::{Core, Dispatch, Show};
use crate::http::{Acceptor, App, Budget, Token, serve};
use crate::intake::{Intake, ring_for};
use crate::metrics::Metrics;
use crate::outbox::{self, Outbox, Write};

/// Where the web side listens unless told otherwise.
pub const DEFAULT_LISTEN_ADDRESS: &str = "127.0.0.1:9767";

/// How a gateway is started, beside its files.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--web.listen-address`, as given: `HOST:PORT` or `:PORT`.
    pub listen: Vec<String>,
    /// `--web.allow-unauthenticated`
    pub allow_unauthenticated: bool,
    /// `--storage.path`, instead of the config's.
    pub storage_path: Option<PathBuf>,
    /// Where the files came from, to reload them.
    pub config_file: Option<PathBuf>,
}

/// A gateway that is up.
pub struct Running {
    /// The addresses it listens on, ports resolved.
    pub addresses: Vec<SocketAddr>,
    app: Arc<App>,
    leave: watch::Sender<bool>,
    drain: watch::Sender<bool>,
    servers: JoinSet<()>,
    dispatch: JoinHandle<Result<(), String>>,
    lanes: JoinSet<()>,
    _state: StateFolder,
}

/// How often what is old is forgotten.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);
/// Troubles on their way to the intake.
const TROUBLES: usize = 64;
/// How long a submission in flight may take when the process leaves; systemd's `TimeoutStopSec` is longer.
const LEAVE_WITHIN: Duration = Duration::from_secs(190);

/// Starts everything; returns when notifications can be accepted and committed.
///
/// # Errors
/// One sentence: what cannot be had, and what to do.
pub async fn start(loaded: Loaded, sims: &Sims, options: Options) -> Result<Running, String> {
    let listeners = listen(&options, loaded.token.is_some()).await?;
    let addresses: Vec<SocketAddr> = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
    let state = StateFolder::take(options.storage_path.as_ref().unwrap_or(&loaded.config.storage.path))?;
    let control = state.control_socket()?;
    let outbox = open_ledger(&state)?;

    let metrics = Metrics::new();
    let lanes = start_lanes(&loaded, sims);
    let limits = loaded.config.limits;
    figures::at_start(&metrics, &loaded.config, &loaded.rules);

    let (leave, leaving) = watch::channel(false);
    let (drain, draining) = watch::channel(false);
    let (status, lanes_view) = watch::channel(lanes.unheard());
    let (rules_sender, rules) = watch::channel(Arc::new(loaded.rules));
    let (token_sender, token) = watch::channel(loaded.token.as_deref().map(Token::new));
    let (troubles, troubles_receiver) = mpsc::channel(TROUBLES);
    let queued = Arc::new(Notify::new());

    let dispatch = Dispatch {
        core: Core::new(limits, lanes.handles.keys().cloned()),
        outbox: outbox.clone(),
        lanes: lanes.handles,
        reports: lanes.reports,
        queued: Arc::clone(&queued),
        drain: draining,
        rules: rules.clone(),
        troubles: troubles.clone(),
        show: Show { status, metrics: metrics.clone() },
        fired: BTreeMap::new(),
    };
    let intake = Intake::new(outbox.clone(), rules.clone(), Arc::clone(&queued), troubles, metrics.clone());
    let reloader = Reloader {
        config_file: options.config_file,
        config: loaded.config,
        rules: rules_sender,
        token: token_sender,
        needs_token: !options.allow_unauthenticated && !addresses.iter().all(is_local),
        turn: tokio::sync::Mutex::new(()),
        queued: Arc::clone(&queued),
        metrics: metrics.clone(),
    };
    let app = Arc::new(App {
        intake: Arc::new(intake),
        outbox: outbox.clone(),
        queued,
        lanes: lanes_view,
        rules,
        token,
        reload: Box::new(reloader),
        draining: leaving.clone(),
        metrics,
        budget: Budget::new(),
    });
    tokio::spawn(ring_for(Arc::clone(&app.intake), troubles_receiver));
    tokio::spawn(forget_what_is_old(outbox, limits.retention));
    let servers = open_doors(listeners, control, &app, &leaving);
    let dispatch = tokio::spawn(dispatch.run());
    info!(listening = ?addresses, "ready");
    Ok(Running { addresses, app, leave, drain, servers, dispatch, lanes: lanes.tasks, _state: state })
}

fn open_ledger(state: &StateFolder) -> Result<Outbox, String> {
    let (writer, reader) = outbox::open(state.path())?;
    Outbox::start(Box::new(writer), Box::new(reader)).map_err(|error| error.to_string())
}

fn open_doors(
    listeners: Vec<TcpListener>,
    control: UnixListener,
    app: &Arc<App>,
    leaving: &watch::Receiver<bool>,
) -> JoinSet<()> {
    let mut servers = JoinSet::new();
    for door in listeners.into_iter().map(Acceptor::Tcp).chain([Acceptor::Control(control)]) {
        servers.spawn(serve(door, Arc::clone(app), leaving.clone()));
    }
    servers
}

impl Running {
    /// What reads the files again, for a signal handler.
    #[must_use]
    pub fn reloader(&self) -> Reloading {
        Reloading(Arc::clone(&self.app))
    }

    /// Keeps running until `shutdown`, then leaves in order: no new notification, open requests answered, the
    /// submission in flight brought to its end.
    ///
    /// # Errors
    /// A part that must not end has ended.
    pub async fn until(mut self, shutdown: impl Future<Output = ()>) -> Result<(), String> {
        tokio::select! {
            () = shutdown => {}
            ended = &mut self.dispatch => return Err(format!("dispatch has ended: {}", reason(ended))),
            Some(ended) = self.servers.join_next() => return Err(format!("a listener has ended: {ended:?}")),
            Some(ended) = self.lanes.join_next(), if !self.lanes.is_empty() => {
                return Err(format!("a lane has ended: {ended:?}"));
            }
        }
        info!("leaving: what is in flight is finished first");
        self.leave.send_replace(true);
        while self.servers.join_next().await.is_some() {}
        self.drain.send_replace(true);
        match tokio::time::timeout(LEAVE_WITHIN, &mut self.dispatch).await {
            Ok(ended) => ended.map_err(|error| error.to_string())?.map_err(|error| format!("dispatch: {error}"))?,
            Err(_) => warn!("a submission did not end in time; the next start finds it in doubt"),
        }
        // With dispatch gone the lanes' orders are closed: they close their links and end.
        while self.lanes.join_next().await.is_some() {}
        Ok(())
    }
}

/// Reads the files again when asked.
pub struct Reloading(Arc<App>);

impl Reloading {
    /// Reads them now.
    ///
    /// # Errors
    /// Every mistake; everything stays as it was.
    pub async fn reload(&self) -> Result<String, String> {
        self.0.reload.reload().await
    }
}

fn reason(ended: Result<Result<(), String>, tokio::task::JoinError>) -> String {
    match ended {
        Ok(Ok(())) => "without a reason".to_owned(),
        Ok(Err(error)) => error,
        Err(error) => error.to_string(),
    }
}

async fn listen(options: &Options, has_token: bool) -> Result<Vec<TcpListener>, String> {
    let default = [DEFAULT_LISTEN_ADDRESS.to_owned()];
    let wanted = if options.listen.is_empty() { &default[..] } else { &options.listen[..] };
    let mut listeners = Vec::new();
    for address in wanted {
        // `:9767` is every address of the machine, as everywhere in the Prometheus world.
        let full = if address.starts_with(':') { format!("[::]{address}") } else { address.clone() };
        let sentence = |error: &dyn std::fmt::Display| format!("--web.listen-address={address}: {error}");
        let resolved: Vec<SocketAddr> = tokio::net::lookup_host(&full)
            .await
            .map_err(|error| sentence(&format!("{error}; write HOST:PORT, such as {DEFAULT_LISTEN_ADDRESS}")))?
            .collect();
        if !has_token && !options.allow_unauthenticated && resolved.iter().any(|found| !found.ip().is_loopback()) {
            return Err(sentence(
                &"others than this machine can reach it, and nobody is asked for credentials; set `web.token_file` in \
                  nightbell.yml, or say --web.allow-unauthenticated",
            ));
        }
        let listener = TcpListener::bind(&resolved[..]).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => sentence(&"something else listens there; stop it or choose another port"),
            _ => sentence(&error),
        })?;
        if options.allow_unauthenticated && !has_token && !listener.local_addr().as_ref().is_ok_and(is_local) {
            warn!(address, "everybody who reaches this port can wake people: no credentials are asked");
        }
        listeners.push(listener);
    }
    Ok(listeners)
}

fn is_local(address: &SocketAddr) -> bool {
    address.ip().is_loopback()
}

async fn forget_what_is_old(outbox: Outbox, retention: Duration) {
    loop {
        let Ok(before) = now().checked_sub(retention) else { return };
        // A little at a time, so that notifications do not wait behind it.
        loop {
            match outbox.write(Write::Prune { before }).await {
                Ok(written) if written.rows > 0 => tokio::task::yield_now().await,
                Ok(_) => break,
                Err(error) => {
                    error!(%error, "what is old could not be forgotten");
                    break;
                }
            }
        }
        tokio::time::sleep(PRUNE_EVERY).await;
    }
}
