//! The way of one alert through the binary, and that its texts arrive in an order that tells the truth.

use std::process::Command;

use nightbell::modem::sim::EntryKind;
use rustix::process::Signal;

use crate::gateway::{BINARY, Gateway, Installation, ROUTING, SimModem, alert, notification};
use crate::http::{get, metric, post_alerts};

#[test]
fn an_alert_becomes_a_text_and_its_end_becomes_another() {
    let modem = SimModem::start("{}");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let gateway = installation.start();
    let fires = notification("g", &[alert("firing", "DiskFull", "db-1", "critical")]);
    let answer = post_alerts(gateway.address, &fires);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let accepted = modem.wait_accepted(1);
    assert_eq!(accepted[0].number, "+33639980001");
    assert!(accepted[0].text.starts_with("CRITICAL db-1 DiskFull since "), "{}", accepted[0].text);
    assert!(post_alerts(gateway.address, &fires).body.contains("\"duplicate\":true"));
    let ends = notification("g", &[alert("resolved", "DiskFull", "db-1", "critical")]);
    assert_eq!(post_alerts(gateway.address, &ends).status, 200);
    let accepted = modem.wait_accepted(2);
    assert!(accepted[1].text.starts_with("ALL CLEAR critical db-1 DiskFull"), "{}", accepted[1].text);
    assert_eq!(get(gateway.address, "/-/ready").status, 200);
    let mut texts = 0.0;
    while texts < 2.0 {
        texts = metric(
            gateway.address,
            "nightbell_texts_total{outcome=\"accepted\",recipient=\"ana\",severity=\"critical\"}",
        )
        .unwrap_or(0.0);
    }
    assert_eq!(modem.ledger().violations(), Vec::<String>::new());
}

#[test]
fn an_end_never_overtakes_its_beginning_and_is_withdrawn_when_it_fires_again() {
    // The first submission is refused for a few seconds: the end must wait behind it.
    let modem = SimModem::start("faults: [ { on: submit, nth: 1, do: cms, code: 41 } ]");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let gateway = installation.start();
    let fires = notification("g", &[alert("firing", "DiskFull", "db-1", "critical")]);
    let ends = notification("g", &[alert("resolved", "DiskFull", "db-1", "critical")]);
    assert_eq!(post_alerts(gateway.address, &fires).status, 200);
    modem
        .wait_for("the refusal", |entries| entries.iter().any(|entry| matches!(entry.kind, EntryKind::Refused { .. })));
    assert_eq!(post_alerts(gateway.address, &ends).status, 200);
    let words: Vec<String> = modem.wait_accepted(2).into_iter().map(|accepted| accepted.text).collect();
    assert!(words[0].starts_with("CRITICAL") && words[1].starts_with("ALL CLEAR"), "{words:?}");
}

#[test]
fn false_all_clear_is_withdrawn() {
    // The end is refused for a few seconds, and in the meantime it fires again.
    let modem = SimModem::start("faults: [ { on: submit, nth: 2, do: cms, code: 41 } ]");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let gateway = installation.start();
    let fires = notification("g", &[alert("firing", "DiskFull", "db-1", "critical")]);
    let ends = notification("g", &[alert("resolved", "DiskFull", "db-1", "critical")]);
    let again = fires.replace("2026-11-22T07:11:49.596Z", "2031-11-22T07:11:49.596Z");
    assert_eq!(post_alerts(gateway.address, &fires).status, 200);
    modem.wait_accepted(1);
    assert_eq!(post_alerts(gateway.address, &ends).status, 200);
    modem
        .wait_for("the refusal", |entries| entries.iter().any(|entry| matches!(entry.kind, EntryKind::Refused { .. })));
    assert_eq!(post_alerts(gateway.address, &again).status, 200);
    let words: Vec<String> = modem.wait_accepted(2).into_iter().map(|accepted| accepted.text).collect();
    assert!(words[1].starts_with("CRITICAL"), "{words:?}");
    let state = installation.path("state").display().to_string();
    let (code, out, _) =
        installation.run(&["outbox", "list", "--state=superseded", &format!("--storage.path={state}")]);
    assert!(code == 0 && out.contains("ALL CLEAR"), "{out}");
}

#[test]
fn systemd_is_told_when_it_is_ready_and_when_it_leaves() {
    let modem = SimModem::start("{}");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let socket = std::os::unix::net::UnixDatagram::bind(installation.path("notify")).expect("a socket");
    let mut command = Command::new(BINARY);
    command.arg("serve").arg(format!("--config.file={}", installation.path("nightbell.yml").display()));
    command.arg("--web.listen-address=127.0.0.1:0").env("NOTIFY_SOCKET", installation.path("notify"));
    let gateway = Gateway::spawn(command);
    let heard = || {
        let mut words = [0_u8; 256];
        let length = socket.recv(&mut words).expect("a datagram");
        String::from_utf8_lossy(&words[..length]).trim().to_owned()
    };
    assert_eq!(heard(), "READY=1");
    assert_eq!(get(gateway.address, "/-/ready").status, 200);
    gateway.signal(Signal::TERM);
    assert_eq!(heard(), "STOPPING=1");
    assert_eq!(gateway.wait(), 0);
}
