//! From the outbox to the lanes: which text goes where, and what its outcome means.
//!
//! [`Core`] decides (pure): events in, actions out, performed in order; that order is where *commit before the commit
//! byte* lives. [`run`] is the one loop that performs them.

mod config;
mod core;
mod run;

pub use config::{InDoubtPolicy, Limits};
pub use core::{Action, Core, Event, GiveUp};
pub use run::{Dispatch, LaneHandle, LaneStatus, LanesView};
