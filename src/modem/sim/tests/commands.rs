//! Commands, one by one, and the habits of each profile.

use crate::modem::sim::{
    entry::EntryKind,
    tests::{Bench, HELLO, check},
};

#[test]
fn general_commands_answer_by_the_standards() {
    check(
        "{}",
        &[
            ("AT", "OK"),
            ("", ""),
            ("ATQ0V1E0", "OK"),
            ("ATE2", "ERROR"),
            ("ATI", "Nightbell / SIM-1 / 1.0 / OK"),
            ("AT&C1", "OK"),
            ("ATS0=0", "OK"),
            ("AT+CGMI", "Nightbell / OK"),
            ("AT+CGMM", "SIM-1 / OK"),
            ("AT+CGMR", "1.0 / OK"),
            ("AT+CGSN", "001000000000001 / OK"),
            ("AT+CGSN=?", "OK"),
            ("AT+CIMI", "001010000000001 / OK"),
            ("AT+CCID", "+CCID: 8900000000000000001 / OK"),
            ("AT+CMEE?", "+CMEE: 1 / OK"),
            ("AT+CMEE=?", "+CMEE: (0-2) / OK"),
            ("AT+CMEE=3", "ERROR"),
            ("AT+CPIN?", "+CPIN: READY / OK"),
            ("AT+CPIN=\"1234\"", "+CME ERROR: 3"),
            ("AT+CREG?", "+CREG: 0,1 / OK"),
            ("AT+CREG=2", "OK"),
            ("AT+CEREG?", "+CEREG: 2,1 / OK"),
            ("AT+CGREG=5", "ERROR"),
            ("AT+CSQ", "+CSQ: 21,99 / OK"),
            ("AT+CSQ?", "ERROR"),
            ("AT+COPS?", "+COPS: 0,0,\"NIGHTNET\" / OK"),
            ("AT+CFUN?", "+CFUN: 1 / OK"),
            ("AT+CFUN=4", "OK"),
            ("AT+CREG?", "+CREG: 2,0 / OK"),
            ("AT+COPS?", "+COPS: 0 / OK"),
            ("AT+CFUN=9", "+CME ERROR: 4"),
            ("AT+CRSM=176,28483,0,0,2", "ERROR"),
            ("AT^CURC=0", "ERROR"),
            ("AT+NOSUCH?", "ERROR"),
            ("AT+CMEE=2;+CSQ", "+CSQ: 21,99 / OK"),
            ("AT+CMGS=23;+CSQ", "ERROR"),
        ],
    );
}

#[test]
fn message_settings_read_back() {
    check(
        "{ charsets: [GSM, UCS2], slots: 5 }",
        &[
            ("AT+CMGF?", "+CMGF: 0 / OK"),
            ("AT+CMGF=?", "+CMGF: (0,1) / OK"),
            ("AT+CMGF=1", "OK"),
            ("AT+CMGF?", "+CMGF: 1 / OK"),
            ("AT+CMGF=2", "ERROR"),
            ("AT+CSCS?", "+CSCS: \"GSM\" / OK"),
            ("AT+CSCS=?", "+CSCS: (\"GSM\",\"UCS2\") / OK"),
            ("AT+CSCS=\"UCS2\"", "OK"),
            ("AT+CSCS=\"IRA\"", "ERROR"),
            ("AT+CSCA?", "+CSCA: \"+33639980999\",145 / OK"),
            ("AT+CSCA=\"+33639980998\",145", "OK"),
            ("AT+CSCA?", "+CSCA: \"+33639980998\",145 / OK"),
            ("AT+CSCA=\"x\"", "+CMS ERROR: 304"),
            ("AT+CSMS=0", "+CSMS: 1,1,1 / OK"),
            ("AT+CSMS?", "+CSMS: 0,1,1,1 / OK"),
            ("AT+CSMP=49,,0,0", "OK"),
            ("AT+CSMP?", "+CSMP: 49,167,0,0 / OK"),
            ("AT+CSMP=300", "ERROR"),
            ("AT+CPMS=?", "+CPMS: (\"SM\",\"ME\"),(\"SM\",\"ME\"),(\"SM\",\"ME\") / OK"),
            ("AT+CPMS=\"ME\"", "+CPMS: 0,5,0,5,0,5 / OK"),
            ("AT+CPMS?", "+CPMS: \"ME\",0,5,\"SM\",0,5,\"SM\",0,5 / OK"),
            ("AT+CPMS=\"XX\"", "+CMS ERROR: 302"),
            ("AT+CNMI=?", "+CNMI: (0-3),(0-3),(0-3),(0-2),(0,1) / OK"),
            ("AT+CNMI=2,1,0,2", "OK"),
            ("AT+CNMI?", "+CNMI: 2,1,0,2,0 / OK"),
            ("AT+CNMI=9", "ERROR"),
            ("AT+CMMS=1", "OK"),
            ("AT+CMGL=\"ALL\"", "OK"),
            ("AT+CMGL=4", "ERROR"),
            ("AT+CMGR=1", "+CMS ERROR: 321"),
            ("AT+CMGD=1", "OK"),
            ("AT+CMGD=6", "+CMS ERROR: 321"),
            ("AT+CMSS=1", "+CMS ERROR: 321"),
        ],
    );
}

#[test]
fn a_text_is_sent_in_text_mode() {
    let cases =
        [("GSM", "caf\u{5} \0home", "café @home"), ("IRA", "one\rtwo @_$", "one\rtwo @_$"), ("UCS2", "00e920AC", "é€")];
    for (charset, body, text) in cases {
        let mut bench = Bench::ready("charsets: [GSM, IRA, UCS2]");
        bench.send(&format!("AT+CMGF=1\rAT+CSCS=\"{charset}\"\r"));
        let number =
            if charset == "UCS2" { "002B00330033003600330039003900380030003000300031" } else { "+33639980001" };
        assert_eq!(bench.send(&format!("AT+CMGS=\"{number}\"\r")), "\r\n> ");
        assert_eq!(bench.send(&format!("{body}\x1A")), "\r\n+CMGS: 0\r\n\r\nOK\r\n", "{charset}");
        assert_eq!(bench.accepted(), [(0, text)], "{charset}");
        assert!(bench.violations().is_empty());
    }
}

#[test]
fn text_mode_wants_a_quoted_number() {
    let mut bench = Bench::ready("{}");
    bench.send("AT+CMGF=1\r");
    for number in ["+33639980001", "\"nobody\"", "\"\"", "\"+336399800010000000000\"", "\"1\",2,3"] {
        assert_eq!(bench.send(&format!("AT+CMGS={number}\r")), "\r\n+CMS ERROR: 305\r\n", "{number}");
    }
    bench.send("AT+CMGF=0\r");
    for length in ["0", "165", "\"+33639980001\"", "x"] {
        assert_eq!(bench.send(&format!("AT+CMGS={length}\r")), "\r\n+CMS ERROR: 304\r\n", "{length}");
    }
}

#[test]
fn a_stored_message_can_be_listed_sent_and_deleted() {
    let mut bench = Bench::ready("slots: 1");
    assert_eq!(bench.send(&format!("AT+CMGW=23\r{HELLO}\x1A")), "\r\n> \r\n+CMGW: 1\r\n\r\nOK\r\n");
    assert_eq!(bench.send(&format!("AT+CMGW=23\r{HELLO}\x1A")), "\r\n> \r\n+CMS ERROR: 322\r\n");
    assert_eq!(bench.send("AT+CMGR=1\r"), format!("\r\n+CMGR: 2,,23\r\n{HELLO}\r\n\r\nOK\r\n"));
    assert!(bench.accepted().is_empty());
    assert_eq!(bench.send("AT+CMSS=1\r"), "\r\n+CMSS: 0\r\n\r\nOK\r\n");
    assert_eq!(bench.accepted(), [(0, "hellohello")]);
    assert_eq!(bench.send("AT+CMGL=4\r"), format!("\r\n+CMGL: 1,3,,23\r\n{HELLO}\r\n\r\nOK\r\n"));
    assert_eq!(bench.send("AT+CMGL=2\r"), "\r\nOK\r\n");
    assert_eq!(bench.send("AT+CMGD=1\rAT+CMGL=4\r"), "\r\nOK\r\n\r\nOK\r\n");
}

#[test]
fn the_card_asks_for_its_pin() {
    let mut bench = Bench::ready("{ pin: \"1234\", pin_tries: 2 }");
    assert_eq!(bench.send("AT+CPIN?\r"), "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n");
    assert_eq!(bench.send("AT+CMGS=23\r"), "\r\n+CMS ERROR: 311\r\n");
    assert_eq!(bench.send("AT+CIMI\r"), "\r\n+CME ERROR: 11\r\n");
    assert_eq!(bench.send("AT+CREG?\r"), "\r\n+CREG: 0,0\r\n\r\nOK\r\n");
    assert_eq!(bench.send("AT+CPIN=\"0000\"\r"), "\r\n+CME ERROR: 16\r\n");
    assert_eq!(bench.send("AT+CPIN=\"1234\"\r"), "\r\nOK\r\n");
    bench.submit();
    assert_eq!(bench.accepted().len(), 1);
    assert_eq!(bench.send("AT+CFUN=1,1\r"), "\r\nOK\r\n\r\nRDY\r\n\r\n+CFUN: 1\r\n");
    bench.send("ATE0\rAT+CPIN=\"0000\"\rAT+CPIN=\"0000\"\r");
    assert_eq!(bench.send("AT+CPIN?\r"), "\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n");
    assert_eq!(bench.send("AT+CMGL=4\r"), "\r\n+CMS ERROR: 316\r\n");
    let shown = |kind: &EntryKind| matches!(kind, EntryKind::Command { line } if line.contains("1234"));
    assert!(!bench.entries.iter().any(shown), "a PIN stands in the ledger");
}

#[test]
fn no_coverage_and_no_service_centre_refuse() {
    for (yaml, code) in
        [("registration: 0", 331), ("registration: 3", 331), ("registration: 11", 331), ("smsc: \"\"", 330)]
    {
        let mut bench = Bench::ready(yaml);
        assert_eq!(bench.submit(), format!("\r\n+CMS ERROR: {code}\r\n"), "{yaml}");
        assert!(bench.accepted().is_empty());
        assert!(bench.entries.contains(&EntryKind::Refused { code: Some(code) }));
    }
}

#[test]
fn the_router_answers_ok_to_what_it_does_not_know() {
    check(
        "profile: advantech",
        &[
            ("AT+CMGF?", "+CMGF: 0 / OK"),
            ("AT+CMGF=1", "OK"),
            ("AT+CMGF?", "+CMGF: 1 / OK"),
            ("AT+CNMI?", "OK"),
            ("AT+CNMI=2,1", "OK"),
            ("AT+NOSUCH", "OK"),
            ("AT+CREG?;+CSQ", "ERROR"),
            ("AT+CSQ", "+CSQ: 21,99 / OK"),
            ("AT+CMGS=?", "OK"),
        ],
    );
    let mut bench = Bench::ready("profile: advantech");
    assert_eq!(bench.submit(), "\r\n+CMGS: 0\r\n\r\nOK\r\n");
    bench.send("AT+CMGF=1\r");
    assert_eq!(bench.send("AT+CMGS=+33639980001\rhello\x1A"), "\r\n> \r\n+CMGS: 1\r\n\r\nOK\r\n");
    assert_eq!(bench.accepted(), [(0, "hellohello"), (1, "hello")]);
}

#[test]
fn the_older_router_has_text_mode_only_and_says_plain_ok() {
    check(
        "profile: advantech-old",
        &[("AT+CMGF?", "OK"), ("AT+CMGF=0", "OK"), ("AT+CMGF?", "OK"), ("AT+CPIN?", "OK"), ("AT+CMGL=ALL", "OK")],
    );
    for number in ["+33639980001", "\"+33639980001\""] {
        let mut bench = Bench::ready("profile: advantech-old");
        bench.send("AT+CMGF=0\r");
        assert_eq!(bench.send(&format!("AT+CMGS={number}\rhello\x1A")), "\r\n> \r\nOK\r\n");
        assert_eq!(bench.accepted(), [(0, "hello")]);
    }
}

#[test]
fn a_modem_without_one_of_the_modes_says_so() {
    check("pdu: false", &[("AT+CMGF?", "+CMGF: 1 / OK"), ("AT+CMGF=?", "+CMGF: (1) / OK"), ("AT+CMGF=0", "ERROR")]);
    check("text: false", &[("AT+CMGF?", "+CMGF: 0 / OK"), ("AT+CMGF=?", "+CMGF: (0) / OK"), ("AT+CMGF=1", "ERROR")]);
}
