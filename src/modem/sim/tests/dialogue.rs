//! The line: bytes, bodies, time, and what is not AT.

use std::time::Duration;

use crate::modem::sim::{
    engine::{Effect, Engine, Event},
    script::Script,
    tests::{Bench, HELLO},
};

#[test]
fn a_pdu_is_sent_and_counted() {
    let mut bench = Bench::ready("{ first_reference: 255 }");
    assert_eq!(bench.submit(), "\r\n+CMGS: 255\r\n\r\nOK\r\n");
    assert_eq!(bench.submit(), "\r\n+CMGS: 0\r\n\r\nOK\r\n");
    assert_eq!(bench.accepted(), [(255, "hellohello"), (0, "hellohello")]);
    assert!(bench.violations().is_empty());
}

#[test]
fn escape_leaves_the_prompt() {
    for (escape, told) in [("ok", "\r\nOK\r\n"), ("error", "\r\nERROR\r\n"), ("silent", "")] {
        let mut bench = Bench::ready(&format!("escape: {escape}"));
        bench.send("AT+CMGS=23\r0011");
        assert_eq!(bench.send("\x1B"), told, "{escape}");
        assert_eq!(bench.send("AT\r"), "\r\nOK\r\n");
        assert!(bench.violations().is_empty() && bench.accepted().is_empty());
    }
    let mut bench = Bench::ready("escape: ignored");
    bench.send("AT+CMGS=23\r");
    assert_eq!(bench.send(&format!("\x1B{HELLO}\x1A")), "\r\n+CMGS: 0\r\n\r\nOK\r\n");
}

#[test]
fn echo_numeric_and_quiet_modes() {
    let mut bench = Bench::new("{}");
    assert_eq!(bench.send("AT\r"), "AT\r\r\nOK\r\n");
    assert_eq!(bench.send("AT+CMGS=23\r\x1B"), "AT+CMGS=23\r\r\n> \r\nOK\r\n");
    assert_eq!(bench.send("ATV0E0\r"), "ATV0E0\r0\r");
    assert_eq!(bench.send("AT+NOSUCH\r"), "4\r");
    assert_eq!(bench.send("ATQ1\r"), "");
    assert_eq!(bench.send("AT\r"), "");
    assert_eq!(bench.send("ATQ0V1E0\r"), "\r\nOK\r\n");
    assert!(bench.send("ATZ\rAT\r").ends_with("AT\r\r\nOK\r\n"));
}

#[test]
fn what_is_not_at_is_a_violation_and_an_error() {
    let cases = [
        ("hello\r", "does not begin with AT"),
        ("AT\x07\r", "byte 0x07"),
        ("AT\0\r", "byte 0x00"),
        ("AT\u{e9}\r", "byte 0xC3"),
        ("\x1A", "byte 0x1A"),
        ("AT+CMGF=\"1\r", "open quote"),
        ("AT+CMGS=23\r00 11\x1A", "no hexadecimal digit"),
        ("AT+CMGS=23\r\n\x1A", "0x0A in a PDU"),
        ("AT+CMGS=23\r\x1A", "ends before the SMSC"),
        ("AT+CMGF=1\rAT+CSCS=\"IRA\"\rAT+CMGS=\"+33639980001\"\ra\0b\x1A", "byte 0x00 in a text body"),
        ("AT+CMGF=1\rAT+CMGS=\"+33639980001\"\rcaf\u{e9}\x1A", "byte 0xC3 in a text body"),
    ];
    for (bytes, says) in cases {
        let mut bench = Bench::ready("{}");
        let wire = bench.send(bytes);
        assert!(wire.ends_with("\r\nERROR\r\n"), "{bytes:?} got {wire:?}");
        assert_eq!(bench.violations().len(), 1, "{bytes:?}");
        assert!(bench.violations()[0].contains(says), "{bytes:?}: {:?}", bench.violations());
        assert!(bench.accepted().is_empty());
        assert_eq!(bench.send("AT\r"), "\r\nOK\r\n", "{bytes:?} left it stuck");
    }
}

#[test]
fn a_wrong_length_or_an_endless_line_is_a_violation() {
    let mut bench = Bench::ready("{}");
    assert_eq!(bench.send(&format!("AT+CMGS=24\r{HELLO}\x1A")), "\r\n> \r\nERROR\r\n");
    assert_eq!(bench.send(&format!("AT{}\r", "1".repeat(560))), "\r\nERROR\r\n");
    assert_eq!(bench.violations().len(), 2);
}

#[test]
fn escape_and_line_ends_between_commands_are_legal() {
    let mut bench = Bench::ready("{}");
    assert_eq!(bench.send("\x1B\r"), "");
    assert_eq!(bench.send("AT+CM\x1B\r\n\nAT\r\n"), "\r\nOK\r\n");
    assert!(bench.violations().is_empty());
}

#[test]
fn the_network_takes_its_time() {
    let mut bench = Bench::ready("{ network_time: 4s, result_time: 2s }");
    assert_eq!(bench.submit(), "");
    assert!(bench.wait(3).is_empty() && bench.accepted().is_empty());
    assert_eq!(bench.wait(1), "");
    assert_eq!(bench.accepted(), [(0, "hellohello")]);
    assert_eq!(bench.wait(2), "\r\n+CMGS: 0\r\n\r\nOK\r\n");
    assert_eq!(bench.engine.deadline(), None);
}

#[test]
fn a_byte_before_the_result_is_a_violation() {
    let mut bench = Bench::ready("{ network_time: 300s, patience: 185s }");
    bench.submit();
    bench.wait(184);
    assert_eq!(bench.send("\r\n"), "");
    assert!(bench.violations().is_empty());
    assert_eq!(bench.send("\x1BAT\r"), "");
    assert_eq!(bench.violations().len(), 1);
    bench.wait(1);
    assert_eq!(bench.send("\x1BAT\r"), "\r\nOK\r\n");
    assert_eq!(bench.wait(115), "\r\n+CMGS: 0\r\n\r\nOK\r\n");
    assert_eq!(bench.violations().len(), 1);
}

#[test]
fn another_connection_may_speak_during_a_submission() {
    let mut bench = Bench::ready("network_time: 5s");
    bench.submit();
    assert_eq!(bench.reconnect(), "");
    assert_eq!(bench.send("\x1B\rAT\r"), "\r\nOK\r\n");
    assert_eq!(bench.wait(5), "\r\n+CMGS: 0\r\n\r\nOK\r\n");
    assert!(bench.violations().is_empty());
}

#[test]
fn a_result_nobody_hears_is_lost_or_kept() {
    for (policy, told) in [("lost", ""), ("to_next_client", "\r\n+CMGS: 0\r\n\r\nOK\r\n")] {
        let mut bench = Bench::ready(&format!("{{ network_time: 5s, late_result: {policy} }}"));
        bench.submit();
        bench.turn(Event::Disconnected);
        assert_eq!(bench.wait(9), "");
        assert_eq!(bench.accepted(), [(0, "hellohello")]);
        assert_eq!(bench.turn(Event::Connected), told, "{policy}");
        assert_eq!(bench.reconnect(), "", "told once");
    }
}

#[test]
fn settings_and_the_prompt_outlive_a_connection() {
    let mut bench = Bench::ready("{}");
    bench.send("AT+CMGF=1\rAT+CMGF=0\rAT+CMGS=23\r");
    bench.reconnect();
    assert_eq!(bench.send("\x1B"), "\r\nOK\r\n");
    assert_eq!(bench.send("AT+CMEE?\r"), "\r\n+CMEE: 1\r\n\r\nOK\r\n");
}

#[test]
fn answers_come_in_pieces() {
    let mut bench = Bench::new("{ echo: false, chunk: 2, chunk_pause: 100ms }");
    assert_eq!(bench.send("AT\r"), "\r\n");
    assert_eq!(bench.engine.deadline(), Some(Duration::from_millis(100)));
    assert_eq!(bench.wait(1), "OK\r\n");
    let mut engine = Engine::new(Script::parse("{ echo: false, chunk: 2 }").unwrap());
    engine.handle(Event::Connected, Duration::ZERO);
    let writes = engine.handle(Event::Bytes(b"AT\r"), Duration::ZERO);
    assert_eq!(writes.iter().filter(|effect| matches!(effect, Effect::Write(_))).count(), 3);
}

#[test]
fn odd_prompts_and_line_ends() {
    let mut bench = Bench::ready("{ prompt: '>', prompt_again: true, line_end: \"\\n\" }");
    assert_eq!(bench.send("AT\r"), "\nOK\n");
    bench.send("AT+CMGF=1\r");
    assert_eq!(bench.send("AT+CMGS=\"+33639980001\"\rone\rtwo\x1A"), ">>\n+CMGS: 0\n\nOK\n");
}

#[test]
fn byte_by_byte_is_the_same_as_whole() {
    let dialogue = format!(
        "\x1B\rAT\rATQ0V1\rAT+CMGS=23\r{HELLO}\x1AAT+CMGF=1\rAT+CMGS=\"+33639980001\"\rone\rtwo\x1Anot at all\r\nAT\x07\r\
         ATE0\rAT+CMGS=\"+33639980001\"\rx\x1BAT+CMGL=\"ALL\"\rAT+CREG?;+CSQ\r"
    );
    for yaml in ["{}", "profile: advantech", "network_time: 1s", "chunk: 3", "faults: [ { on: submit, do: drop } ]"] {
        let mut whole = Bench::new(yaml);
        let mut pieces = Bench::new(yaml);
        let at_once = whole.send(&dialogue);
        let one_by_one: String = dialogue.bytes().map(|byte| pieces.turn(Event::Bytes(&[byte]))).collect();
        assert_eq!(one_by_one, at_once, "{yaml}");
        assert_eq!(pieces.entries, whole.entries, "{yaml}");
        assert_eq!(pieces.wait(5), whole.wait(5), "{yaml}");
    }
}
