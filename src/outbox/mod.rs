//! The durable queue of texts, what was told to whom, and the story of every text.
//!
//! **The commit instant** of a notification is the fsync of the transaction that holds its drafts: 200 is answered after
//! it and never before. **The commit instant of an attempt** is the fsync of `started`, before the one byte 0x1A.
//!
//! # States of a text, complete
//!
//! | from | to | who moves it, and when |
//! |---|---|---|
//! | – | `queued` | intake, in the transaction of its notification |
//! | `queued` | `sending` | dispatch, body behind the prompt, before the commit byte |
//! | `queued` | `queued` | dispatch, refused before the commit byte: `not_before` moves |
//! | `queued` | `expired` | dispatch, older than `limits.expire_after`; the fallback is told in the same transaction |
//! | `queued` | `failed` | dispatch, refused for good; the fallback is told in the same transaction |
//! | `queued` | `suppressed` | an operator: `outbox drop` |
//! | `queued` | `superseded` | intake: an end that still waits when its alert fires again |
//! | `sending` | `accepted` | dispatch, the network took it |
//! | `sending` | `queued` | dispatch, a definite refusal after the commit byte, or the byte was never written |
//! | `sending` | `failed` | dispatch, a definite refusal for good; the fallback is told |
//! | `sending` | `in_doubt` | dispatch, no answer; or the next start after a crash |
//! | `in_doubt` | `accepted` | dispatch, a late answer |
//! | `in_doubt` | `queued` | dispatch, `limits.in_doubt_grace` is over: the second copy carries `*` |
//! | `in_doubt` | `failed` | dispatch, policy `drop`; the fallback is told |
//! | `in_doubt` | `suppressed` | an operator |
//! | `failed`, `expired`, `suppressed`, `in_doubt` | `queued` | an operator: `outbox retry`, marked if it may have gone out |
//!
//! `delivered` and `digested` are reserved names that nothing moves to yet. A resolved text waits while the text of its
//! beginning is `queued` or `sending`.

mod codes;
pub mod config;
mod ledger;
pub mod retry;
mod row;
mod service;
mod sqlite;
mod sqlite_accept;
mod sqlite_memory;
mod sqlite_read;
mod sqlite_write;
mod write;

pub use ledger::{Reader, Recall, Tally, Writer};
pub use row::{StoryLine, TextRow};
pub use service::{Failed, Outbox};
pub use sqlite::{LEDGER_FILE, open};
pub use write::{Accept, Write, WriteError, Written};
