//! The command line: one file a subcommand.

mod check;
mod command;
mod control;
mod demo;
mod logging;
mod modem;
mod outbox;
mod preview;
mod routes;
mod send;
mod serve;
mod signals;

pub use command::main;
