//! Who an alert's labels lead to: Alertmanager's matchers and its tree of routes.
//!
//! A tree is searched exactly as `alertmanager.yml` is: depth first, the first matching child unless it says
//! `continue: true`, and a node stands for itself when none of its children matches. What differs is what a
//! node names: people and on-call schedules in place of a receiver. Nothing here knows who is on call.

mod matcher;
mod pattern;
mod quoting;
mod syntax;
mod targets;
mod tree;

pub use matcher::{Matcher, Operator};
pub use syntax::{MAX_MATCHERS, MatcherError};
pub use targets::{Target, Targets};
pub use tree::{Branch, DEFAULT_REMIND_AFTER, DEFAULT_TEMPLATE, MAX_TREE_DEPTH, RouteHit, Tree, TreeFault};
