//! What a real Prometheus makes of `/metrics` and of the rules in `deploy/`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::bench::{Bell, start_prometheus};
use super::deploy::{DEPLOY, replaced};
use super::programs::{PROMTOOL, Port, Program};
use crate::gateway::{SimModem, alert, notification};
use crate::http::{get, post_alerts};

/// What the rules ask for and an idle gateway does not have: there is no oldest text, and no heartbeat has come.
const ABSENT_AT_REST: [&str; 2] =
    ["nightbell_heartbeat_last_received_timestamp_seconds", "nightbell_queue_oldest_timestamp_seconds"];

#[test]
fn prometheus_finds_every_metric_of_the_rules_and_raises_nothing_at_rest() {
    let bell = Bell::of(SimModem::start("network_time: 10m"), "", &[]);
    let (port, nobody) = (Port::reserve(), Port::reserve());
    let mut prometheus = scrape(&bell, &port, &nobody);
    prometheus.until("a good scrape", |program| (query(program, "up{job=\"nightbell\"}")? == 1.0).then_some(()));
    for known in ["nightbell_modem_up == 1", "nightbell_modem_registered", "nightbell_modem_signal_dbm"] {
        prometheus.until(known, |program| query(program, known));
    }
    let asked = metrics_of_rules();
    let absent = |program: &Program| {
        let there = names(program)?;
        Some(asked.difference(&there).cloned().collect::<Vec<_>>())
    };
    assert_eq!(absent(&prometheus).expect("names"), ABSENT_AT_REST);
    // Nothing has come yet, so the rule that waits for a first heartbeat begins to count; it fires after a quarter of an hour.
    let at_rest = ["NightbellHeartbeatNeverCame", "Watchdog"];
    prometheus.until("rules at rest", |program| rules_not(program, "inactive").filter(|names| names == &at_rest));

    let alerts = [alert("firing", "DiskFull", "db-1", "critical"), alert("firing", "Watchdog", "db-1", "none")];
    assert_eq!(post_alerts(bell.address(), &notification("g", &alerts)).status, 200);
    prometheus.until("the other metrics", |program| absent(program)?.is_empty().then_some(()));
    let never_came = |names: &Vec<String>| names.iter().any(|name| name == "NightbellHeartbeatNeverCame");
    prometheus.until("a heartbeat", |program| rules_not(program, "inactive").filter(|names| !never_came(names)));
}

#[test]
fn promtool_accepts_the_metrics_page() {
    let bell = Bell::new("", &[]);
    let alerts = [alert("firing", "DiskFull", "db-1", "critical"), alert("firing", "Watchdog", "db-1", "none")];
    assert_eq!(post_alerts(bell.address(), &notification("g", &alerts)).status, 200);
    assert_eq!(bell.texts_in_the_end().len(), 1);
    let page = get(bell.address(), "/metrics").body;
    let (code, said) = PROMTOOL.run(bell.installation.folder.path(), &["check", "metrics"], &page);
    assert_eq!((code, said.as_str()), (0, ""), "{page}");
}

/// A Prometheus with the job and the rules of `deploy/`, only faster; what it raises goes to nobody.
fn scrape(bell: &Bell, port: &Port, nobody: &Port) -> Program {
    let folder = bell.folder();
    std::fs::create_dir_all(&folder).expect("a folder");
    let shipped = |name: &str| std::fs::read_to_string(format!("{DEPLOY}/{name}")).expect("read");
    let config = replaced(
        &shipped("prometheus.yml"),
        &[
            ("_interval: 15s", "_interval: 1s".to_owned()),
            ("127.0.0.1:9767", bell.address().to_string()),
            ("127.0.0.1:9093", nobody.address.to_string()),
        ],
    );
    std::fs::write(folder.join("prometheus.yml"), config).expect("written");
    std::fs::write(folder.join("nightbell.rules.yml"), shipped("nightbell.rules.yml")).expect("written");
    start_prometheus(port, &folder.join("prometheus.yml"))
}

/// The metrics that the rules in `deploy/` name.
fn metrics_of_rules() -> BTreeSet<String> {
    let rules = std::fs::read_to_string(format!("{DEPLOY}/nightbell.rules.yml")).expect("read");
    let words = rules.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let names: BTreeSet<String> = words.filter(|word| word.starts_with("nightbell_")).map(str::to_owned).collect();
    assert!(names.len() > 10, "{names:?}");
    names
}

/// The value of the only series a query finds.
fn query(prometheus: &Program, query: &str) -> Option<f64> {
    let escaped: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let found = data(prometheus, &format!("/api/v1/query?query={escaped}"))?;
    let series = found["result"].as_array().filter(|series| series.len() == 1)?;
    series[0]["value"][1].as_str()?.parse().ok()
}

/// The names of all metrics it has.
fn names(prometheus: &Program) -> Option<BTreeSet<String>> {
    let found = data(prometheus, "/api/v1/label/__name__/values")?;
    Some(found.as_array()?.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect())
}

/// Alerts in another state than this, once every rule has been evaluated without an error.
fn rules_not(prometheus: &Program, state: &str) -> Option<Vec<String>> {
    let found = data(prometheus, "/api/v1/rules")?;
    let rules: Vec<&Value> =
        found["groups"].as_array()?.iter().filter_map(|group| group["rules"].as_array()).flatten().collect();
    let others = rules.iter().filter(|rule| rule["state"] != state);
    let mut names: Vec<String> = others.filter_map(|rule| Some(rule["name"].as_str()?.to_owned())).collect();
    names.sort();
    rules.iter().all(|rule| rule["health"] == "ok").then_some(names)
}

/// What its API answers.
fn data(prometheus: &Program, path: &str) -> Option<Value> {
    let answer: Value = serde_json::from_str(&prometheus.get(path)?).expect("JSON");
    Some(answer["data"].clone())
}
