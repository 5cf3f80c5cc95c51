//! `nightbell outbox` and `nightbell send PERSON`, with the gateway running and without.

use crate::cli::{MODEM, good};
use crate::gateway::{Gateway, Installation, ROUTING, SimModem, alert, notification};
use crate::http::{get, post_alerts};

fn run(installation: &Installation, line: &str) -> (i32, String, String) {
    installation.run(&line.split(' ').collect::<Vec<_>>())
}

fn good_run(installation: &Installation, line: &str) -> String {
    let (code, out, err) = run(installation, line);
    assert_eq!((code, err.as_str()), (0, ""), "{line}: {out}");
    out
}

fn assert_fails(installation: &Installation, line: &str, sentence: &str) {
    let (code, out, err) = run(installation, line);
    assert!(code == 1 && out.is_empty() && err.contains(sentence), "{line}, no `{sentence}`: {code}, {out}, {err}");
}

/// Two texts that wait for a modem that is not there.
fn waiting() -> (Installation, Gateway) {
    let installation = Installation::new(MODEM, "storm: { enabled: false }", ROUTING);
    let gateway = installation.start();
    for host in ["db-1", "db-2"] {
        let body = notification(host, &[alert("firing", "DiskFull", host, "critical")]);
        assert_eq!(post_alerts(gateway.address, &body).status, 200);
    }
    (installation, gateway)
}

/// What both the gateway and the ledger by itself have to say.
fn shows_and_changes(installation: &Installation) {
    let list = good_run(installation, "outbox list");
    let rows: Vec<&str> = list.lines().collect();
    assert_eq!(rows.len(), 3, "{list}");
    assert!(rows[0].split_whitespace().eq(["id", "queued", "state", "reason", "to", "modem", "text"]), "{list}");
    assert!(
        rows[1].contains(" queued ") && rows[1].contains(" ana ") && rows[1].contains("CRITICAL db-2 DiskFull"),
        "{list}"
    );
    assert_eq!(good_run(installation, "outbox list --limit 1").lines().count(), 2);
    assert_eq!(good_run(installation, "outbox list --state=accepted").trim_end(), "no texts");
    let json: serde_json::Value = serde_json::from_str(&good_run(installation, "outbox list --json")).expect("JSON");
    let id = json[1]["id"].as_i64().expect("an id");
    let story = good_run(installation, &format!("outbox show {id}"));
    assert!(story.starts_with(&format!("text {id} of page #")) && story.contains(" to ana\n"), "{story}");
    assert!(story.contains("CRITICAL db-1 DiskFull") && story.contains("  queued"), "{story}");
    assert_fails(installation, "outbox show 999", "there is no text 999");
    assert_fails(installation, "outbox drop 999", "there is no text 999");
    assert_fails(installation, "outbox list --state=lost", "`lost` is no state; states are queued, ");
    assert_eq!(good_run(installation, &format!("outbox drop {id}")).trim_end(), format!("text {id} is dropped"));
    assert_fails(installation, &format!("outbox drop {id}"), "cannot be dropped");
    let dropped = good_run(installation, &format!("outbox show {id}"));
    assert!(dropped.contains("operator"), "who did it is told: {dropped}");
    assert_eq!(good_run(installation, &format!("outbox retry {id}")).trim_end(), format!("text {id} is queued again"));
    assert_eq!(good_run(installation, "outbox list --state=queued").lines().count(), 3);
    assert!(!(list + &story + &dropped).contains("39980"), "no number is shown");
}

#[test]
fn the_running_gateway_shows_and_changes_its_texts() {
    let (installation, _gateway) = waiting();
    shows_and_changes(&installation);
}

#[test]
fn the_ledger_is_shown_and_changed_when_no_gateway_runs() {
    let (installation, gateway) = waiting();
    gateway.kill();
    shows_and_changes(&installation);
}

#[test]
fn what_was_dropped_is_not_sent_and_what_is_retried_is() {
    let (installation, gateway) = waiting();
    gateway.kill();
    let list: serde_json::Value = serde_json::from_str(&good_run(&installation, "outbox list --json")).expect("JSON");
    let id = |n: usize| list[n]["id"].as_i64().expect("an id");
    good_run(&installation, &format!("outbox drop {}", id(0)));
    good_run(&installation, &format!("outbox drop {}", id(1)));
    good_run(&installation, &format!("outbox retry {}", id(1)));
    let modem = SimModem::start("{}");
    let config = std::fs::read_to_string(installation.path("nightbell.yml")).expect("a file");
    installation.write("nightbell.yml", &config.replace(MODEM, &modem.line("stick")));
    let gateway = installation.start();
    let accepted = modem.wait_accepted(1);
    assert!(accepted[0].text.starts_with("CRITICAL db-1 "), "{}", accepted[0].text);
    assert!(get(gateway.address, "/-/ready").body.contains("\"modems\""));
    let sent = good_run(&installation, &format!("outbox show {}", id(0)));
    assert!(!sent.contains("accepted"), "{sent}");
    assert_eq!(modem.ledger().accepted().len(), 1);
}

#[test]
fn a_text_to_a_person_goes_through_the_running_gateway() {
    let modem = SimModem::start("{}");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let gateway = installation.start();
    let (code, out, err) = installation.run(&["send", "ana", "fire drill, all is well"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.starts_with("text 1 to ana is on disk as #") && out.contains("nightbell outbox show 1"), "{out}");
    let accepted = modem.wait_accepted(1);
    assert_eq!(accepted[0].number, "+33639980001");
    assert!(accepted[0].text.starts_with("fire drill, all is well #"), "{}", accepted[0].text);
    for (person, text, sentence) in [
        ("anna", "hello", "nobody is called `anna`"),
        ("ana", &"a".repeat(500), "septets"),
        ("+33639980001", "hello", "add --modem"),
    ] {
        let (code, out, err) = installation.run(&["send", person, text]);
        assert!(code == 1 && out.is_empty() && err.contains(sentence), "{person}, no `{sentence}`: {out}{err}");
    }
    drop(gateway);
    assert_eq!(modem.ledger().accepted().len(), 1);
}

#[test]
fn a_text_without_a_word_is_refused_as_such() {
    let installation = good();
    let _gateway = installation.start();
    for text in ["", " "] {
        let (code, out, err) = installation.run(&["send", "ana", text]);
        assert!(code == 1 && out.is_empty(), "{out}");
        assert!(err.contains("empty"), "{text:?}: {err}");
    }
}

#[test]
fn without_a_gateway_or_a_ledger_what_to_do_is_told() {
    let installation = good();
    assert_fails(&installation, "send ana hello", "start `nightbell serve`");
    assert_fails(&installation, "outbox list", "no gateway runs here and there is no ledger");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let (code, _, err) = crate::gateway::run_in(elsewhere.path(), &["outbox", "list", "--config.file=absent.yml"]);
    assert!(code == 1 && err.contains("--storage.path="), "{code}: {err}");
}
