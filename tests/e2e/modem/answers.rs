//! What the gateway makes of each kind of answer to a submission.

use nightbell::modem::sim::EntryKind;

use crate::gateway::{Gateway, Installation, ROUTING, SimModem, alert, notification};
use crate::http::{get, metric, post_alerts};
use crate::modem::{ANA, BOB, hosts, page, submitted, wait_until, wait_up};

/// What is in doubt is decided after a second.
const SHORT_GRACE: &str = "limits: { in_doubt_grace: 1s }";

/// Everything the ledger of the gateway holds, newest first.
fn texts(installation: &Installation) -> Vec<serde_json::Value> {
    let state = installation.path("state");
    let place = format!("--storage.path={}", state.display());
    let (code, out, err) = installation.run(&["outbox", "list", "--json", &place]);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).expect("JSON")
}

fn outcomes(gateway: &Gateway, outcome: &str, person: &str) -> f64 {
    let line = format!("nightbell_texts_total{{outcome=\"{outcome}\",recipient=\"{person}\",severity=\"critical\"}}");
    metric(gateway.address, &line).unwrap_or(0.0)
}

fn all_done(gateway: &Gateway) {
    wait_until("nothing is open", || get(gateway.address, "/-/ready").body.contains("\"open_texts\":0"));
}

#[test]
fn what_the_network_or_the_sim_refuses_on_one_modem_goes_out_by_another_at_once() {
    for code in [38, 10] {
        let refusing = SimModem::start(&format!("faults: [ {{ on: submit, do: cms, code: {code} }} ]"));
        let good = SimModem::start("{}");
        let modems = refusing.line("a") + &good.line("b");
        let installation = Installation::new(&modems, "", ROUTING);
        let gateway = installation.start();
        wait_up(&gateway, &["a", "b"]);
        page(&gateway, "db-1");
        let accepted = good.wait_accepted(1);
        assert_eq!((hosts(&accepted), submitted(&refusing.ledger()).len()), (vec!["db-1".to_owned()], 1), "{code}");
        let refused = EntryKind::Refused { code: Some(code) };
        let refused = refusing.ledger().entries().into_iter().find(|entry| entry.kind == refused).expect("refused").at;
        let taken = good.ledger().entries();
        let taken = taken.iter().find(|entry| matches!(entry.kind, EntryKind::Accepted(_))).expect("taken").at;
        assert!(taken.duration_since(refused).as_secs_f64() < 2.0, "{code}: at once, not after a rest");
        all_done(&gateway);
        assert!(accepted[0].text.ends_with(char::is_alphanumeric), "no second copy, so no mark: {}", accepted[0].text);
        let failures = format!("nightbell_send_failures_total{{modem=\"a\",reason=\"cms_{code}\"}}");
        assert_eq!(metric(gateway.address, &failures), Some(1.0));
    }
}

#[test]
fn a_number_that_does_not_exist_fails_and_the_fallback_is_told() {
    let modem = SimModem::start(&format!("faults: [ {{ on: submit, to: \"{ANA}\", do: cms, code: 1 }} ]"));
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let gateway = installation.start();
    page(&gateway, "db-1");
    let accepted = modem.wait_accepted(1);
    assert_eq!(accepted[0].number, BOB);
    assert!(
        accepted[0].text.starts_with("NOT DELIVERED to ana (number unknown): CRITICAL db-1 "),
        "{}",
        accepted[0].text
    );
    all_done(&gateway);
    assert_eq!((outcomes(&gateway, "failed", "ana"), outcomes(&gateway, "accepted", "bob")), (1.0, 1.0));
    assert_eq!(submitted(&modem.ledger()).len(), 2, "tried once, told once");
}

#[test]
fn a_poison_number_never_blocks_others() {
    // A form that is refused, a network that will not, and an answer nobody can read, each for one number only.
    for code in [304, 38, 500] {
        let script = format!("faults: [ {{ on: submit, to: \"{ANA}\", do: cms, code: {code} }} ]");
        let modem = SimModem::start(&script);
        let installation = Installation::new(&modem.line("stick"), SHORT_GRACE, ROUTING);
        let gateway = installation.start();
        page(&gateway, "db-1");
        modem.wait_for("ana's text is refused", |entries| {
            entries.iter().any(|entry| entry.kind == EntryKind::Refused { code: Some(code) })
        });
        let for_both =
            alert("firing", "HttpErrors", "web-1", "critical").replace("\"host\"", "\"team\":\"web\",\"host\"");
        assert_eq!(post_alerts(gateway.address, &notification("web", &[for_both])).status, 200);
        let told = || modem.ledger().accepted().iter().any(|text| text.number == BOB);
        wait_until(&format!("bob is told although ana's number answers {code}"), told);
    }
}

#[test]
fn an_answer_that_proves_nothing_leads_to_one_more_copy_with_a_mark() {
    let modem = SimModem::start("faults: [ { on: submit, nth: 1, do: cms, code: 500, accepted: true } ]");
    let installation = Installation::new(&modem.line("stick"), SHORT_GRACE, ROUTING);
    let gateway = installation.start();
    page(&gateway, "db-1");
    let accepted = modem.wait_accepted(2);
    assert_eq!(accepted[1].text, accepted[0].text.clone() + "*");
    assert!(submitted(&modem.ledger())[1].reject_duplicates, "the service centre is asked to refuse a second copy");
    all_done(&gateway);
    assert_eq!(modem.ledger().accepted().len(), 2);
    let in_doubt = metric(gateway.address, "nightbell_texts_in_doubt_total{modem=\"stick\",reason=\"cms_500\"}");
    assert_eq!((in_doubt, metric(gateway.address, "nightbell_texts_marked_total")), (Some(1.0), Some(1.0)));
}

#[test]
fn a_modem_whose_answers_never_prove_anything_does_not_flood_a_phone() {
    let modem =
        SimModem::start(&format!("faults: [ {{ on: submit, to: \"{ANA}\", do: cms, code: 500, accepted: true }} ]"));
    let installation = Installation::new(&modem.line("stick"), SHORT_GRACE, ROUTING);
    let gateway = installation.start();
    page(&gateway, "db-1");
    modem.wait_accepted(2);
    // Whoever else is told next shows how far it went in the meantime.
    let other = alert("firing", "HttpErrors", "web-1", "critical").replace("\"host\"", "\"team\":\"web\",\"host\"");
    assert_eq!(post_alerts(gateway.address, &notification("web", &[other])).status, 200);
    let copies = || modem.ledger().accepted().iter().filter(|text| text.text.contains(" db-1 ")).count();
    let is_told = || modem.ledger().accepted().iter().any(|text| text.number == BOB);
    wait_until("bob is told", || is_told() || copies() > 3);
    let copies = copies();
    assert!(copies <= 3, "{copies} copies of one text on one phone");
}

#[test]
fn the_reason_of_a_doubt_is_the_answer_that_left_it() {
    let modem = SimModem::start(&format!("faults: [ {{ on: submit, to: \"{ANA}\", do: cms, code: 500 }} ]"));
    let installation =
        Installation::new(&modem.line("stick"), "limits: { in_doubt: drop, in_doubt_grace: 1s }", ROUTING);
    let gateway = installation.start();
    page(&gateway, "db-1");
    let accepted = modem.wait_accepted(1);
    assert!(accepted[0].text.starts_with("NOT DELIVERED to ana (cms_500): "), "{}", accepted[0].text);
    all_done(&gateway);
    let texts = texts(&installation);
    let lost = texts.iter().find(|text| text["recipient"] == "ana").expect("ana's text");
    assert_eq!((&lost["state"], &lost["reason"]), (&"failed".into(), &"cms_500".into()));
}

#[test]
fn what_the_service_centre_holds_already_is_accepted() {
    let modem = SimModem::start("faults: [ { on: submit, nth: 1, do: cms, code: 197 } ]");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let gateway = installation.start();
    page(&gateway, "db-1");
    wait_until("it counts as accepted", || outcomes(&gateway, "accepted", "ana") == 1.0);
    all_done(&gateway);
    assert_eq!(submitted(&modem.ledger()).len(), 1, "no second copy");
}
