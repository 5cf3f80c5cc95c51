//! The figures of the whole gateway, measured on the release binary in one run: `cargo bench --bench gateway`.
//!
//! Machines are noisy, so the webhook is measured against a bare hyper server that reads the same bodies, in turn, and the
//! ratio counts. Everything listens on loopback.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use nightbell::modem::sim::{EntryKind, Ledger, Script, Sim};
use tokio::net::{TcpListener, TcpStream};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const REQUESTS_A_ROUND: usize = 8_000;

fn main() {
    if std::env::args().any(|argument| argument == "--bare") {
        return bare_server();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    println!("nightbell {}: figures of this run\n", env!("CARGO_PKG_VERSION"));
    runtime.block_on(webhook());
    runtime.block_on(first_byte());
    runtime.block_on(lane_share());
    runtime.block_on(memory_and_start());
}

/// Requests a second and latencies of one load.
struct Load {
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

/// The webhook with commit against a bare hyper server.
async fn webhook() {
    let installation = Installation::new("sim:?script=slow.yml");
    installation.write("slow.yml", "network_time: 3s\n");
    let mut bare = Server::bare();
    let mut gateway = installation.start();
    let group = Arc::new(AtomicU64::new(0));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(load(bare.address, REQUESTS_A_ROUND, &group).await);
        ours.push(load(gateway.address, REQUESTS_A_ROUND, &group).await);
    }
    let mut ratios: Vec<f64> = ours.iter().zip(&theirs).map(|(ours, bare)| ours.per_second / bare.per_second).collect();
    ratios.sort_by(f64::total_cmp);
    let middle = |loads: &[Load], figure: fn(&Load) -> f64| {
        let mut figures: Vec<f64> = loads.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1000.0;
    println!("webhook, {CONNECTIONS} connections, every POST a group never seen owing one text, 200 after fsync");
    println!("  ours     {:8.0}/s", middle(&ours, |load| load.per_second));
    println!("  bare     {:8.0}/s", middle(&theirs, |load| load.per_second));
    println!(
        "  ratio    {:8.3}  (of {ROUNDS} pairs: {:.3} to {:.3}; asked for: 0.2)",
        ratios[ROUNDS / 2],
        ratios[0],
        ratios[ROUNDS - 1]
    );
    let micros = |server: &Server| server.cpu() / (ROUNDS * REQUESTS_A_ROUND) as f64 * 1e6;
    println!("  cpu      {:8.1} us a request, of which a bare server takes {:.1}", micros(&gateway), micros(&bare));
    println!("  p50      {:8.1} ms", milliseconds(ours[ROUNDS / 2].p50));
    let worst = ours.iter().map(|load| load.p99).max().expect("rounds");
    println!("  p99      {:8.1} ms  (worst round; asked for: under 50)\n", milliseconds(worst));
    bare.end();
    gateway.end();
}

/// Posts over [`CONNECTIONS`] kept connections.
async fn load(address: SocketAddr, requests: usize, group: &Arc<AtomicU64>) -> Load {
    let began = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let group = Arc::clone(group);
            tokio::spawn(async move {
                let mut sender = connect(address).await;
                let mut took = Vec::with_capacity(requests / CONNECTIONS);
                for _ in 0..requests / CONNECTIONS {
                    let body = notification(&format!("g{}", group.fetch_add(1, Ordering::Relaxed)));
                    let began = Instant::now();
                    assert_eq!(post(&mut sender, body).await, 200);
                    took.push(began.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.expect("a load task"));
    }
    let elapsed = began.elapsed().as_secs_f64();
    took.sort();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    Load { per_second: took.len() as f64 / elapsed, p50: at(0.5), p99: at(0.99) }
}

/// From the 200 to the first byte of `AT+CMGS` on an idle lane.
async fn first_byte() {
    let modem = Modem::start("{}").await;
    let installation = Installation::new(&format!("tcp://{}", modem.address));
    let mut gateway = installation.start();
    gateway.wait_lane_up().await;
    let mut sender = connect(gateway.address).await;
    let mut waits = Vec::new();
    for n in 0..101 {
        assert_eq!(post(&mut sender, notification(&format!("f{n}"))).await, 200);
        let answered = Instant::now();
        let seen = modem.wait_commands(n + 1).await;
        waits.push(seen.saturating_duration_since(answered));
        modem.ledger.wait_accepted(n + 1).await;
        gateway.wait_queue_empty().await;
    }
    waits.sort();
    println!("from the 200 to the first AT byte, idle lane, {} times", waits.len());
    println!("  median   {:8.2} ms  (asked for: under 5)", waits[waits.len() / 2].as_secs_f64() * 1000.0);
    println!("  longest  {:8.2} ms\n", waits[waits.len() - 1].as_secs_f64() * 1000.0);
    gateway.end();
}

/// The share of time a lane with texts waiting is between `AT+CMGS` and its final result, at 3 s a text.
async fn lane_share() {
    let modem = Modem::start("network_time: 2s\nresult_time: 1s\n").await;
    let installation = Installation::new(&format!("tcp://{}", modem.address));
    let mut gateway = installation.start();
    gateway.wait_lane_up().await;
    let mut sender = connect(gateway.address).await;
    const TEXTS: usize = 8;
    for n in 0..TEXTS {
        assert_eq!(post(&mut sender, notification(&format!("s{n}"))).await, 200);
    }
    let entries = modem.ledger.wait_for(|entries| answered(entries) >= TEXTS).await;
    let (mut first, mut last, mut since, mut busy) = (None, None, None, 0.0);
    for entry in &entries {
        let at = entry.at.as_nanosecond() as f64 / 1e9;
        match &entry.kind {
            EntryKind::Command { line } if line.starts_with("AT+CMGS") => {
                first.get_or_insert(at);
                since = Some(at);
            }
            EntryKind::Answered { .. } => {
                if let Some(since) = since.take() {
                    busy += at - since;
                    last = Some(at);
                }
            }
            _ => {}
        }
    }
    let whole = last.expect("answered") - first.expect("asked");
    println!("lane of 3 s a text, {TEXTS} texts waiting");
    println!("  busy     {:8.2} %  (asked for: 99)\n", busy / whole * 100.0);
    gateway.end();
}

fn answered(entries: &[nightbell::modem::sim::Entry]) -> usize {
    let mut open = false;
    let mut count = 0;
    for entry in entries {
        match &entry.kind {
            EntryKind::Command { line } => open = line.starts_with("AT+CMGS"),
            EntryKind::Answered { .. } if std::mem::take(&mut open) => count += 1,
            _ => {}
        }
    }
    count
}

/// Memory at rest and with 10,000 alerts in flight, and the time from exec to ready.
async fn memory_and_start() {
    let installation = Installation::new("sim:?script=slow.yml");
    installation.write("slow.yml", "network_time: 3s\n");
    let mut starts = Vec::new();
    for _ in 0..7 {
        let began = Instant::now();
        let mut gateway = installation.start();
        let mut sender = connect(gateway.address).await;
        assert_eq!(get(&mut sender, "/-/ready").await, 200);
        starts.push(began.elapsed());
        gateway.end();
    }
    starts.sort();
    let mut gateway = installation.start();
    gateway.wait_lane_up().await;
    let rest = gateway.memory("VmRSS");
    let mut sender = connect(gateway.address).await;
    let began = Instant::now();
    let body = big_notification(10_000);
    let size = body.len();
    assert_eq!(post(&mut sender, body).await, 200);
    let took = began.elapsed();
    let peak = gateway.memory("VmHWM");
    println!("exec to /-/ready answered, 7 times");
    println!("  median   {:8.1} ms  (asked for: under 200)\n", starts[3].as_secs_f64() * 1000.0);
    println!("resident memory");
    println!("  at rest  {rest:8.1} MiB (asked for: under 25)");
    println!(
        "  peak     {peak:8.1} MiB with 10,000 alerts ({:.1} MiB of body, answered after {:.0} ms) in flight (asked for: under 150)",
        size as f64 / 1048576.0,
        took.as_secs_f64() * 1000.0
    );
    gateway.end();
}

fn notification(group: &str) -> Bytes {
    Bytes::from(format!(
        "{{\"receiver\":\"sms\",\"status\":\"firing\",\"alerts\":[{}],\"groupLabels\":{{\"alertname\":\"DiskAlmostFull\",\
         \"cluster\":\"bench\"}},\"commonLabels\":{{\"alertname\":\"DiskAlmostFull\",\"cluster\":\"bench\",\"severity\":\
         \"critical\"}},\"commonAnnotations\":{{}},\"externalURL\":\"http://alertmanager.example.org:9093\",\"version\":\
         \"4\",\"groupKey\":\"{{}}:{{group=\\\"{group}\\\"}}\",\"truncatedAlerts\":0}}\n",
        alert(group)
    ))
}

fn big_notification(count: usize) -> Bytes {
    let alerts: Vec<String> = (0..count).map(|n| alert(&format!("big-{n}"))).collect();
    Bytes::from(format!(
        "{{\"version\":\"4\",\"status\":\"firing\",\"groupKey\":\"big\",\"alerts\":[{}]}}",
        alerts.join(",")
    ))
}

fn alert(host: &str) -> String {
    format!(
        "{{\"status\":\"firing\",\"labels\":{{\"alertname\":\"DiskAlmostFull\",\"cluster\":\"bench\",\"host\":\
         \"{host}.example.org\",\"instance\":\"127.0.0.1:9100\",\"job\":\"node\",\"mountpoint\":\"/var/lib/postgresql\",\
         \"severity\":\"critical\"}},\"annotations\":{{\"description\":\"/var/lib/postgresql has 2.1% left.\\nExpected \
         \\u003e 5% \\u0026 growing\",\"runbook_url\":\"https://runbooks.example.org/disk\",\"summary\":\"Disk almost full \
         on {host}.example.org\"}},\"startsAt\":\"2026-11-22T07:11:49.596Z\",\"endsAt\":\"0001-01-01T00:00:00Z\",\
         \"generatorURL\":\"http://prometheus.example.org:9090/graph?g0.expr=x\"}}"
    )
}

async fn connect(address: SocketAddr) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.expect("listens");
    stream.set_nodelay(true).expect("set");
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    sender
}

async fn post(sender: &mut SendRequest<Full<Bytes>>, body: Bytes) -> u16 {
    let request = Request::post("/alerts").header("host", "bench").header("content-type", "application/json");
    answer(sender, request.body(Full::new(body)).expect("a request")).await
}

async fn get(sender: &mut SendRequest<Full<Bytes>>, path: &str) -> u16 {
    let request = Request::get(path).header("host", "bench").body(Full::new(Bytes::new())).expect("a request");
    answer(sender, request).await
}

async fn answer(sender: &mut SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> u16 {
    sender.ready().await.expect("the connection is kept");
    let response = sender.send_request(request).await.expect("an answer");
    let status = response.status().as_u16();
    response.into_body().collect().await.expect("a body");
    status
}

/// The bare server: reads the body, answers 200. Runs in a process of its own, as the gateway does.
fn bare_server() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut out = std::io::stdout();
        writeln!(out, "listening={}", listener.local_addr().expect("bound")).expect("heard");
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("set");
            let service = service_fn(|request: Request<Incoming>| async {
                let body = request.into_body().collect().await.expect("a body").to_bytes();
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(body.len().to_string()))))
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
}

/// A child process that listens.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn bare() -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg("--bare").stdout(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let address = wait_listening(child.stdout.take().expect("piped"));
        Self { child, address }
    }

    /// Processor time of the whole process so far, in seconds; a tick is a hundredth.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
        fields[11..13].iter().map(|ticks| ticks.parse::<f64>().expect("ticks")).sum::<f64>() / 100.0
    }

    fn memory(&self, field: &str) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(Path::new(&path)).expect("it runs");
        let line = status.lines().find(|line| line.starts_with(field)).expect("a field");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).expect("a figure") / 1024.0
    }

    async fn page(&self, path: &str) -> String {
        let mut sender = connect(self.address).await;
        let request = Request::get(path).header("host", "bench").body(Full::new(Bytes::new())).expect("a request");
        let response = sender.send_request(request).await.expect("an answer");
        String::from_utf8_lossy(&response.into_body().collect().await.expect("a body").to_bytes()).into_owned()
    }

    async fn wait_lane_up(&self) {
        while !self.page("/-/ready").await.contains("\"up\":true") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn wait_queue_empty(&self) {
        while !self.page("/-/ready").await.contains("\"open_texts\":0") {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn end(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

fn wait_listening(output: impl std::io::Read + Send + 'static) -> SocketAddr {
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("listening=")).expect("it says where it listens");
    // The rest of what it says is nobody's business here, and must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    let rest = line.split("listening=").nth(1).expect("found").trim_start_matches(['"', '[']);
    rest.split([',', ']', '"']).next().and_then(|address| address.parse().ok()).expect("an address")
}

/// A simulated modem on loopback TCP.
struct Modem {
    ledger: Ledger,
    address: SocketAddr,
}

impl Modem {
    async fn start(script: &str) -> Self {
        let sim = Sim::new(Script::parse(script).expect("a script"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let ledger = sim.ledger();
        tokio::spawn(async move { sim.serve_tcp(listener).await });
        Self { ledger, address }
    }

    /// When the n-th `AT+CMGS` was seen, by this process's clock.
    async fn wait_commands(&self, n: usize) -> Instant {
        let is_cmgs = |kind: &EntryKind| matches!(kind, EntryKind::Command { line } if line.starts_with("AT+CMGS"));
        self.ledger.wait_for(|entries| entries.iter().filter(|entry| is_cmgs(&entry.kind)).count() >= n).await;
        Instant::now()
    }
}

/// The files of a gateway with one modem.
struct Installation(tempfile::TempDir);

impl Installation {
    fn new(modem: &str) -> Self {
        let installation = Self(tempfile::tempdir().expect("a folder"));
        let modem = modem.replace("script=", &format!("script={}/", installation.0.path().display()));
        installation.write(
            "nightbell.yml",
            &format!("routing_file: routing.yml\nstorage: {{ path: state }}\nmodems: [ {{ name: m, address: \"{modem}\" }} ]\n"),
        );
        installation.write(
            "routing.yml",
            "people: { ana: { phone: \"+33639980001\" } }\nallowed_prefixes: [ \"+33\" ]\nroute: { page: [ana] }\nfallback: [ana]\n",
        );
        installation
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).expect("written");
    }

    fn start(&self) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nightbell"));
        command.arg("serve").arg(format!("--config.file={}", self.0.path().join("nightbell.yml").display()));
        command.arg("--web.listen-address=127.0.0.1:0").stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let address = wait_listening(child.stderr.take().expect("piped"));
        Server { child, address }
    }
}
