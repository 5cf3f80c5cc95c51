//! Lanes, the origin's job and the simulated modem as a process, against the real binary.

mod answers;
mod direct;
mod lanes;
mod pace;
mod process;
mod registration;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nightbell::modem::sim::{Accepted, Entry, EntryKind, Ledger, Script, Sim, Submission};
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

use crate::gateway::{Gateway, alert, notification};
use crate::http::{get, post_alerts};

const ANA: &str = "+33639980001";
const BOB: &str = "+33639980002";

/// Everybody's texts as they come, so that many alerts are many texts.
const NO_GOVERNOR: &str = "storm: { enabled: false }";

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A modem on a TCP port that refuses every client until [`LateModem::listen`]. The port is taken from the start, so
/// that nobody else can get it in between.
struct LateModem {
    sim: Sim,
    address: SocketAddr,
    socket: Option<TcpSocket>,
    runtime: Runtime,
}

impl LateModem {
    fn bind(script: &str) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        let address = socket.local_addr().expect("bound");
        Self { sim: sim(script), address, socket: Some(socket), runtime: runtime() }
    }

    fn listen(&mut self) {
        let socket = self.socket.take().expect("listens once");
        let serving = self.sim.clone();
        self.runtime.spawn(async move { serving.serve_tcp(socket.listen(16).expect("a free port")).await });
    }

    fn line(&self, name: &str) -> String {
        format!("  - {{ name: {name}, address: \"tcp://{}\" }}\n", self.address)
    }

    fn wait_accepted(&self, count: usize) -> Vec<Accepted> {
        wait_accepted(&self.sim.ledger(), count)
    }
}

/// A modem at the other end of a pseudo-terminal.
struct SerialModem {
    sim: Sim,
    path: PathBuf,
    _runtime: Runtime,
}

impl SerialModem {
    fn start(script: &str) -> Self {
        let (sim, runtime) = (sim(script), runtime());
        let (path, serving) = runtime.block_on(async { sim.open_pty() }).expect("a pseudo-terminal");
        runtime.spawn(serving);
        Self { sim, path, _runtime: runtime }
    }

    fn url(&self) -> String {
        format!("serial://{}?baud=115200", self.path.display())
    }

    fn wait_accepted(&self, count: usize) -> Vec<Accepted> {
        wait_accepted(&self.sim.ledger(), count)
    }
}

fn sim(script: &str) -> Sim {
    Sim::new(Script::parse(script).expect("a good script"))
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads")
}

/// Waits until something holds that nothing tells by itself.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < until, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn wait_accepted(ledger: &Ledger, count: usize) -> Vec<Accepted> {
    let until = Instant::now() + PATIENCE;
    while ledger.accepted().len() < count {
        assert!(Instant::now() < until, "{count} texts did not come: {:#?}", ledger.entries());
        std::thread::sleep(Duration::from_millis(5));
    }
    ledger.accepted()
}

/// What the modem was handed at the commit byte, in order.
fn submitted(ledger: &Ledger) -> Vec<Submission> {
    let submission = |entry: Entry| match entry.kind {
        EntryKind::Submitted(submission) => Some(submission),
        _ => None,
    };
    ledger.entries().into_iter().filter_map(submission).collect()
}

/// One page about one host of its own.
fn page(gateway: &Gateway, host: &str) {
    let answer = post_alerts(gateway.address, &notification(host, &[alert("firing", "DiskFull", host, "critical")]));
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// What `/-/ready` says of a modem; null if nothing yet.
fn modem(gateway: &Gateway, name: &str) -> serde_json::Value {
    let answer = get(gateway.address, "/-/ready");
    assert_eq!(answer.status, 200, "ready does not depend on modems: {}", answer.body);
    let body: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    let modems = body["modems"].as_array().expect("modems");
    modems.iter().find(|modem| modem["name"] == name).cloned().unwrap_or_default()
}

fn wait_up(gateway: &Gateway, names: &[&str]) {
    for name in names {
        wait_until(&format!("{name} is up"), || modem(gateway, name)["up"] == true);
    }
}

/// The hosts of a list of texts, sorted: `h-3` from `CRITICAL h-3 DiskFull …`.
fn hosts(texts: &[Accepted]) -> Vec<String> {
    let host = |text: &Accepted| text.text.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut hosts: Vec<String> = texts.iter().map(host).collect();
    hosts.sort();
    hosts
}

fn ten_hosts() -> Vec<String> {
    (0..10).map(|n| format!("h-{n}")).collect()
}
