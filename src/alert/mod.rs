//! Notifications as Alertmanager (webhook version 4) and Grafana send them, read without prejudice.
//!
//! Every field is optional, unknown ones are passed over, wrong types count as absent: a sender with a quirk
//! still wakes somebody. Only what is no JSON object, or has no `alerts` at all, is refused, with the place.

mod fnv;
mod lenient;
mod notification;
mod raw;
mod read;

pub use fnv::{fingerprint, fnv128};
pub use notification::{Alert, Dialect, Fingerprint, GroupKey, Labels, Notification, NotifyReason, Status};
pub use read::{Unreadable, read};
