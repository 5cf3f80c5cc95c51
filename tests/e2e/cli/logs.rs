//! What `serve` logs, and what it never says.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::gateway::{BINARY, Installation, ROUTING, SimModem, alert, notification};
use crate::http::{get, metric, post_alerts};

/// Killed when dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn every_line_of_the_json_log_is_an_object() {
    let modem = SimModem::start("faults: [ { on: submit, nth: 1, do: cms, code: 1 } ]");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let mut command = Command::new(BINARY);
    command.args(["serve", "--web.listen-address=127.0.0.1:0", "--log.format=json", "--log.level=debug"]);
    command.current_dir(installation.folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut gateway = Killed(command.spawn().expect("the binary starts"));
    let mut lines = BufReader::new(gateway.0.stderr.take().expect("piped")).lines().map_while(Result::ok);
    let parse = |line: String| {
        serde_json::from_str::<serde_json::Value>(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
    };
    let mut seen = Vec::new();
    let address = loop {
        let line = parse(lines.next().expect("it logs where it listens"));
        let listening = line["listening"].to_string();
        seen.push(line);
        let bare = listening.trim_matches(|c: char| "[]\"\\".contains(c));
        if let Ok(address) = bare.parse() {
            break address;
        }
    };
    let body = notification("g", &[alert("firing", "DiskFull", "db-1", "critical")]);
    assert_eq!(post_alerts(address, &body).status, 200);
    modem.wait_accepted(1);
    kill_process(Pid::from_child(&gateway.0), Signal::TERM).expect("it runs");
    seen.extend(lines.map(parse));
    assert!(gateway.0.wait().expect("it ends").success());
    for line in &seen {
        assert!(line["level"].is_string() && line["timestamp"].is_string() && line["message"].is_string(), "{line}");
    }
    assert!(seen.iter().any(|line| line["recipient"] == "ana" && line["reason"] == "cms_1"), "{seen:#?}");
}

#[test]
fn no_number_is_in_the_log_the_metrics_or_the_ledger_s_list() {
    // A page that goes out, one that fails, one in doubt, a text by hand, and a modem with a service centre.
    let modem = SimModem::start(
        "faults:\n  - { on: submit, nth: 2, do: cms, code: 1 }\n  - { on: submit, nth: 4, do: error }\n\
         \x20 - { on: submit, nth: 6, do: drop }\n",
    );
    let installation = Installation::new(&modem.line("stick"), "limits: { in_doubt_grace: 1s }", ROUTING);
    let gateway = installation.start_with(&["--log.level=debug"]);
    for (n, host) in ["db-1", "db-2", "db-3", "db-4", "db-5"].iter().enumerate() {
        let body = notification(host, &[alert("firing", "DiskFull", host, "critical")]);
        assert_eq!(post_alerts(gateway.address, &body).status, 200);
        modem.wait_accepted(n + 1);
    }
    assert_eq!(installation.run(&["send", "bob", "by hand"]).0, 0);
    assert_eq!(installation.run(&["send", "+33639980001", "not so"]).0, 1);
    while !get(gateway.address, "/-/ready").body.contains("\"open_texts\":0") {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(metric(gateway.address, "nightbell_texts_marked_total").is_some_and(|marked| marked >= 2.0));
    let mut said = [get(gateway.address, "/metrics").body, get(gateway.address, "/-/ready").body].concat();
    said.push_str(&installation.run(&["outbox", "list", "--json"]).1);
    for id in 1..=6 {
        said.push_str(&installation.run(&["outbox", "show", &id.to_string()]).1);
    }
    gateway.signal(Signal::TERM);
    let log = {
        let mut gateway = gateway;
        let _ = gateway.child.wait();
        gateway.log()
    };
    assert!(log.contains("recipient=ana") && log.contains("cms_1"), "the log tells of people and reasons: {log}");
    said.push_str(&log);
    // In the clear, without its country code, and as semi-octets in a PDU; ana, bob and the service centre.
    for digits in ["3363998", "639980", "3336998", "0639980", "39980999"] {
        let found = said.lines().find(|line| line.contains(digits));
        assert_eq!(found, None, "{digits}");
    }
}
