//! From the outbox to the lanes: which text goes where, and what its outcome means.
//!
//! [`Core`] decides (pure): events in, actions out, performed in order; that order is where *commit before the commit
//! byte* lives. [`run`] is the one loop that performs them.

mod config;
mod core;
mod doubt;
mod event;
mod lane;
mod run;
mod show;

pub use config::{InDoubtPolicy, Limits};
pub use core::Core;
pub use event::{Action, Event, GiveUp};
pub use run::{Dispatch, LaneHandle};
pub use show::{LaneStatus, LanesView, Show};

#[cfg(test)]
mod tests;
