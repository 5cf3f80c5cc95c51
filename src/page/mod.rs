//! What one group owes the on-call, and what was told to whom so far (pure).
//!
//! An alert instance is `(fingerprint, recipient)`. It is *open* from its first firing until a resolved for it; while
//! open it is told again only after the route's `remind_after`. [`judge`] is that rule, and nothing else decides it.

mod judge;
mod memory;

pub use judge::{Judgement, LATE_DUPLICATE_WINDOW, judge};
pub use memory::{Memory, OpenPage, Told, ToldChange};
