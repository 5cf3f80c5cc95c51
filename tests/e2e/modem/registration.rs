//! A modem that has no network yet, or whose SIM is locked.

use crate::gateway::{Installation, ROUTING, SimModem};
use crate::http::{get, metric};
use crate::modem::{hosts, modem, page, submitted, wait_until, wait_up};

#[test]
fn nothing_is_burnt_on_a_modem_without_a_network() {
    let stick = SimModem::start("registration: 2");
    let installation = Installation::new(&stick.line("stick"), "", ROUTING);
    let gateway = installation.start();
    wait_up(&gateway, &["stick"]);
    page(&gateway, "db-1");
    assert_eq!(modem(&gateway, "stick")["registered"], false);
    assert!(get(gateway.address, "/-/ready").body.contains("\"open_texts\":1"));
    assert_eq!(metric(gateway.address, "nightbell_modem_registered{modem=\"stick\"}"), Some(0.0));
    // It asks again by itself; the text was there all the while.
    let asked = |entries: &[nightbell::modem::sim::Entry]| {
        entries.iter().filter(|entry| format!("{:?}", entry.kind).contains("AT+CREG?")).count() >= 2
    };
    stick.wait_for("the network is asked for again", asked);
    let commands = stick.ledger().commands();
    assert!(commands.iter().all(|line| !line.starts_with("AT+CMGS")), "{commands:?}");
}

#[test]
fn texts_go_out_once_the_network_is_found() {
    // Searching when it is set up, at home ever after.
    let stick = SimModem::start(
        "faults:\n\
         \x20 - { on: \"command:AT+CREG?\", nth: 1, do: answer, lines: [\"+CREG: 0,2\", OK] }\n\
         \x20 - { on: \"command:AT+CEREG?\", nth: 1, do: answer, lines: [\"+CEREG: 0,2\", OK] }\n",
    );
    let installation = Installation::new(&stick.line("stick"), "", ROUTING);
    let gateway = installation.start();
    wait_up(&gateway, &["stick"]);
    page(&gateway, "db-1");
    assert_eq!(modem(&gateway, "stick")["registered"], false);
    assert_eq!(submitted(&stick.ledger()), []);
    assert_eq!(hosts(&stick.wait_accepted(1)), ["db-1"]);
    wait_until("it is told", || modem(&gateway, "stick")["registered"] == true);
    let commands = stick.ledger().commands();
    let place = |start: &str| commands.iter().rposition(|line| line.starts_with(start)).expect(start);
    assert!(place("AT+CREG?") < place("AT+CMGS"), "{commands:?}");
}

#[test]
fn lte_registration_is_enough() {
    let stick = SimModem::start(
        "registration: 5\neps_registration: 1\nfaults: [ { on: \"command:AT+CREG?\", do: answer, lines: [\"+CREG: 0,0\", OK] } ]",
    );
    let installation = Installation::new(&stick.line("stick"), "", ROUTING);
    let gateway = installation.start();
    page(&gateway, "db-1");
    assert_eq!(stick.wait_accepted(1).len(), 1);
    assert_eq!(modem(&gateway, "stick")["registered"], true);
}

#[test]
fn a_pin_is_tried_once_whatever_becomes_of_the_link() {
    for (pin, fault, why) in
        [("1111", "", "the SIM refused the PIN"), ("0042", "on: \"command:AT+CPIN=\", do: drop", "PIN")]
    {
        let faults = if fault.is_empty() { String::new() } else { format!("faults: [ {{ {fault} }} ]") };
        let stick = SimModem::start(&format!("pin: \"0042\"\n{faults}"));
        let line = format!("  - {{ name: stick, address: \"tcp://{}\", pin_file: pin.txt }}\n", stick.address);
        let installation = Installation::new(&line, "", ROUTING);
        installation.write("pin.txt", pin);
        let gateway = installation.start();
        page(&gateway, "db-1");
        // The second one after the link was lost: it has come back and not tried again.
        let blocked = || modem(&gateway, "stick")["why"].as_str().is_some_and(|told| told.contains(why));
        wait_until("the reason is told", blocked);
        let tries = stick.ledger().commands().iter().filter(|line| line.contains("+CPIN=")).count();
        assert_eq!(tries, 1, "{pin}");
        assert_eq!(submitted(&stick.ledger()), []);
        assert!(!gateway.log().contains(pin), "a PIN is never logged");
    }
}

#[test]
fn a_sim_with_its_pin_is_used() {
    let stick = SimModem::start("pin: \"0042\"");
    let line = format!("  - {{ name: stick, address: \"tcp://{}\", pin_file: pin.txt }}\n", stick.address);
    let installation = Installation::new(&line, "", ROUTING);
    installation.write("pin.txt", "0042\n");
    let gateway = installation.start();
    page(&gateway, "db-1");
    assert_eq!(hosts(&stick.wait_accepted(1)), ["db-1"]);
}
