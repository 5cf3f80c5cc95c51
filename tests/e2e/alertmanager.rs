//! Real Prometheus and real Alertmanager in front of the binary, each test with its own copies.
//!
//! They come from the Debian packages `prometheus` and `prometheus-alertmanager`; without them the tests fail and say
//! so. `programs` runs them, `bench` configures them and poses as the machines they watch, the rest are the tests.

mod bench;
mod deploy;
mod metrics;
mod paging;
mod programs;
mod repeats;
mod token;
