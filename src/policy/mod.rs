//! The routing file: its bytes in, one immutable snapshot out, or every mistake in it.
//!
//! `crate::yaml` turns text into nodes that know their place; `people`, `schedules`, `routes` and `load` make of them
//! what [`Policy`] holds, with `directory` to look up who is named.

mod directory;
mod load;
mod people;
mod routes;
mod schedules;
mod snapshot;

#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod mistakes_in_routing;

pub use snapshot::{HeartbeatRule, LabelNames, Person, Policy};
