//! The real binary against real peers and the simulated modem, all on loopback.
//!
//! One program of tests, so that it is linked once. `gateway` starts the binary, `http` speaks to it.

mod alertmanager;
mod gateway;
mod http;
mod limits;
mod reload;
mod smoke;
mod webhook;
