//! The one way in: notification → plan → commit → answer. The webhook, `nightbell send PERSON` and Nightbell's own
//! troubles all come through here.

mod accept;
mod direct;
mod own;
mod owners;
mod troubles;

pub use accept::{Intake, Receipt, Refusal};
pub use direct::DirectRefusal;
pub use own::as_notification;
pub use troubles::ring_for;
