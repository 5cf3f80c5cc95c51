//! Starting and ending the real binary, with simulated modems on loopback TCP.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nightbell::modem::sim::{Ledger, Script, Sim};

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_nightbell");

/// How long the binary may take to start or end before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A routing file for two people of fiction.
pub const ROUTING: &str = r#"people:
  ana: { phone: "+33639980001", timezone: Europe/Brussels }
  bob: { phone: "+33639980002" }
allowed_prefixes: [ "+33" ]
route:
  page: [ana]
  routes:
    - { matchers: [ 'severity="info"' ], page: [] }
    - { matchers: [ 'team="web"' ], page: [bob, ana] }
fallback: [bob]
heartbeats: [ { matchers: [ 'alertname="Watchdog"' ], every: 5m } ]
"#;

/// A simulated modem served on loopback TCP by this process, so that it outlives a gateway that is killed.
pub struct SimModem {
    pub sim: Sim,
    pub address: SocketAddr,
    runtime: tokio::runtime::Runtime,
}

impl SimModem {
    /// Serves a modem with this script.
    pub fn start(script: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
        let sim = Sim::new(Script::parse(script).expect("a good script"));
        let serving = sim.clone();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("bound");
        runtime.spawn(async move { serving.serve_tcp(listener).await });
        Self { sim, address, runtime }
    }

    /// What happened at it.
    pub fn ledger(&self) -> Ledger {
        self.sim.ledger()
    }

    /// The config line of a modem of this name.
    pub fn line(&self, name: &str) -> String {
        format!("  - {{ name: {name}, address: \"tcp://{}\" }}\n", self.address)
    }

    /// Waits until the network has accepted so many texts; fails the test if that takes too long.
    pub fn wait_accepted(&self, count: usize) -> Vec<nightbell::modem::sim::Accepted> {
        let ledger = self.ledger();
        let waited = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, ledger.wait_accepted(count)).await });
        waited.unwrap_or_else(|_| panic!("{count} texts did not come: {:#?}", self.ledger().entries()))
    }

    /// Waits until the ledger says so; fails the test if that takes too long.
    pub fn wait_for(&self, what: &str, holds: impl FnMut(&[nightbell::modem::sim::Entry]) -> bool) {
        let ledger = self.ledger();
        let waited = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, ledger.wait_for(holds)).await });
        assert!(waited.is_ok(), "waiting for {what}: {:#?}", self.ledger().entries());
    }
}

/// A folder with the files of an installation.
pub struct Installation {
    pub folder: tempfile::TempDir,
}

impl Installation {
    /// Writes `nightbell.yml` (modem lines and more top-level YAML) and `routing.yml`.
    pub fn new(modems: &str, more: &str, routing: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = format!("routing_file: routing.yml\nstorage: {{ path: state }}\n{more}\nmodems:\n{modems}");
        let installation = Self { folder };
        installation.write("nightbell.yml", &config);
        installation.write("routing.yml", routing);
        installation
    }

    /// Writes a file of it.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("written");
    }

    /// A file of it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts a gateway on it.
    pub fn start(&self) -> Gateway {
        self.start_with(&[])
    }

    /// Starts a gateway on it with more arguments.
    pub fn start_with(&self, arguments: &[&str]) -> Gateway {
        let mut command = Command::new(BINARY);
        command.arg("serve").arg(format!("--config.file={}", self.path("nightbell.yml").display()));
        if !arguments.iter().any(|argument| argument.starts_with("--web.listen-address")) {
            command.arg("--web.listen-address=127.0.0.1:0");
        }
        command.args(arguments);
        Gateway::spawn(command)
    }

    /// Runs a subcommand to its end: code, standard output, standard error.
    pub fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        run_in(self.folder.path(), arguments)
    }
}

/// Runs the binary to its end in a folder.
pub fn run_in(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(BINARY).args(arguments).current_dir(folder).output().expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// A running gateway; killed when dropped.
pub struct Gateway {
    pub child: Child,
    /// The first address it listens on.
    pub address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl Gateway {
    /// Starts a command and waits until it says that it is ready.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let log = Arc::new(Mutex::new(Vec::new()));
        let (ready, is_ready) = std::sync::mpsc::channel();
        let lines = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if let Some(address) = listening(&line) {
                    let _ = ready.send(address);
                }
                lines.lock().expect("not poisoned").push(line);
            }
        });
        match is_ready.recv_timeout(PATIENCE) {
            Ok(address) => Self { child, address, log },
            Err(_) => {
                let _ = child.kill();
                panic!("the gateway did not start: {:#?}", log.lock().expect("not poisoned"));
            }
        }
    }

    /// Everything it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("not poisoned").join("\n")
    }

    /// Ends it at once, as the kernel or a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("it runs");
    }

    /// Waits for it to end by itself: its exit code.
    pub fn wait(mut self) -> i32 {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < until, "the gateway did not end: {}", self.log());
            std::thread::yield_now();
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in the log line that says the gateway is ready.
fn listening(line: &str) -> Option<SocketAddr> {
    let rest = line.split("listening=").nth(1)?.trim_start_matches(['"', '[']);
    rest.split([',', ']', '"']).next()?.parse().ok()
}

/// One alert as Alertmanager sends it.
pub fn alert(status: &str, name: &str, host: &str, severity: &str) -> String {
    let ends = if status == "resolved" { "2030-01-01T00:00:00Z" } else { "0001-01-01T00:00:00Z" };
    format!(
        "{{\"status\":\"{status}\",\"labels\":{{\"alertname\":\"{name}\",\"host\":\"{host}\",\"severity\":\"{severity}\"}},\
         \"annotations\":{{\"summary\":\"{name} on {host}\"}},\"startsAt\":\"2026-11-22T07:11:49.596Z\",\
         \"endsAt\":\"{ends}\",\"generatorURL\":\"\"}}"
    )
}

/// A notification of one group.
pub fn notification(group: &str, alerts: &[String]) -> String {
    let status = if alerts.iter().any(|alert| alert.contains("\"status\":\"firing\"")) { "firing" } else { "resolved" };
    format!(
        "{{\"receiver\":\"sms\",\"status\":\"{status}\",\"alerts\":[{}],\"groupLabels\":{{}},\"commonLabels\":{{}},\
         \"commonAnnotations\":{{}},\"externalURL\":\"http://am-1.example.org\",\"version\":\"4\",\
         \"groupKey\":\"{{}}:{{group=\\\"{group}\\\"}}\",\"truncatedAlerts\":0}}\n",
        alerts.join(",")
    )
}
