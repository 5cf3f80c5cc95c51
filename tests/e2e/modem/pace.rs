//! How little is said beside the texts themselves, and how little time is lost between them.

use nightbell::modem::sim::{Entry, EntryKind};

use crate::gateway::{Installation, ROUTING};
use crate::modem::{LateModem, NO_GOVERNOR, hosts, page, wait_until};

/// Twenty texts waiting for a modem that then comes up; what happened at it, from the first `AT+CMGS` to the last
/// answer.
fn twenty(script: &str) -> Vec<Entry> {
    let mut modem = LateModem::bind(script);
    let installation = Installation::new(&modem.line("stick"), NO_GOVERNOR, ROUTING);
    let gateway = installation.start();
    let mut wanted: Vec<String> = (0..20).map(|n| format!("h-{n}")).collect();
    wanted.iter().for_each(|host| page(&gateway, host));
    modem.listen();
    let accepted = modem.wait_accepted(20);
    wanted.sort();
    assert_eq!(hosts(&accepted), wanted);
    let is_send = |entry: &Entry| matches!(&entry.kind, EntryKind::Command { line } if line.starts_with("AT+CMGS="));
    let is_answer = |entry: &Entry| matches!(entry.kind, EntryKind::Answered { .. });
    wait_until("the last answer", || modem.sim.ledger().entries().last().is_some_and(is_answer));
    let entries = modem.sim.ledger().entries();
    assert_eq!(modem.sim.ledger().violations(), Vec::<String>::new());
    let first = entries.iter().position(is_send).expect("a text was sent");
    let last = entries.iter().rposition(is_answer).expect("a text was answered");
    entries[first..=last].to_vec()
}

#[test]
fn a_text_costs_one_command() {
    let entries = twenty("{}");
    let commands: Vec<_> = entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Command { .. })).collect();
    assert_eq!(commands.len(), 20, "twenty texts, nothing but AT+CMGS in between: {commands:#?}");
}

#[test]
fn a_modem_with_texts_waiting_is_at_work_nine_tenths_of_the_time() {
    let entries = twenty("network_time: 200ms\nresult_time: 100ms");
    let seconds = |from: &Entry, to: &Entry| to.at.duration_since(from.at).as_secs_f64();
    let mut busy = 0.0;
    let mut began = None;
    for entry in &entries {
        match &entry.kind {
            EntryKind::Command { .. } => began = Some(entry),
            EntryKind::Answered { .. } => busy += began.take().map_or(0.0, |began| seconds(began, entry)),
            _ => {}
        }
    }
    let whole = seconds(&entries[0], &entries[entries.len() - 1]);
    let share = busy / whole;
    println!("at work {:.1} % of {whole:.2} s, {:.1} ms lost a text", 100.0 * share, 1000.0 * (whole - busy) / 19.0);
    assert!(share > 0.9, "at work {share:.3} of the time");
}
