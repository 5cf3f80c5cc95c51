//! The AT dialogue (TS 27.005, TS 27.007) without a wire: bytes and the time in, actions out.
//!
//! [`Client`] has one command in flight, recognises a prompt only where one is awaited, and holds every
//! command to an absolute deadline that unsolicited lines cannot extend. After a deadline it trusts nothing
//! it hears until it has resynchronised, so that a late answer never finishes the next command.

mod client;
mod dialogue;
mod framer;
mod result;
mod resync;

pub use client::Client;
pub use dialogue::{Action, Command, Input, Response};
pub use framer::{Framer, Token};
pub use result::{ErrorCode, FinalResult, is_boot_banner};
