//! Logs to standard error, as Prometheus writes them. Shell.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// `--log.format`
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Format {
    /// `ts=… level=info target=… msg`
    #[default]
    Logfmt,
    /// One JSON object a line
    Json,
}

/// `--log.level`
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Level {
    /// Everything
    Debug,
    /// What happens to pages
    #[default]
    Info,
    /// What somebody should look at
    Warn,
    /// What went wrong
    Error,
}

/// Starts logging; the first call counts.
pub(crate) fn start(level: Level, format: Format) {
    let word = match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    // Libraries are quieter than we are.
    let filter = EnvFilter::new(format!("warn,nightbell={word}"));
    let registry = tracing_subscriber::registry().with(filter);
    let started = match format {
        Format::Logfmt => {
            registry.with(tracing_logfmt::builder().with_target(false).layer().with_writer(std::io::stderr)).try_init()
        }
        Format::Json => registry
            .with(tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr))
            .try_init(),
    };
    // Already started by an earlier command of the same process.
    drop(started);
}
