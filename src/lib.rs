//! Nightbell: Alertmanager rings it, and it wakes the right human by SMS through a GSM modem the team owns.
//!
//! The way through the house, one room after the other; imports go only downwards:
//!
//! ```text
//! bytes → http → alert → plan (route · on-call · render · fit) → drafts
//!       → outbox (commit, then 200) → dispatch → lane → at::Client → sms TPDU → transport
//! ```
//!
//! Pure rooms decide: they take bytes, values and the time, and return values or actions. Shells act.

pub mod alert;
pub mod at;
pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod dispatch;
pub mod finding;
pub mod http;
pub mod intake;
pub mod message;
pub mod metrics;
pub mod modem;
pub mod oncall;
pub mod outbox;
pub mod page;
pub mod plan;
pub mod policy;
pub mod render;
pub mod route;
pub mod sms;
pub mod yaml;
