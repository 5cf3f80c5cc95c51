//! Notification × policy × memory → drafts (pure).
//!
//! Each alert is routed by its own labels; what a person is told is decided instance by instance by
//! [`crate::page::judge`]; everything a person is owed by one notification becomes one text.

mod compose;
mod core;
mod rules;
mod share;
mod span;
mod undelivered;

pub use compose::body;
pub use core::{DuplicateKind, PageChange, Plan, Setting, TemplateFailure, plan};
pub use rules::Rules;
pub use share::{NOBODY_PATH, Route, routes_of};
pub use undelivered::undelivered;

#[cfg(test)]
mod tests;
