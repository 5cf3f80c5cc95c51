//! Files read again, signals, and what a reload does to texts that wait.

use std::net::SocketAddr;

use nightbell::modem::sim::{EntryKind, Script, Sim};
use rustix::process::Signal;

use crate::gateway::{Installation, ROUTING};
use crate::http::{Answer, get, post_alerts, request};
use crate::webhook::{Bench, fires, wait_until, words};

/// The gauge that says whether the last reload was taken over.
const TAKEN_OVER: &str = "nightbell_config_last_reload_successful";

fn reload(address: SocketAddr) -> Answer {
    request(address, "POST", "/-/reload", &[], b"")
}

/// The routing file with a person nobody knows.
fn broken() -> String {
    ROUTING.replacen("page: [ana]", "page: [anna]", 1)
}

#[test]
fn gateway_that_is_told_to_leave_leaves_with_code_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let Bench { installation, gateway, .. } = Bench::start();
        gateway.signal(signal);
        assert_eq!(gateway.wait(), 0, "{signal:?}");
        let again = installation.start();
        assert_eq!(get(again.address, "/-/ready").status, 200, "the state folder is free again");
    }
}

#[test]
fn broken_routing_file_is_refused_with_its_place_and_the_old_one_works_on() {
    let bench = Bench::start();
    let address = bench.gateway.address;
    bench.installation.write("routing.yml", &broken());
    let answer = reload(address);
    assert_eq!(answer.status, 500, "{}", answer.body);
    assert!(answer.body.contains("routing.yml:6:10: "), "{}", answer.body);
    assert!(answer.body.contains("`anna`"), "{}", answer.body);
    assert_eq!(bench.figure(TAKEN_OVER), 0.0);
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1);
    assert_eq!(bench.settled()[0].number, "+33639980001");
    bench.installation.write("routing.yml", &ROUTING.replacen("page: [ana]", "page: [bob]", 1));
    let answer = reload(address);
    assert_eq!((answer.status, answer.body.as_str()), (200, "reloaded: 2 people\n"));
    assert_eq!(bench.figure(TAKEN_OVER), 1.0);
    assert_eq!(bench.owed(&fires("DiskFull", "db-2")), 1);
    assert_eq!(bench.settled()[1].number, "+33639980002");
}

#[test]
fn sighup_reloads_as_the_endpoint_does() {
    let bench = Bench::start();
    bench.installation.write("routing.yml", &broken());
    bench.gateway.signal(Signal::HUP);
    bench.wait_figure(TAKEN_OVER, 0.0);
    wait_until("the place is not in the log", || bench.gateway.log().contains("routing.yml:6:10: "));
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1);
    bench.installation.write("routing.yml", &ROUTING.replacen("page: [ana]", "page: [bob]", 1));
    bench.gateway.signal(Signal::HUP);
    bench.wait_figure(TAKEN_OVER, 1.0);
    assert_eq!(bench.owed(&fires("DiskFull", "db-2")), 1);
    let numbers: Vec<String> = bench.settled().into_iter().map(|text| text.number).collect();
    assert_eq!(numbers, ["+33639980001", "+33639980002"]);
}

#[test]
fn what_needs_a_restart_is_refused_by_name_and_nothing_is_taken_over() {
    let bench = Bench::start();
    let config = std::fs::read_to_string(bench.installation.path("nightbell.yml")).expect("there");
    bench.installation.write("routing.yml", &ROUTING.replace("+33639980001", "+33639980003"));
    let cases = [
        (config.replace("name: stick", "name: other"), "`modems`"),
        (format!("{config}  - {{ name: second, address: \"sim:\" }}\n"), "`modems`"),
        (config.replace("path: state", "path: elsewhere"), "`storage`"),
        (format!("limits: {{ retention: 3d }}\nstorm: {{ enabled: false }}\n{config}"), "`limits`, `storm`"),
    ];
    for (changed, names) in cases {
        bench.installation.write("nightbell.yml", &changed);
        let answer = reload(bench.gateway.address);
        let sentence = format!("{names} changed, which needs a restart; nothing was taken over\n");
        assert_eq!((answer.status, answer.body), (500, sentence));
        assert_eq!(bench.figure(TAKEN_OVER), 0.0);
    }
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1);
    assert_eq!(bench.settled()[0].number, "+33639980001", "the routing file beside it was not taken over either");
    bench.installation.write("nightbell.yml", &config);
    assert_eq!(reload(bench.gateway.address).status, 200);
    assert_eq!(bench.figure(TAKEN_OVER), 1.0);
}

#[test]
fn next_text_goes_to_the_new_number() {
    let bench = Bench::start();
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1);
    bench.settled();
    bench.installation.write("routing.yml", &ROUTING.replace("+33639980001", "+33639980003"));
    assert_eq!(reload(bench.gateway.address).status, 200);
    assert_eq!(bench.owed(&fires("DiskFull", "db-2")), 1);
    let numbers: Vec<String> = bench.settled().into_iter().map(|text| text.number).collect();
    assert_eq!(numbers, ["+33639980001", "+33639980003"]);
}

#[test]
fn next_text_is_in_the_new_words_and_a_broken_template_is_refused() {
    let files = [("default.hbs", "old {{severity}} {{host}}")];
    let bench = Bench::with_files("{}", "templates: [ \"*.hbs\" ]", ROUTING, &files);
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1);
    bench.installation.write("default.hbs", "new {{severity}} {{hots}}");
    let answer = reload(bench.gateway.address);
    assert_eq!(answer.status, 500, "{}", answer.body);
    assert!(answer.body.contains("default.hbs:1:"), "{}", answer.body);
    assert!(answer.body.contains("`hots` is not known to a text"), "{}", answer.body);
    assert_eq!(bench.owed(&fires("DiskFull", "db-2")), 1);
    bench.installation.write("default.hbs", "new {{severity}} {{host}}");
    assert_eq!(reload(bench.gateway.address).status, 200);
    assert_eq!(bench.owed(&fires("DiskFull", "db-3")), 1);
    assert_eq!(bench.words(), ["old critical db-1", "old critical db-2", "new critical db-3"]);
}

#[test]
fn token_is_replaced_by_a_reload() {
    let (old, new) = ("the-old-token-of-the-bell", "the-new-token-of-the-bell");
    let bench = Bench::with_files("{}", "web: { token_file: token }", ROUTING, &[("token", old)]);
    bench.installation.write("token", new);
    let bearer = |path: &str, token: &str, body: &str| {
        let credentials = format!("Bearer {token}");
        let headers = [("authorization", credentials.as_str())];
        request(bench.gateway.address, "POST", path, &headers, body.as_bytes()).status
    };
    assert_eq!(bearer("/-/reload", old, ""), 200);
    assert_eq!(bearer("/alerts", old, &fires("DiskFull", "db-1")), 403);
    assert_eq!(bearer("/alerts", new, &fires("DiskFull", "db-1")), 200);
    assert_eq!(bench.settled().len(), 1);
}

#[test]
fn texts_waiting_for_somebody_who_is_removed_are_told_to_the_fallback() {
    // The port is there, and nobody answers yet.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    let modem = format!("  - {{ name: late, address: \"tcp://{}\" }}\n", listener.local_addr().expect("bound"));
    let installation = Installation::new(&modem, "", ROUTING);
    let gateway = installation.start();
    let answer = post_alerts(gateway.address, &fires("DiskFull", "db-1"));
    assert!(answer.body.contains("\"accepted\":1"), "{}", answer.body);
    let without_ana: Vec<&str> = ROUTING.lines().filter(|line| !line.starts_with("  ana:")).collect();
    installation.write("routing.yml", &without_ana.join("\n").replace("[bob, ana]", "[bob]").replace("[ana]", "[bob]"));
    let answer = reload(gateway.address);
    assert_eq!((answer.status, answer.body.as_str()), (200, "reloaded: 1 people\n"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
    let sim = Sim::new(Script::parse("{}").expect("a good script"));
    let ledger = sim.ledger();
    runtime.spawn(async move { sim.serve_tcp(tokio::net::TcpListener::from_std(listener).expect("a listener")).await });
    wait_until("the fallback gets no word", || !ledger.accepted().is_empty());
    let texts = ledger.accepted();
    assert_eq!(texts[0].number, "+33639980002");
    let says = words(&texts[0]);
    assert!(
        says.starts_with("NOT DELIVERED to ana (no longer in routing.yml): CRITICAL db-1 DiskFull since "),
        "{says}"
    );
    assert_eq!(texts.len(), 1);
    assert_eq!(ledger.violations(), Vec::<String>::new());
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_refused_and_holds_nobody_up() {
    let bench = Bench::start();
    let routing = bench.installation.path("routing.yml");
    std::fs::remove_file(&routing).expect("removed");
    let made = std::process::Command::new("mkfifo").arg(&routing).status().expect("coreutils");
    assert!(made.success());
    let answer = request(bench.gateway.address, "POST", "/-/reload", &[], b"");
    assert!(answer.status == 500 && answer.body.contains("this is no plain file"), "{answer:?}");
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1, "everything stays as it was");
}

#[test]
fn a_fallback_who_leaves_before_hearing_of_a_lost_text_is_replaced_by_the_next() {
    let faults = "faults: [ { on: submit, to: \"+33639980002\", do: cms, code: 1 }, \
                  { on: submit, to: \"+33639980001\", do: cms, code: 41 } ]";
    let routing = |fallback: &str, phone: &str| {
        format!(
            "people: {{ bob: {{ phone: \"+33639980002\" }}, {fallback}: {{ phone: \"{phone}\" }} }}\n\
             allowed_prefixes: [ \"+33\" ]\nroute: {{ page: [bob] }}\nfallback: [{fallback}]\n"
        )
    };
    let bench = Bench::of(faults, "", &routing("ana", "+33639980001"));
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1);
    // Bob's number is refused for good; ana, who is to hear of it, cannot be reached for now and leaves.
    bench.modem.wait_for("ana's refusal", |entries| {
        entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Refused { .. })).count() >= 2
    });
    bench.installation.write("routing.yml", &routing("eve", "+33639980003"));
    assert_eq!(reload(bench.gateway.address).status, 200);
    let told = bench.modem.wait_accepted(1);
    assert_eq!(told[0].number, "+33639980003");
    assert!(
        told[0].text.starts_with("NOT DELIVERED to ana (no longer in routing.yml): NOT DELIVERED to bob"),
        "{}",
        told[0].text
    );
}
