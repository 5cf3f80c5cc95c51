//! The routing file: its bytes in, one immutable snapshot out, or every mistake in it.
//!
//! The way of a file: `yaml` turns text into nodes that know their place, `reader` takes them apart and
//! collects complaints, `people`, `schedules`, `routes` and `load` make of them what [`Policy`] holds, with
//! `directory` to look up who is named. A mistake does not end the reading; whoever wrote the file sees all
//! of them at once.

mod directory;
mod durations;
mod load;
mod node;
mod people;
mod reader;
mod routes;
mod scalar;
mod schedules;
mod snapshot;
mod suggest;
mod yaml;

#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod mistakes_in_routing;

pub use durations::{format_duration, parse_duration};
pub use snapshot::{HeartbeatRule, LabelNames, Person, Policy};
