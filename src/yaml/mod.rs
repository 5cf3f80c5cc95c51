//! Strict YAML: text in, values out, every mistake with its place (pure).
//!
//! The way of a file: [`parse()`] turns text into nodes that know their place, [`Fields`] and the readers beside it
//! ([`text`], [`list`], [`duration()`] …) take them apart and collect complaints in [`Findings`]. A mistake does not
//! end the reading; whoever wrote the file sees all of them at once.

pub mod duration;
mod fields;
mod findings;
mod mask;
mod node;
mod parse;
mod scalar;
mod suggest;
mod values;

pub use duration::{format_duration, parse_duration};
pub use fields::{Fields, entries};
pub use findings::{Findings, Words, may_be_phone_number, shown};
pub use mask::mask_numbers;
pub use node::{Entry, Node, Value};
pub use parse::{MAX_DEPTH, parse};
pub use suggest::closest;
pub use values::{boolean, duration, list, text, whole_number};
