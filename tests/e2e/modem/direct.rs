//! The origin's job: one text to one number straight through a modem, and the truth about it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use nightbell::modem::sim::EntryKind;

use crate::gateway::{SimModem, run_in};
use crate::modem::{ANA, LateModem, submitted};

type Outcome = (i32, String, String);

fn send_to(url: &str, number: &str, text: &str, more: &[&str]) -> Outcome {
    let arguments = [&["send", number, text, "--modem", url], more].concat();
    run_in(&std::env::temp_dir(), &arguments)
}

fn send(modem: &SimModem, text: &str, more: &[&str]) -> Outcome {
    send_to(&format!("tcp://{}", modem.address), ANA, text, more)
}

/// Exit code 1, this sentence on standard error, nothing on standard output.
fn assert_fails(outcome: &Outcome, sentence: &str) {
    let (code, out, err) = outcome;
    assert!(*code == 1 && out.is_empty() && err.contains(sentence), "wanted `{sentence}`: {outcome:?}");
}

#[test]
fn a_text_goes_out_through_every_kind_of_modem_as_well_as_its_mode_can_carry_it() {
    let words = "Disk full \u{e9} @ _ [ ] 5$ db-01";
    let cases = [
        ("profile: generic", words),
        ("profile: advantech", words),
        ("profile: advantech\npdu: false", "Disk full \u{e9} & _ ( ) 5$ db-01"),
        ("profile: generic\npdu: false\ncharsets: [IRA]", "Disk full e @ _ [ ] 5$ db-01"),
        // What cannot be read back is not relied on.
        ("profile: advantech-old", "Disk full e & - ( ) 5S db-01"),
        ("profile: generic\npdu: false\ncharsets: [\"8859-1\"]", "Disk full e & - ( ) 5S db-01"),
    ];
    for (script, shown) in cases {
        let modem = SimModem::start(script);
        let (code, out, err) = send(&modem, words, &[]);
        assert_eq!((code, err.as_str()), (0, ""), "{script}");
        assert!(out.starts_with("accepted by the network after "), "{script}: {out}");
        let accepted = modem.ledger().accepted();
        let phones: Vec<_> = accepted.iter().map(|text| (text.number.as_str(), text.text.as_str())).collect();
        assert_eq!(phones, [(ANA, shown)], "{script}");
        assert_eq!(modem.ledger().violations(), Vec::<String>::new(), "{script}");
    }
}

#[test]
fn the_reference_is_told_where_the_modem_tells_it() {
    let told = |script: &str| send(&SimModem::start(script), "hello", &[]).1;
    assert!(told("first_reference: 254").trim_end().ends_with(", reference 254"));
    assert!(!told("profile: advantech-old").contains("reference"));
}

/// What the script of the origin writes, all at once and without a look at the answers.
fn origin(modem: &SimModem, text_latin_1: &[u8]) -> String {
    let mut stream = TcpStream::connect(modem.address).expect("the modem listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let lines: [&[u8]; 4] = [b"AT+CMGF=1\r", b"AT+CMGS=+33639980001\r", text_latin_1, b"\x1a"];
    lines.iter().for_each(|line| stream.write_all(line).expect("written"));
    modem.wait_for("the answer to the text", |entries| {
        let answers = entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Answered { .. }));
        answers.count() == 2
    });
    stream.shutdown(std::net::Shutdown::Write).expect("open");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("read");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_origin_s_own_dialogue_is_taken_by_its_modem() {
    let modem = SimModem::start("profile: advantech");
    let answer = origin(&modem, b"Alerte : disque plein");
    assert!(answer.contains("+CMGS: 0"), "{answer:?}");
    let accepted = modem.ledger().accepted();
    assert_eq!((accepted[0].number.as_str(), accepted[0].text.as_str()), (ANA, "Alerte : disque plein"));
    assert_eq!(modem.ledger().violations(), Vec::<String>::new());
}

#[test]
fn the_origin_s_latin_1_is_not_what_the_modem_reads() {
    let modem = SimModem::start("profile: advantech");
    let answer = origin(&modem, b"Probl\xe8me");
    assert!(answer.contains("ERROR"), "{answer:?}");
    assert_eq!(modem.ledger().violations(), ["byte 0xE8 in a text body has no meaning in GSM"]);
}

#[test]
fn what_the_network_refuses_is_not_sent() {
    for (code, submissions) in [(1, 1), (38, 1), (10, 1), (304, 2)] {
        let modem = SimModem::start(&format!("faults: [ {{ on: submit, do: cms, code: {code} }} ]"));
        assert_fails(&send(&modem, "hello", &[]), &format!("not sent: cms_{code}"));
        // A PDU that is refused for its form is tried in text mode.
        assert_eq!(submitted(&modem.ledger()).len(), submissions, "{code}");
        assert_eq!(modem.ledger().violations(), Vec::<String>::new());
    }
}

#[test]
fn a_mode_that_was_asked_for_is_kept() {
    for (mode, is_pdu) in [("--mode=pdu", true), ("--mode=text", false)] {
        let modem = SimModem::start("faults: [ { on: submit, nth: 1, do: cms, code: 304 } ]");
        assert_fails(&send(&modem, "hello", &[mode]), "not sent: cms_304");
        let tried: Vec<bool> = submitted(&modem.ledger()).iter().map(|submission| submission.pdu.is_some()).collect();
        assert_eq!(tried, [is_pdu], "{mode}");
    }
}

#[test]
fn what_is_refused_before_the_prompt_is_not_sent() {
    for answer in ["do: cms, code: 500", "do: error", "do: answer, lines: ['OK']", "do: cme, code: 30"] {
        let modem = SimModem::start(&format!("faults: [ {{ on: cmgs, {answer} }} ]"));
        assert_fails(&send(&modem, "hello", &[]), "not sent: ");
        assert_eq!(submitted(&modem.ledger()), [], "{answer}");
        assert_eq!(modem.ledger().violations(), Vec::<String>::new(), "{answer}");
    }
}

#[test]
fn an_answer_that_proves_nothing_is_in_doubt() {
    let cases = [
        ("do: drop", "in doubt: io"),
        ("do: error", "in doubt: error"),
        ("do: cms, code: 500", "in doubt: cms_500"),
        ("do: ignore", "in doubt: timeout"),
        ("do: boot", "in doubt: "),
    ];
    for (fault, sentence) in cases {
        let modem = SimModem::start(&format!("patience: 1s\nfaults: [ {{ on: submit, {fault} }} ]"));
        assert_fails(&send(&modem, "hello", &["--answer-within=1"]), sentence);
        assert_eq!(submitted(&modem.ledger()).len(), 1, "{fault}: never a second copy behind the back");
        assert_eq!(modem.ledger().violations(), Vec::<String>::new(), "{fault}");
    }
}

#[test]
fn a_late_result_is_waited_for() {
    let modem = SimModem::start("faults: [ { on: submit, do: late, after: 3s } ]");
    let (code, out, err) = send(&modem, "hello", &[]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("accepted by the network after 3."), "{out}");
    assert_eq!(modem.ledger().violations(), Vec::<String>::new());
}

#[test]
fn what_takes_no_text_is_told_apart_from_a_refusal() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = format!("tcp://{}", listener.local_addr().expect("bound"));
    let busy = SimModem::start(
        "faults: [ { on: connect, do: banner, text: \"port is busy\\r\\n\" }, { on: connect, do: mute } ]",
    );
    let no_prompt = SimModem::start("faults: [ { on: cmgs, do: no_prompt } ]");
    // Each of them is waited for by a deadline of its own, so all of them at once.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let outcome = send_to(&silent, ANA, "hello", &[]);
            assert_fails(&outcome, "connected, but no modem answers `AT`");
            assert_fails(&outcome, "not sent");
        });
        scope.spawn(|| {
            let outcome = send(&busy, "hello", &[]);
            assert_fails(&outcome, "connected, but no modem answers `AT`; it says `port is busy`; not sent");
        });
        scope.spawn(|| {
            assert_fails(&send(&no_prompt, "hello", &["--mode=text"]), "not sent: no_prompt");
            assert_eq!(submitted(&no_prompt.ledger()), []);
            assert_eq!(no_prompt.ledger().violations(), Vec::<String>::new());
        });
    });
}

#[test]
fn a_notice_before_the_connection_is_closed_is_quoted() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("tcp://{}", listener.local_addr().expect("bound"));
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        // What it has written is read first, so that closing does not take the notice back.
        stream.read_exact(&mut [0; 1]).expect("a byte");
        stream.write_all(b"Port already in use by another user\r\n").expect("written");
        stream.shutdown(std::net::Shutdown::Write).expect("open");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let outcome = send_to(&url, ANA, "hello", &[]);
    serving.join().expect("served");
    assert_fails(&outcome, "Port already in use by another user");
    assert_fails(&outcome, "not sent");
}

#[test]
fn a_modem_that_serves_somebody_else_takes_no_second_client() {
    let modem = SimModem::start("profile: advantech");
    let first = TcpStream::connect(modem.address).expect("the modem listens");
    modem.wait_for("the first client", |entries| !entries.is_empty());
    assert_fails(&send(&modem, "hello", &[]), "not sent");
    assert_eq!(modem.ledger().commands(), Vec::<String>::new());
    drop(first);
    modem.wait_for("its end", |entries| entries.iter().any(|entry| entry.kind == EntryKind::Disconnected));
    assert_eq!(send(&modem, "hello", &[]).0, 0, "the next one is served");
}

#[test]
fn a_refused_connection_is_told_with_its_address() {
    let modem = LateModem::bind("{}");
    let url = format!("tcp://{}", modem.address);
    let outcome = send_to(&url, ANA, "hello", &[]);
    assert_fails(&outcome, &url);
    assert_fails(&outcome, "refused");
    assert_fails(&outcome, "not sent");
}

#[test]
fn a_pin_is_tried_once_and_only_if_there_is_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let tried = |modem: &SimModem| modem.ledger().commands().iter().filter(|line| line.contains("+CPIN=")).count();
    for (pin, code, tries, sentence) in [
        (None, 1, 0, "the SIM wants a PIN"),
        (Some("1111\n"), 1, 1, "the SIM refused the PIN"),
        (Some("0042\n"), 0, 1, ""),
    ] {
        let modem = SimModem::start("pin: \"0042\"");
        let file = folder.path().join("pin.txt");
        let option = format!("--pin-file={}", file.display());
        let more: Vec<&str> = pin.iter().map(|_| option.as_str()).collect();
        pin.iter().for_each(|pin| std::fs::write(&file, pin).expect("written"));
        let (left, _, err) = send(&modem, "hello", &more);
        assert_eq!((left, tried(&modem)), (code, tries), "{pin:?}: {err}");
        assert!(err.contains(sentence) && !err.contains("1111"), "{pin:?}: {err}");
        assert_eq!(modem.ledger().violations(), Vec::<String>::new());
    }
}

#[test]
fn a_text_that_does_not_fit_never_reaches_the_modem() {
    let modem = SimModem::start("{}");
    let sentence = "the text has 161 septets of 160; shorten it by 1";
    assert_fails(&send(&modem, &"a".repeat(161), &[]), sentence);
    assert_fails(&send(&modem, &("[".repeat(80) + "a"), &[]), sentence);
    assert_fails(&send(&modem, " ", &[]), "the text is empty");
    assert_eq!(modem.ledger().entries(), []);
    assert_eq!(send(&modem, &"a".repeat(160), &[]).0, 0);
}

#[test]
fn a_wrong_number_is_told_with_what_to_write_and_never_reaches_the_modem() {
    let modem = SimModem::start("{}");
    let url = format!("tcp://{}", modem.address);
    for (number, sentence) in [
        ("0639980057", "this one is national (`0\u{2026}`)"),
        ("0033639980057", "not with `00`"),
        ("33639980057", "a phone number starts with `+`"),
        ("+330639980001", "leave out the `0` after `+33`"),
        ("+33 6 39 98 00 57", "written without spaces"),
        ("+33639", "at least 7 digits"),
        ("112", "short code"),
        ("+3363998000x", "this one has `x`"),
        ("ana", "this one has `a`"),
    ] {
        let outcome = send_to(&url, number, "hello", &[]);
        assert_fails(&outcome, sentence);
        assert!(!outcome.2.contains("9980057"), "{}", outcome.2);
    }
    assert_eq!(modem.ledger().entries(), []);
}

#[test]
fn both_directions_of_the_dialogue_are_shown_when_asked() {
    let modem = SimModem::start("{}");
    let (code, _, err) = send(&modem, "hello", &["-v"]);
    assert_eq!(code, 0);
    let place = |piece: &str| err.find(piece).unwrap_or_else(|| panic!("no {piece}: {err}"));
    let pieces = [">> AT\\r", ">> AT+CMGF=0\\r", ">> AT+CMGS=", "> ", ">> \\u{1a}", "+CMGS: 0\\r\\n"];
    let places = pieces.map(place);
    assert!(places[0] < places[1] && places[1] < places[2] && places[2] < places[4] && places[4] < places[5], "{err}");
    assert!(err.lines().all(|line| line.starts_with(">> ") || line.starts_with("<< ")), "{err}");
}
