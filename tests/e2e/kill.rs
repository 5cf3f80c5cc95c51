//! The process is killed, the link is cut, the service is stopped: at chosen moments and at random ones.
//!
//! The simulated modem lives in this process and survives all of it, so its ledger is the judge: what was answered
//! 200 has been accepted by the network, at most one copy of a text is without the `*`, and that one came first.

mod campaign;
pub mod judge;
mod moments;
pub mod watch;
