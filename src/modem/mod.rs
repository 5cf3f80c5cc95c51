//! One modem each: where it is, how it is set up, what its answers mean, and the task that drives it.
//!
//! Pure: [`Address`], [`ModemConfig`], [`setup`], [`outcome`], [`form`]. Shells: [`transport`], [`session`], [`lane`],
//! [`direct`].
//! The simulated modem in [`sim`] shares no code with the rest.

mod address;
pub mod answers;
mod blocked;
mod config;
pub mod direct;
pub mod form;
pub mod lane;
mod lost;
pub mod orders;
pub mod outcome;
pub mod session;
pub mod setup;
pub mod sim;
pub mod transport;

pub use address::Address;
pub use blocked::Blocked;
pub use config::ModemConfig;
pub use direct::Modem;
pub use lost::Lost;
