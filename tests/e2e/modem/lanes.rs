//! The gateway's way to its modems: modes, serial ports, several of them, and those that are not there.

use std::net::TcpListener;

use crate::gateway::{Installation, ROUTING, SimModem, run_in};
use crate::http::{get, metric};
use crate::modem::{
    ANA, LateModem, NO_GOVERNOR, SerialModem, hosts, modem, page, submitted, ten_hosts, wait_until, wait_up,
};

#[test]
fn the_mode_is_the_one_that_reads_back() {
    let cases = [
        ("profile: generic", true),
        ("profile: advantech", true),
        ("profile: advantech\npdu: false", false),
        ("profile: advantech-old", false),
        ("profile: generic\ntext: false", true),
    ];
    for (script, is_pdu) in cases {
        let modem = SimModem::start(script);
        let installation = Installation::new(&modem.line("stick"), "", ROUTING);
        let gateway = installation.start();
        page(&gateway, "db-1");
        let accepted = modem.wait_accepted(1);
        assert_eq!(accepted[0].pdu.is_some(), is_pdu, "{script}");
        assert!(accepted[0].text.starts_with("CRITICAL db-1 DiskFull since "), "{script}: {}", accepted[0].text);
        assert_eq!(modem.ledger().violations(), Vec::<String>::new(), "{script}");
    }
}

#[test]
fn a_modem_that_promises_pdu_mode_and_refuses_pdus_gets_text_mode() {
    // A length without quotes is PDU mode, a number in quotes is text mode.
    let refusals: String =
        (1..=9).map(|digit| format!("  - {{ on: \"command:AT+CMGS={digit}\", do: cms, code: 303 }}\n")).collect();
    let modem = SimModem::start(&format!("faults:\n{refusals}"));
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let gateway = installation.start();
    page(&gateway, "db-1");
    page(&gateway, "db-2");
    let accepted = modem.wait_accepted(2);
    assert!(accepted.iter().all(|text| text.pdu.is_none() && text.number == ANA), "{accepted:?}");
    assert_eq!(hosts(&accepted), ["db-1", "db-2"]);
    assert_eq!(modem.ledger().violations(), Vec::<String>::new());
    let in_pdu_mode =
        modem.ledger().commands().iter().filter(|line| line.starts_with("AT+CMGS=") && !line.contains('"')).count();
    assert_eq!(in_pdu_mode, 1, "what it has learnt it keeps");
}

#[test]
fn a_serial_modem_belongs_to_one_program_and_brings_the_page() {
    let serial = SerialModem::start("{}");
    let line = format!("  - {{ name: stick, address: \"{}\" }}\n", serial.url());
    let installation = Installation::new(&line, "", ROUTING);
    let gateway = installation.start();
    wait_up(&gateway, &["stick"]);
    for arguments in [&["modem", "probe", &serial.url()][..], &["send", ANA, "me too", "--modem", &serial.url()]] {
        let (code, _, err) = run_in(installation.folder.path(), arguments);
        assert!(code == 1 && err.contains("another program has the port open"), "{code}: {err}");
    }
    page(&gateway, "db-1");
    let accepted = serial.wait_accepted(1);
    assert_eq!(hosts(&accepted), ["db-1"]);
    assert_eq!(serial.sim.ledger().violations(), Vec::<String>::new());
}

#[test]
fn a_configured_modem_is_listed_from_the_start() {
    // Accepts and says nothing: for seconds nothing is known of it.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let line = format!("  - {{ name: stick, address: \"tcp://{}\" }}\n", silent.local_addr().expect("bound"));
    let installation = Installation::new(&line, "", ROUTING);
    let gateway = installation.start();
    assert_eq!(modem(&gateway, "stick")["up"], false, "{}", get(gateway.address, "/-/ready").body);
    assert_eq!(metric(gateway.address, "nightbell_modem_up{modem=\"stick\"}"), Some(0.0));
}

#[test]
fn a_serial_device_that_is_not_there_is_told_and_costs_nothing() {
    let line = "  - { name: stick, address: \"serial:///dev/nightbell-no-such-device?baud=115200\" }\n";
    let modem = SimModem::start("{}");
    let installation = Installation::new(&(line.to_owned() + &modem.line("other")), "", ROUTING);
    let gateway = installation.start();
    page(&gateway, "db-1");
    assert_eq!(modem.wait_accepted(1).len(), 1);
    wait_until("the reason is told", || get(gateway.address, "/-/ready").body.contains("is the modem plugged in?"));
}

#[test]
fn several_modems_share_the_work_and_no_text_is_doubled() {
    let script = "network_time: 100ms";
    let (one, two) = (SimModem::start(script), SimModem::start(script));
    let installation = Installation::new(&(one.line("one") + &two.line("two")), NO_GOVERNOR, ROUTING);
    let gateway = installation.start();
    wait_up(&gateway, &["one", "two"]);
    ten_hosts().iter().for_each(|host| page(&gateway, host));
    let both = || [one.ledger().accepted(), two.ledger().accepted()].concat();
    wait_until("ten texts", || both().len() >= 10);
    assert!(!one.ledger().accepted().is_empty() && !two.ledger().accepted().is_empty(), "both are used");
    wait_until("nothing is open", || get(gateway.address, "/-/ready").body.contains("\"open_texts\":0"));
    assert_eq!(hosts(&both()), ten_hosts());
}

#[test]
fn a_modem_that_is_dead_or_mute_leaves_all_to_the_other() {
    let dead = LateModem::bind("{}");
    let mute = SimModem::start("faults: [ { on: connect, do: mute } ]");
    for broken in [dead.line("broken"), mute.line("broken")] {
        let good = SimModem::start("{}");
        let installation = Installation::new(&(broken.clone() + &good.line("good")), NO_GOVERNOR, ROUTING);
        let gateway = installation.start();
        ten_hosts().iter().for_each(|host| page(&gateway, host));
        assert_eq!(hosts(&good.wait_accepted(10)), ten_hosts(), "{broken}");
    }
    assert_eq!(submitted(&mute.ledger()), []);
}

#[test]
fn texts_wait_for_a_modem_that_comes_up_late() {
    let mut modem = LateModem::bind("{}");
    let installation = Installation::new(&modem.line("stick"), NO_GOVERNOR, ROUTING);
    let gateway = installation.start();
    ["h-0", "h-1", "h-2"].iter().for_each(|host| page(&gateway, host));
    wait_until("it is known to be down", || {
        let body = get(gateway.address, "/-/ready").body;
        body.contains("\"up\":false") && body.contains("refused") && body.contains("\"open_texts\":3")
    });
    modem.listen();
    assert_eq!(hosts(&modem.wait_accepted(3)), ["h-0", "h-1", "h-2"]);
}

#[test]
fn echo_single_bytes_and_noise_in_the_middle_cost_nothing() {
    let modem = SimModem::start(
        "chunk: 1\nnetwork_time: 300ms\nfaults:\n\
         \x20 - { on: \"command:ATQ0V1E0\", do: answer, lines: [OK] }\n\
         \x20 - { on: \"command:AT+C\", do: urc, lines: [\"+CREG: 1\", \"^RSSI: 20\"] }\n\
         \x20 - { on: cmgs, do: urc, lines: [RING, '+CMTI: \"SM\",3'] }\n\
         \x20 - { on: submit, do: urc, lines: [\"+CDS: 25\", \"07913366003000F0\", RING], repeat: 20ms }\n",
    );
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let gateway = installation.start();
    page(&gateway, "db-1");
    page(&gateway, "db-2");
    assert_eq!(hosts(&modem.wait_accepted(2)), ["db-1", "db-2"]);
    wait_until("nothing is open", || get(gateway.address, "/-/ready").body.contains("\"open_texts\":0"));
    assert_eq!(submitted(&modem.ledger()).len(), 2, "each once");
    assert_eq!(modem.ledger().violations(), Vec::<String>::new());
}
