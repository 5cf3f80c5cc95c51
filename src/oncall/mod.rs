//! Who is on call at an instant: a rotation with hand-offs at local wall time, and overrides on top.
//!
//! A schedule lives in one named time zone. Days and weeks are civil (the hand-off stays at 09:00 when the
//! clocks change), hours are exact. Nothing here reads a clock.

mod local;
mod rotation;
mod schedule;

pub use local::first_instant;
pub use rotation::{Every, Handoff, Rotation, RotationFault};
pub use schedule::{Override, OverrideFault, Schedule};
