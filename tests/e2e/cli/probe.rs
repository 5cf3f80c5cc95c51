//! `nightbell modem probe`: a verdict a human understands.

use std::net::TcpListener;

use nightbell::modem::sim::EntryKind;

use crate::gateway::{SimModem, run_in};

fn probe(url: &str) -> (i32, String, String) {
    run_in(&std::env::temp_dir(), &["modem", "probe", url])
}

#[test]
fn what_a_modem_is_and_can_do_is_told_and_nothing_is_sent() {
    for (script, code, lines) in [
        (
            "signal: 25",
            0,
            ["SIM             READY", "registered      yes", "signal          -63 dBm, good", "PDU mode"],
        ),
        (
            "profile: advantech",
            0,
            ["manufacturer    Nightbell", "registered      yes", "service centre  set", "PDU mode"],
        ),
        (
            "profile: advantech-old",
            0,
            ["manufacturer    unknown", "registered      unknown", "it can send", "text mode only"],
        ),
        (
            "registration: 3",
            1,
            ["registered      NO", "cannot send yet", "SIM             READY", "signal          -71 dBm"],
        ),
        (
            "signal: 99\nsmsc: \"\"",
            0,
            ["signal          unknown", "service centre  not set", "verdict", "model           SIM-1"],
        ),
    ] {
        let modem = SimModem::start(script);
        let (left, out, err) = probe(&format!("tcp://{}", modem.address));
        assert_eq!((left, err.as_str()), (code, ""), "{script}: {out}");
        lines.iter().for_each(|line| assert!(out.contains(line), "{script}, no `{line}`: {out}"));
        assert!(!out.contains("39980999"), "no number is shown: {out}");
        let entries = modem.ledger().entries();
        assert!(
            entries.iter().all(|entry| !matches!(entry.kind, EntryKind::Submitted(_) | EntryKind::Violation { .. }))
        );
    }
}

#[test]
fn a_locked_sim_is_told_and_its_pin_is_not_guessed() {
    let modem = SimModem::start("pin: \"0042\"");
    let (code, _, err) = probe(&format!("tcp://{}", modem.address));
    assert!(code == 1 && err.contains("a modem answers, but the SIM wants a PIN"), "{code}: {err}");
    assert!(modem.ledger().commands().iter().all(|line| !line.contains("+CPIN=")));
}

#[test]
fn where_no_modem_answers_is_told_apart_from_where_nothing_listens() {
    let mute = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mute_url = format!("tcp://{}", mute.local_addr().expect("bound"));
    let (code, _, err) = probe(&mute_url);
    assert!(code == 1 && err.contains(&mute_url) && err.contains("connected, but no modem answers"), "{code}: {err}");
    drop(mute);
    let (code, _, err) = probe(&mute_url);
    assert!(code == 1 && err.contains("refused"), "{code}: {err}");
    let (code, _, err) = probe("127.0.0.1:8081");
    assert!(code == 1 && err.contains("write `tcp://127.0.0.1:8081`"), "{code}: {err}");
}
