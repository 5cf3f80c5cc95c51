//! The files in `deploy/`: the tools of Prometheus accept them, and together they ring a phone.

use std::net::SocketAddr;
use std::path::Path;

use super::bench::{Alertmanager, Bell, Machines, RULES, given_up, start_prometheus};
use super::programs::{AMTOOL, PROMTOOL, Port};
use crate::gateway::{Installation, SimModem};
use crate::http::metric;

/// The files an operator starts from.
pub const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");
const TOKEN: &str = "the-bell-tolls-for-thee\n";

#[test]
fn the_tools_of_prometheus_accept_the_files() {
    let folder = copied();
    let cases = [
        (AMTOOL, ["check-config", "alertmanager.yml"].as_slice()),
        (PROMTOOL, &["check", "config", "prometheus.yml"]),
        (PROMTOOL, &["check", "rules", "nightbell.rules.yml"]),
        (PROMTOOL, &["test", "rules", "nightbell.rules.test.yml"]),
    ];
    for (tool, arguments) in cases {
        let (code, said) = tool.run(folder.path(), arguments, "");
        assert_eq!(code, 0, "{tool:?} {arguments:?}: {said}");
    }
}

#[test]
fn alertmanager_sends_each_alert_the_way_the_comments_say() {
    let folder = copied();
    let cases = [
        (["alertname=DiskFull", "severity=critical"], "nightbell"),
        (["alertname=DiskFull", "severity=warning"], "nightbell"),
        (["alertname=DiskFull", "team=db"], "nightbell"),
        (["alertname=Watchdog", "severity=none"], "nightbell"),
        (["alertname=NightbellDown", "nightbell=self"], "beside-nightbell"),
        (["alertname=TargetDown", "job=nightbell"], "beside-nightbell"),
        (["alertname=AlertmanagerFailedToSendAlerts", "severity=critical"], "beside-nightbell,nightbell"),
    ];
    for (labels, expected) in cases {
        let arguments = ["config", "routes", "test", "--config.file=alertmanager.yml", labels[0], labels[1]];
        let (code, said) = AMTOOL.run(folder.path(), &arguments, "");
        // Debian's own amtool.yml makes it say a second line.
        assert_eq!((code, said.lines().next()), (0, Some(expected)), "{labels:?}: {said}");
    }
}

#[test]
fn all_files_together_ring_a_phone_and_keep_the_heartbeat() {
    let (modem, port, mail) = (SimModem::start("{}"), Port::reserve(), Port::reserve());
    let machines = Machines::start(&[("db-1", true)]);
    let installation = Installation { folder: copied() };
    let folder = installation.folder.path().to_owned();
    adapt_nightbell(&installation, &modem);
    let bell = Bell { gateway: installation.start(), modem, installation };
    adapt_alertmanager(&folder, bell.address(), mail.address);
    let installed = Alertmanager::of(&folder.join("alertmanager.yml"));
    adapt_prometheus(&folder, bell.address(), installed.port.address, machines.address);
    let mut alertmanager = installed.start("data");
    let _prometheus = start_prometheus(&port, &folder.join("prometheus.yml"));

    let alarm = bell.modem.wait_accepted(1).remove(0);
    assert!(alarm.text.starts_with("CRITICAL db-1 DiskFull since "), "{}", alarm.text);
    assert!(["+33639980001", "+33639980002"].contains(&alarm.number.as_str()), "{}", alarm.number);
    machines.set(&[("db-1", false)]);
    let cleared = bell.modem.wait_accepted(2).remove(1);
    assert!(cleared.text.starts_with("ALL CLEAR critical db-1 DiskFull"), "{}", cleared.text);
    let heartbeat = "nightbell_heartbeat_last_received_timestamp_seconds{name=\"Watchdog\"}";
    alertmanager.until("the heartbeat", |_| metric(bell.address(), heartbeat));
    assert_eq!(bell.texts_in_the_end().len(), 2, "{}", bell.gateway.log());
    assert_eq!(given_up(&alertmanager), 0.0, "{}", alertmanager.log());
}

/// Puts modem, folder and token where the files say.
fn adapt_nightbell(installation: &Installation, modem: &SimModem) {
    installation.write("token", TOKEN);
    installation.write("nightbell.token", TOKEN);
    let state = installation.path("state").display().to_string();
    let changes = [("192.0.2.10:8081", modem.address.to_string()), ("/var/lib/nightbell", state)];
    adapt(installation.folder.path(), "nightbell.yml", &changes);
}

/// Other ports, and seconds instead of minutes.
fn adapt_alertmanager(folder: &Path, gateway: SocketAddr, mail: SocketAddr) {
    let changes = [
        ("127.0.0.1:9767", gateway.to_string()),
        ("mail.example.org:587", mail.to_string()),
        ("group_wait: 10s", "group_wait: 1s".to_owned()),
        ("group_interval: 1m", "group_interval: 1s".to_owned()),
    ];
    adapt(folder, "alertmanager.yml", &changes);
}

/// Other ports, a second instead of many, and some machines to watch.
fn adapt_prometheus(folder: &Path, gateway: SocketAddr, alertmanager: SocketAddr, machines: SocketAddr) {
    let job = format!("  - {{ job_name: hosts, static_configs: [ {{ targets: [ \"{machines}\" ] }} ] }}\n");
    let changes = [
        ("_interval: 15s", "_interval: 1s".to_owned()),
        ("127.0.0.1:9767", gateway.to_string()),
        ("127.0.0.1:9093", alertmanager.to_string()),
        ("  - nightbell.rules.yml\n", "  - nightbell.rules.yml\n  - hosts.rules.yml\n".to_owned()),
        ("scrape_configs:\n", format!("scrape_configs:\n{job}")),
    ];
    adapt(folder, "prometheus.yml", &changes);
    std::fs::write(folder.join("hosts.rules.yml"), RULES).expect("written");
}

/// The files in a folder of their own, where they have each other.
fn copied() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(DEPLOY).expect("deploy/") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("copied");
    }
    folder
}

/// Changes a file of a folder.
fn adapt(folder: &Path, name: &str, changes: &[(&str, String)]) {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).expect("read");
    std::fs::write(&path, replaced(&text, changes)).expect("written");
}

/// A text with these changes, each of which must find something to change.
pub fn replaced(text: &str, changes: &[(&str, String)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "`{from}` is not there any more: {text}");
        text.replace(from, to)
    })
}
