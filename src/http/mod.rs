//! The HTTP side: the webhook, what Prometheus asks for, and the API on the control socket.
//!
//! `server` owns sockets and limits, `auth` decides who may speak, `body` reads what is sent within its limits,
//! `router` picks one of `webhook`, `ops` and `texts`.

mod app;
mod auth;
mod body;
mod config;
mod ops;
mod reply;
mod router;
mod server;
mod texts;
mod webhook;

pub use app::{App, Reload};
pub use auth::{Caller, Token};
pub use body::Budget;
pub use config::WebConfig;
pub use router::texts_api;
pub use server::{Acceptor, MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS, serve};
