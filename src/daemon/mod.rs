//! A running Nightbell: starts every part, supervises, reloads, drains.
//!
//! [`start`] returns once everything is in place; [`Running::until`] keeps it so until told to leave. The caller owns the
//! signals: tests pass a channel.

mod figures;
mod lanes;
mod reload;
mod start;
mod state_folder;

pub use lanes::{Sims, script_of, sims_for};
pub use start::{DEFAULT_LISTEN_ADDRESS, Options, Reloading, Running, start};
pub use state_folder::{CONTROL_SOCKET, StateFolder};
