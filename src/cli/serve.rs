//! `nightbell serve`. Shell.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use tracing::error;

use crate::check::diagnostics;
use crate::cli::logging::{self, Format, Level};
use crate::cli::signals::{Asked, Signals};
use crate::config::{Reading, default_config_file};
use crate::daemon::{Options, sims_for, start};

/// Runs the gateway until it is told to stop
#[derive(clap::Args)]
#[command(after_help = "Example:\n  nightbell serve --config.file=/etc/nightbell/nightbell.yml\n\n\
    It listens on 127.0.0.1:9767. Reload routing file, templates and token with SIGHUP (`systemctl\n\
    reload nightbell`) or POST /-/reload with the token. SIGTERM finishes the text in flight first (up to three minutes).")]
pub(crate) struct Args {
    /// The configuration [default: ./nightbell.yml, else /etc/nightbell/nightbell.yml]
    #[arg(long = "config.file", value_name = "FILE")]
    config_file: Option<PathBuf>,
    /// Where to listen; may be given several times [default: 127.0.0.1:9767]
    #[arg(long = "web.listen-address", value_name = "HOST:PORT")]
    listen: Vec<String>,
    /// Let everybody who reaches the port wake people, without a token
    #[arg(long = "web.allow-unauthenticated")]
    allow_unauthenticated: bool,
    /// The state folder, instead of `storage.path` of the configuration
    #[arg(long = "storage.path", value_name = "FOLDER")]
    storage_path: Option<PathBuf>,
    /// How much to log
    #[arg(long = "log.level", value_enum, default_value_t)]
    log_level: Level,
    /// How to log
    #[arg(long = "log.format", value_enum, default_value_t)]
    log_format: Format,
}

/// Runs it.
///
/// # Errors
/// Why it cannot run, or why it had to stop.
pub(crate) fn run(args: &Args) -> Result<u8, String> {
    logging::start(args.log_level, args.log_format);
    let config_file = args.config_file.clone().unwrap_or_else(default_config_file);
    let reading = Reading::of(&config_file);
    let Some(loaded) = reading.loaded else {
        let colour = std::io::stderr().is_terminal();
        let sources: &BTreeMap<String, String> = &reading.disk.sources;
        let shown = diagnostics::render(&reading.disk.findings, sources, colour);
        let _ = writeln!(std::io::stderr(), "{shown}");
        return Err(format!("{}; nothing was started", diagnostics::count_of(&reading.disk.findings)));
    };
    let sims = sims_for(&loaded.config.modems)?;
    let options = Options {
        listen: args.listen.clone(),
        allow_unauthenticated: args.allow_unauthenticated,
        storage_path: args.storage_path.clone(),
        config_file: Some(config_file),
    };
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let running = start(loaded, &sims, options).await?;
        tell_systemd(&sd_notify::NotifyState::Ready);
        let reloader = running.reloader();
        let told = async {
            while signals.next().await == Asked::Reload {
                // What was wrong is in the log; everything stays as it was.
                drop(reloader.reload().await);
            }
            tell_systemd(&sd_notify::NotifyState::Stopping);
        };
        running.until(told).await
    });
    // A thread that hangs on a file must not keep the process from leaving.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    outcome.map(|()| 0)
}

/// Two workers: the work is one modem's, and the box is small.
///
/// # Errors
/// The system gives no thread.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(2)
        .max_blocking_threads(4)
        .enable_all()
        .build()
        .map_err(|error| format!("no threads: {error}"))
}

fn tell_systemd(state: &sd_notify::NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(std::slice::from_ref(state)) {
        error!(%error, "systemd could not be told");
    }
}
