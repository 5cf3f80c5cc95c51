//! Signals as futures. Shell.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals a daemon knows.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// SIGTERM, SIGINT
    Leave,
    /// SIGHUP
    Reload,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system does not let us.
    pub(crate) fn listen() -> Result<Self, String> {
        let open = |kind| signal(kind).map_err(|error| format!("signals cannot be heard: {error}"));
        Ok(Self {
            terminate: open(SignalKind::terminate())?,
            interrupt: open(SignalKind::interrupt())?,
            hangup: open(SignalKind::hangup())?,
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Leave,
            _ = self.interrupt.recv() => Asked::Leave,
            _ = self.hangup.recv() => Asked::Reload,
        }
    }
}
