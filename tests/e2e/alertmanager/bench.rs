//! What stands in front of the gateway: machines with full disks, a Prometheus that watches them, an Alertmanager.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nightbell::modem::sim::Accepted;
use serde_json::json;

use super::programs::{ALERTMANAGER, PROMETHEUS, Port, Program, until};
use crate::gateway::{Gateway, Installation, ROUTING, SimModem};
use crate::http::metric;

/// `disk_full{host}` of every machine, 1 or 0. One lost scrape on a busy box must not end the outage.
pub const RULES: &str = r#"groups:
  - name: hosts
    rules:
      - alert: DiskFull
        expr: last_over_time(disk_full[1m]) == 1
        labels: { severity: critical }
        annotations: { summary: "disk of {{ $labels.host }} is full" }
"#;

/// The metrics page of some machines, as the test sets it.
pub struct Machines {
    pub address: SocketAddr,
    page: Arc<Mutex<String>>,
}

impl Machines {
    /// Serves them until the process ends.
    pub fn start(disk_full: &[(&str, bool)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let machines = Self { address: listener.local_addr().expect("bound"), page: Arc::default() };
        machines.set(disk_full);
        let page = Arc::clone(&machines.page);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let body = page.lock().expect("not poisoned").clone();
                // A scraper that goes away is its own business.
                let _ = answer(stream, &body);
            }
        });
        machines
    }

    /// Which disks are full from now on.
    pub fn set(&self, disk_full: &[(&str, bool)]) {
        let lines = disk_full.iter().map(|(host, full)| format!("disk_full{{host=\"{host}\"}} {}\n", u8::from(*full)));
        *self.page.lock().expect("not poisoned") = lines.collect();
    }
}

fn answer(mut stream: TcpStream, body: &str) -> std::io::Result<()> {
    // Whoever connects and says nothing does not keep the others waiting for long.
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\nconnection: close\r\n";
    stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes())
}

/// Starts a Prometheus on this config file; its data lie beside it.
pub fn start_prometheus(port: &Port, config: &Path) -> Program {
    let arguments = [
        format!("--config.file={}", config.display()),
        format!("--storage.tsdb.path={}", config.with_file_name("prometheus-data").display()),
        format!("--web.listen-address={}", port.address),
        // Alertmanager forgets what fires when it restarts, and hears of it again after so long.
        "--rules.alert.resend-delay=2s".to_owned(),
    ];
    Program::start(PROMETHEUS, &arguments, port.address, config.with_file_name("prometheus.log"))
}

/// Starts a Prometheus that watches these machines and tells these Alertmanagers.
pub fn watch(folder: &Path, port: &Port, machines: &Machines, alertmanagers: &[SocketAddr]) -> Program {
    let told: Vec<String> = alertmanagers.iter().map(|address| format!("\"{address}\"")).collect();
    let config = format!(
        "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\n\
         rule_files: [ rules.yml ]\n\
         scrape_configs: [ {{ job_name: hosts, static_configs: [ {{ targets: [ \"{}\" ] }} ] }} ]\n\
         alerting: {{ alertmanagers: [ {{ static_configs: [ {{ targets: [ {} ] }} ] }} ] }}\n",
        machines.address,
        told.join(", ")
    );
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("rules.yml"), RULES).expect("written");
    std::fs::write(folder.join("prometheus.yml"), config).expect("written");
    start_prometheus(port, &folder.join("prometheus.yml"))
}

/// Only retries and news, nothing said again by itself.
pub const SAY_ONCE: &str = "group_interval: 1h, repeat_interval: 4h";
/// Changes of a group at once, nothing said again by itself.
pub const SAY_CHANGES: &str = "group_interval: 1s, repeat_interval: 4h";
/// Everything that fires again and again.
pub const SAY_AGAIN: &str = "group_interval: 1s, repeat_interval: 2s";

/// An installation of Alertmanager that survives its process.
pub struct Alertmanager {
    pub port: Port,
    config: PathBuf,
}

impl Alertmanager {
    /// Writes its config: groups by alertname, everything to this gateway; `more` is YAML of the webhook.
    pub fn new(folder: &Path, gateway: SocketAddr, intervals: &str, more: &str) -> Self {
        let text = format!(
            "route: {{ receiver: nightbell, group_by: [alertname], group_wait: 1s, {intervals} }}\n\
             receivers:\n  - name: nightbell\n    webhook_configs:\n      - url: http://{gateway}/alerts\n{more}"
        );
        let config = folder.join("alertmanager.yml");
        std::fs::create_dir_all(folder).expect("a folder");
        std::fs::write(&config, text).expect("written");
        Self::of(&config)
    }

    /// One with this config file.
    pub fn of(config: &Path) -> Self {
        Self { port: Port::reserve(), config: config.to_owned() }
    }

    /// Starts it on the data folder of this name beside its config.
    pub fn start(&self, data: &str) -> Program {
        let address = self.port.address;
        let arguments = [
            format!("--config.file={}", self.config.display()),
            format!("--storage.path={}", self.config.with_file_name(data).display()),
            format!("--web.listen-address={address}"),
            format!("--web.external-url=http://{address}"),
            "--cluster.listen-address=".to_owned(),
        ];
        Program::start(ALERTMANAGER, &arguments, address, self.config.with_file_name("alertmanager.log"))
    }
}

/// Tells an Alertmanager that disks are full, as Prometheus would.
pub fn fire(alertmanager: &mut Program, hosts: &[&str]) {
    let alert = |host: &&str| {
        json!({
            "labels": { "alertname": "DiskFull", "host": host, "severity": "critical" },
            "annotations": { "summary": format!("disk of {host} is full") },
        })
    };
    let alerts: Vec<_> = hosts.iter().map(alert).collect();
    alertmanager.post("/api/v2/alerts", &json!(alerts).to_string());
}

/// How many of its requests to the webhook were answered 2xx.
pub fn posted(alertmanager: &Program) -> f64 {
    alertmanager.metric("alertmanager_notification_requests_total{integration=\"webhook\"}") - refused(alertmanager)
}

/// How many of its requests to the webhook failed.
pub fn refused(alertmanager: &Program) -> f64 {
    alertmanager.metric("alertmanager_notification_requests_failed_total{integration=\"webhook\"}")
}

/// How many notifications to the webhook it has given up.
pub fn given_up(alertmanager: &Program) -> f64 {
    alertmanager.metric("alertmanager_notifications_failed_total{integration=\"webhook\"}")
}

/// A gateway with its modem and its files.
pub struct Bell {
    pub gateway: Gateway,
    pub modem: SimModem,
    pub installation: Installation,
}

impl Bell {
    /// Hangs one up; `more` is YAML of `nightbell.yml`.
    pub fn new(more: &str, files: &[(&str, &str)]) -> Self {
        Self::of(SimModem::start("{}"), more, files)
    }

    /// The same with this modem.
    pub fn of(modem: SimModem, more: &str, files: &[(&str, &str)]) -> Self {
        let installation = Installation::new(&modem.line("stick"), more, ROUTING);
        files.iter().for_each(|(name, text)| installation.write(name, text));
        Self { gateway: installation.start(), modem, installation }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.gateway.address
    }

    /// A folder for those who ring it.
    pub fn folder(&self) -> PathBuf {
        self.installation.path("ringers")
    }

    /// The value of a metric line that is there from the start.
    pub fn count(&self, line_start: &str) -> f64 {
        metric(self.address(), line_start).unwrap_or_else(|| panic!("no {line_start}"))
    }

    /// How many notifications were answered so.
    pub fn answered(&self, code: &str) -> f64 {
        self.count(&format!("nightbell_webhook_requests_total{{code=\"{code}\"}}"))
    }

    /// What phones have shown once nothing more is owed.
    pub fn texts_in_the_end(&self) -> Vec<Accepted> {
        let open = |priority| self.count(&format!("nightbell_queue_texts{{priority=\"{priority}\"}}"));
        until("the end of the queue", || (open("critical") + open("warning") + open("info") == 0.0).then_some(()));
        assert_eq!(self.modem.ledger().violations(), Vec::<String>::new());
        self.modem.ledger().accepted()
    }
}
