//! One moment each: what is sent afterwards, and what the ledger tells of it.

use nightbell::modem::sim::{Entry, EntryKind};

use crate::gateway::{Gateway, Installation, ROUTING, SimModem, alert, notification};
use crate::http::{metric, post_alerts};
use crate::kill::watch::{PAUSE, ask, count, is_accepted, is_submitted, settle, settle_at_once};

/// To doubt no longer than it must.
const SHORT_GRACE: &str = "limits: { in_doubt_grace: 1s }";
/// Longer than a start takes, for answers that come to the new connection.
const LONG_GRACE: &str = "limits: { in_doubt_grace: 6s }";

/// An installation with one text on its way.
struct Scene {
    modem: SimModem,
    installation: Installation,
}

impl Scene {
    fn new(script: &str, limits: &str) -> Self {
        let modem = SimModem::start(script);
        let installation = Installation::new(&modem.line("stick"), limits, ROUTING);
        Self { modem, installation }
    }

    /// Starts a gateway, owes it a text and kills it as soon as the ledger says so.
    fn killed(script: &str, limits: &str, moment: impl FnMut(&[Entry]) -> bool) -> Self {
        let scene = Self::new(script, limits);
        let gateway = scene.installation.start();
        owe(&gateway, "db-1");
        scene.modem.wait_for("the moment", moment);
        gateway.kill();
        scene
    }

    /// Starts a gateway and waits until nothing is owed.
    fn settled(&self) -> Gateway {
        let gateway = self.installation.start();
        settle(&gateway);
        gateway
    }

    /// What the network took of it: for each copy whether it was marked.
    fn copies(&self) -> Vec<bool> {
        assert_eq!(self.modem.ledger().violations(), Vec::<String>::new());
        self.modem.ledger().accepted().iter().map(|accepted| accepted.text.ends_with('*')).collect()
    }

    /// `nightbell outbox show` of its first text: the states it went through, and the whole.
    fn story(&self) -> (Vec<String>, String) {
        let (code, shown, error) = self.installation.run(&["outbox", "show", "1"]);
        assert_eq!(code, 0, "{error}");
        let told = shown.lines().filter(|line| line.starts_with("  2")).collect::<Vec<_>>();
        let states = told.iter().filter_map(|line| line.split_whitespace().nth(1)).map(str::to_owned).collect();
        (states, shown)
    }

    #[track_caller]
    fn assert_story(&self, states: &[&str]) {
        let (told, shown) = self.story();
        assert_eq!(told, states, "{shown}");
    }
}

/// Posts an alert of a group of its own.
fn owe(gateway: &Gateway, host: &str) {
    let answer = post_alerts(gateway.address, &notification(host, &[alert("firing", "DiskFull", host, "critical")]));
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// The figures of this start: texts in doubt for a reason, and marked copies.
fn doubts(gateway: &Gateway, reason: &str) -> (f64, f64) {
    let in_doubt = format!("nightbell_texts_in_doubt_total{{modem=\"stick\",reason=\"{reason}\"}}");
    let value = |line: &str| metric(gateway.address, line).unwrap_or_else(|| panic!("there is no {line}"));
    (value(&in_doubt), value("nightbell_texts_marked_total"))
}

#[test]
fn killed_before_the_prompt_it_is_sent_once_and_unmarked() {
    let asked = |kind: &EntryKind| matches!(kind, EntryKind::Command { line } if line.starts_with("AT+CMGS="));
    let script = "faults: [ { on: cmgs, nth: 1, do: no_prompt } ]";
    let scene = Scene::killed(script, SHORT_GRACE, |entries| count(entries, asked) == 1);
    let gateway = scene.settled();
    assert_eq!(scene.copies(), [false]);
    assert_eq!(doubts(&gateway, "crash"), (0.0, 0.0));
    scene.assert_story(&["queued", "sending", "accepted"]);
}

#[test]
fn an_answer_kept_for_the_next_client_ends_the_doubt() {
    let script = "{ network_time: 100ms, late_result: to_next_client }";
    let scene = Scene::killed(script, LONG_GRACE, |entries| count(entries, is_submitted) == 1);
    scene.modem.wait_accepted(1);
    let gateway = scene.settled();
    assert_eq!(scene.copies(), [false]);
    assert_eq!(doubts(&gateway, "crash"), (1.0, 0.0));
    scene.assert_story(&["queued", "sending", "in_doubt", "accepted"]);
}

#[test]
fn an_answer_that_comes_to_the_new_connection_ends_the_doubt() {
    let script = "{ network_time: 2s, late_result: lost }";
    let scene = Scene::killed(script, LONG_GRACE, |entries| count(entries, is_submitted) == 1);
    let gateway = scene.settled();
    let entries = scene.modem.ledger().entries();
    let place = |is: fn(&EntryKind) -> bool| entries.iter().rposition(|entry| is(&entry.kind));
    assert!(place(|kind| *kind == EntryKind::Connected) < place(is_accepted), "the start took too long: {entries:#?}");
    assert_eq!(scene.copies(), [false]);
    assert_eq!(doubts(&gateway, "crash"), (1.0, 0.0));
    scene.assert_story(&["queued", "sending", "in_doubt", "accepted"]);
}

#[test]
fn a_text_whose_answer_is_lost_is_sent_again_and_marked() {
    let script = "{ network_time: 100ms, late_result: lost }";
    let scene = Scene::killed(script, SHORT_GRACE, |entries| count(entries, is_submitted) == 1);
    scene.modem.wait_accepted(1);
    let gateway = scene.settled();
    assert_eq!(scene.copies(), [false, true]);
    assert_eq!(doubts(&gateway, "crash"), (1.0, 1.0));
    let log = gateway.log();
    assert!(log.contains("in doubt: the process ended during its submission"), "{log}");
    assert!(log.contains("no evidence that it went out: queued again, marked *"), "{log}");
    scene.assert_story(&["queued", "sending", "in_doubt", "queued", "sending", "accepted"]);
}

#[test]
fn what_never_went_out_arrives_once_and_marked() {
    let script = "faults: [ { on: submit, nth: 1, do: ignore, accepted: false } ]";
    let scene = Scene::killed(script, SHORT_GRACE, |entries| count(entries, is_submitted) == 1);
    let gateway = scene.settled();
    assert_eq!(scene.copies(), [true]);
    assert_eq!(doubts(&gateway, "crash"), (1.0, 1.0));
}

#[test]
fn kills_inside_recovery_neither_lose_nor_repeat() {
    let script = "faults: [ { on: submit, nth: 1, do: ignore } ]";
    let scene = Scene::killed(script, SHORT_GRACE, |entries| count(entries, is_submitted) == 1);
    for _ in 0..2 {
        let gateway = scene.installation.start();
        // Inside the recovery, not before it.
        while scene.story().0 != ["queued", "sending", "in_doubt"] {
            std::thread::sleep(PAUSE);
        }
        gateway.kill();
    }
    let gateway = scene.settled();
    assert_eq!(scene.copies(), [false, true]);
    // Counted by the start that found it.
    assert_eq!(doubts(&gateway, "crash"), (0.0, 1.0));
    scene.assert_story(&["queued", "sending", "in_doubt", "queued", "sending", "accepted"]);
}

#[test]
fn a_copy_of_a_copy_is_marked_too() {
    let script = "faults: [ { on: submit, nth: 1, do: ignore }, { on: submit, nth: 2, do: ignore } ]";
    let scene = Scene::killed(script, SHORT_GRACE, |entries| count(entries, is_submitted) == 1);
    let gateway = scene.installation.start();
    scene.modem.wait_for("the second copy", |entries| count(entries, is_submitted) == 2);
    gateway.kill();
    let gateway = scene.installation.start();
    settle_at_once(&scene.installation, &gateway);
    assert_eq!(scene.copies(), [false, true, true]);
    assert_eq!(doubts(&gateway, "crash"), (1.0, 1.0));
    let (states, shown) = scene.story();
    assert_eq!(states.iter().filter(|state| *state == "in_doubt").count(), 2, "{shown}");
    assert!(shown.contains("3 attempts"), "{shown}");
}

#[test]
fn killed_after_the_answer_no_copy_is_unmarked() {
    let answered = |entries: &[Entry]| {
        let submitted = entries.iter().position(|entry| is_submitted(&entry.kind));
        submitted.is_some_and(|at| count(&entries[at..], |kind| matches!(kind, EntryKind::Answered { .. })) > 0)
    };
    let scene = Scene::killed("{ network_time: 100ms }", SHORT_GRACE, answered);
    let _gateway = scene.settled();
    // Whether the outcome was on disk already is a matter of microseconds.
    let (copies, (states, shown)) = (scene.copies(), scene.story());
    if copies == [false] {
        assert_eq!(states, ["queued", "sending", "accepted"], "{shown}");
    } else {
        assert_eq!(copies, [false, true], "{shown}");
        assert_eq!(states, ["queued", "sending", "in_doubt", "queued", "sending", "accepted"], "{shown}");
    }
}

#[test]
fn a_link_cut_behind_the_commit_byte_costs_a_marked_copy_at_most() {
    let cases: [(&str, &str, &[bool], f64); 3] = [
        ("accepted: true", "lost", &[false, true], 1.0),
        ("accepted: false", "lost", &[true], 1.0),
        ("accepted: true", "to_next_client", &[false], 0.0),
    ];
    for (accepted, late_result, copies, marked) in cases {
        let fault = format!("{{ on: submit, nth: 1, do: drop, {accepted} }}");
        let scene = Scene::new(&format!("{{ late_result: {late_result}, faults: [ {fault} ] }}"), SHORT_GRACE);
        let gateway = scene.installation.start();
        owe(&gateway, "db-1");
        settle(&gateway);
        assert_eq!(scene.copies(), copies, "{accepted}, {late_result}");
        assert_eq!(doubts(&gateway, "io"), (1.0, marked), "{accepted}, {late_result}");
        let (states, shown) = scene.story();
        assert!(states.starts_with(&["queued", "sending", "in_doubt"].map(str::to_owned)), "{shown}");
        assert!(states.ends_with(&["accepted".to_owned()]), "{shown}");
    }
}

#[test]
fn told_to_leave_it_finishes_the_text_in_flight_and_takes_no_more() {
    let scene = Scene::new("faults: [ { on: submit, nth: 1, do: late_accept, after: 2s } ]", SHORT_GRACE);
    let gateway = scene.installation.start();
    owe(&gateway, "db-1");
    scene.modem.wait_for("the commit", |entries| count(entries, is_submitted) == 1);
    owe(&gateway, "db-2");
    let address = gateway.address;
    gateway.signal(rustix::process::Signal::TERM);
    let late = notification("late", &[alert("firing", "DiskFull", "late", "critical")]);
    // What comes while the signal is on its way may still be taken; then it is owed.
    let mut owed = 2;
    while ask(address, "POST", "/alerts", &late.replace("late", &format!("late-{owed}"))) == Some(200) {
        owed += 1;
    }
    assert_eq!(scene.copies(), Vec::<bool>::new(), "the text was not in flight any more");
    let answer = ask(address, "POST", "/alerts", &late);
    assert!(matches!(answer, None | Some(503)), "{answer:?}");
    assert_eq!(gateway.wait(), 0);
    assert_eq!(scene.copies(), [false]);
    let entries = scene.modem.ledger().entries();
    let commit = entries.iter().position(|entry| is_submitted(&entry.kind)).expect("submitted");
    let ended = entries[commit..].iter().map(|entry| &entry.kind);
    let ended: Vec<_> = ended.filter(|kind| !is_submitted(kind) && !is_accepted(kind)).collect();
    assert!(
        matches!(ended[..], [EntryKind::Answered { result }, EntryKind::Disconnected] if result == "OK"),
        "{ended:?}"
    );
    scene.assert_story(&["queued", "sending", "accepted"]);
    let gateway = scene.settled();
    assert_eq!(scene.copies(), vec![false; owed]);
    assert_eq!(doubts(&gateway, "crash"), (0.0, 0.0));
    scene.assert_story(&["queued", "sending", "accepted"]);
}
