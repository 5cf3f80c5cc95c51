//! The real binary against real peers and the simulated modem, all on loopback.
//!
//! One program of tests, so that it is linked once. `gateway` starts the binary, `http` speaks to it.

mod alertmanager;
mod cli;
mod disk;
mod gateway;
mod http;
mod kill;
mod limits;
mod modem;
mod reload;
mod smoke;
mod webhook;
