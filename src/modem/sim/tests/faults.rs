//! Each fault at each point.

use crate::modem::sim::{engine::Event, tests::Bench};

#[test]
fn each_fault_of_a_submission() {
    let sent = "\r\n+CMGS: 0\r\n\r\nOK\r\n";
    let cases = [
        ("do: ignore", "", "", 1),
        ("do: ignore, accepted: false", "", "", 0),
        ("do: error", "\r\nERROR\r\n", "", 0),
        ("do: error, accepted: true", "\r\nERROR\r\n", "", 1),
        ("do: cms, code: 38", "\r\n+CMS ERROR: 38\r\n", "", 0),
        ("do: cms, code: 500, accepted: true", "\r\n+CMS ERROR: 500\r\n", "", 1),
        ("do: cme, code: 100", "\r\n+CME ERROR: 100\r\n", "", 0),
        ("do: late, after: 200s", "", sent, 1),
        ("do: late, after: 200s, accepted: false", "", sent, 0),
        ("do: late_accept, after: 200s", "", sent, 1),
        ("do: plain_ok", "\r\nOK\r\n", "", 1),
        ("do: plain_ok, accepted: false", "\r\nOK\r\n", "", 0),
        ("do: answer, lines: ['MODEM ERROR: 7']", "\r\nMODEM ERROR: 7\r\n", "", 0),
        ("do: urc, lines: ['+CREG: 2']", "\r\n+CREG: 2\r\n\r\n+CMGS: 0\r\n\r\nOK\r\n", "", 1),
        ("do: mute", "", "", 1),
        ("do: boot", "\r\nRDY\r\n\r\n+CFUN: 1\r\n", "", 0),
        ("do: boot, accepted: true", "\r\nRDY\r\n\r\n+CFUN: 1\r\n", "", 1),
        ("do: cms, code: 1, to: '+33639980001'", "\r\n+CMS ERROR: 1\r\n", "", 0),
        ("do: cms, code: 1, to: '+33639980002'", sent, "", 1),
        ("nth: 2, do: error", sent, "", 1),
    ];
    for (fault, at_once, later, accepted) in cases {
        let mut bench = Bench::ready(&format!("faults: [ {{ on: submit, {fault} }} ]"));
        assert_eq!(bench.submit(), at_once, "{fault}");
        assert_eq!(bench.wait(200), later, "{fault}");
        assert_eq!(bench.accepted().len(), accepted, "{fault}");
        assert!(!bench.closed && bench.violations().is_empty());
    }
}

#[test]
fn a_drop_cuts_the_line_at_the_commit() {
    for (more, accepted) in [("", 1), (", accepted: false", 0)] {
        let mut bench = Bench::ready(&format!("faults: [ {{ on: submit, nth: 1, do: drop{more} }} ]"));
        assert_eq!(bench.submit(), "");
        assert!(bench.closed);
        assert_eq!(bench.send("AT\r"), "", "nobody is connected");
        bench.wait(1);
        assert_eq!(bench.accepted().len(), accepted);
        bench.turn(Event::Connected);
        assert_eq!(bench.send("AT\r"), "\r\nOK\r\n");
    }
}

#[test]
fn each_fault_of_a_command() {
    let cases = [
        ("do: ignore", "", ""),
        ("do: error", "\r\nERROR\r\n", ""),
        ("do: cms, code: 302", "\r\n+CMS ERROR: 302\r\n", ""),
        ("do: cme, code: 14", "\r\n+CME ERROR: 14\r\n", ""),
        ("do: late, after: 3s", "", "\r\n+CSQ: 21,99\r\n\r\nOK\r\n"),
        ("do: plain_ok", "\r\nOK\r\n", ""),
        ("do: answer, lines: ['+CSQ: 1', 'OK', 'ERROR']", "\r\n+CSQ: 1\r\nOK\r\nERROR\r\n", ""),
        ("do: mute", "", ""),
        ("do: boot", "\r\nRDY\r\n\r\n+CFUN: 1\r\n", ""),
        ("do: urc, lines: [RING]", "\r\n+CSQ: 21,99\r\n\r\nRING\r\n\r\nOK\r\n", ""),
        ("do: urc, lines: [R], repeat: 2s", "\r\n+CSQ: 21,99\r\n\r\nR\r\n\r\nOK\r\n", "\r\nR\r\n\r\nR\r\n"),
    ];
    for (fault, at_once, later) in cases {
        let mut bench = Bench::ready(&format!("faults: [ {{ on: 'command:at+csq', {fault} }} ]"));
        assert_eq!(bench.send("AT+CSQ\r"), at_once, "{fault}");
        assert_eq!(bench.wait(5), later, "{fault}");
        bench.reconnect();
        assert!(bench.send("AT\r").ends_with("\r\nOK\r\n"), "{fault}");
        assert_eq!(bench.wait(5), "", "{fault}: the next command ends a flood");
    }
}

#[test]
fn each_fault_of_the_prompt() {
    let cases = [
        ("do: no_prompt", "", ""),
        ("do: ignore", "", ""),
        ("do: late, after: 3s", "", "\r\n> "),
        ("do: cms, code: 302", "\r\n+CMS ERROR: 302\r\n", ""),
        ("do: urc, lines: ['+CMTI: \"SM\",3']", "\r\n+CMTI: \"SM\",3\r\n\r\n> ", ""),
    ];
    for (fault, at_once, later) in cases {
        let mut bench = Bench::ready(&format!("faults: [ {{ on: cmgs, nth: 1, {fault} }} ]"));
        assert_eq!(bench.send("AT+CMGS=23\r"), at_once, "{fault}");
        assert_eq!(bench.wait(3), later, "{fault}");
        bench.send("\x1B");
        assert!(bench.submit().contains("+CMGS: 0"), "{fault}");
        assert!(bench.violations().is_empty());
    }
}

#[test]
fn each_fault_of_a_connection() {
    let cases = [
        ("do: banner, text: 'port is in use'", "port is in use", "\r\nOK\r\n"),
        ("do: mute", "", ""),
        ("do: ignore", "", ""),
        ("do: urc, lines: [RDY]", "\r\nRDY\r\n", "\r\nOK\r\n"),
        ("do: drop", "", ""),
    ];
    for (fault, told, answer) in cases {
        let mut bench = Bench::ready(&format!("faults: [ {{ on: connect, nth: 2, {fault} }} ]"));
        assert_eq!(bench.reconnect(), told, "{fault}");
        assert_eq!(bench.send("AT\r"), answer, "{fault}");
        bench.reconnect();
        assert_eq!(bench.send("AT\r"), "\r\nOK\r\n", "{fault}");
    }
    let mut bench = Bench::ready("faults: [ { on: connect, nth: 2, do: boot } ]");
    assert_eq!(bench.reconnect(), "\r\nRDY\r\n\r\n+CFUN: 1\r\n");
    assert_eq!(bench.send("AT\r"), "AT\r\r\nOK\r\n", "echo is back after a restart");
}
