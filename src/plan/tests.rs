//! Notifications in, texts and memory out: the plan alone, with the memory kept as the ledger would.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::alert::{Notification, Status, read};
use crate::message::{PageCode, Priority, RecipientId, TextKind};
use crate::page::{Memory, OpenPage};
use crate::plan::{DuplicateKind, PageChange, Plan, Setting, plan};
use crate::policy::Policy;
use crate::render::{TemplateFile, Templates};

const ROUTING: &str = r#"
people:
  ana: { phone: "+33639980001", timezone: Europe/Brussels }
  bob: { phone: "+33639980002" }
  eve: { phone: "+33639980003" }
schedules:
  nights:
    timezone: UTC
    rotation: { every: 1d, handoff: "09:00", from: 2026-01-05, members: [ana, bob] }
  later:
    timezone: UTC
    rotation: { every: 1d, handoff: "09:00", from: 2030-01-05, members: [ana] }
allowed_prefixes: [ "+33" ]
route:
  page: [ana]
  routes:
    - { matchers: [ 'severity="info"' ], page: [] }
    - { matchers: [ 'team="web"' ], page: [bob, ana] }
    - { matchers: [ 'team="db"' ], page: [bob], continue: true }
    - { matchers: [ 'team="db"', 'host="db-1"' ], page: [bob, eve], template: mine }
    - { matchers: [ 'team="nights"' ], page: [schedule:nights] }
    - { matchers: [ 'team="gap"' ], page: [schedule:later] }
fallback: [eve]
heartbeats: [ { matchers: [ 'alertname="Watchdog"' ], every: 5m } ]
"#;

/// A desk that plays the ledger's part.
struct Desk {
    policy: Policy,
    templates: Templates,
    memory: Memory,
    now: Timestamp,
    codes: u32,
}

impl Desk {
    fn new() -> Self {
        let mine = TemplateFile {
            name: "mine".to_owned(),
            file: "mine.hbs".to_owned(),
            source: "MINE {{severity}} {{host}} {{alertname}}".to_owned(),
        };
        Self {
            policy: Policy::load("routing.yml", ROUTING).expect("a good file"),
            templates: Templates::load(&[mine]).unwrap_or_else(|findings| panic!("{findings:?}")),
            memory: Memory::default(),
            now: "2026-11-22T07:20:00Z".parse().expect("a time"),
            codes: 1,
        }
    }

    fn later(&mut self, minutes: i64) -> &mut Self {
        self.now += SignedDuration::from_mins(minutes);
        self
    }

    fn plan(&mut self, notification: &Notification) -> Plan {
        self.codes += 1000;
        let setting = Setting {
            policy: &self.policy,
            templates: &self.templates,
            now: self.now,
            fresh_code: PageCode::from_random(self.codes),
        };
        let plan = plan(notification, &self.memory, &setting);
        self.remember(notification, &plan);
        plan
    }

    fn remember(&mut self, notification: &Notification, plan: &Plan) {
        for change in &plan.told {
            let known = self.memory.told.entry(change.fingerprint.clone()).or_default();
            let version = change.based_on.unwrap_or(0) + 1;
            known.retain(|(person, _)| *person != change.recipient);
            known.push((change.recipient.clone(), crate::page::Told { version, ..change.now.clone() }));
        }
        match (plan.page, plan.code) {
            (PageChange::Open, Some(code)) => {
                self.memory.page = Some(OpenPage { code, sender: notification.external_url.clone() });
            }
            (PageChange::Close, _) => self.memory.page = None,
            _ => {}
        }
        let mut open: BTreeMap<RecipientId, u64> = BTreeMap::new();
        for (person, told) in self.memory.told.values().flatten() {
            *open.entry(person.clone()).or_default() += u64::from(told.open);
        }
        self.memory.open = open;
    }

    fn texts(&mut self, notification: &Notification) -> Vec<String> {
        self.plan(notification).drafts.iter().map(|draft| format!("{}: {}", draft.recipient, draft.body)).collect()
    }
}

/// A notification in a few words: `+` fires, `-` is over; host and team follow.
fn note(alerts: &[&str]) -> Notification {
    let status = if alerts.iter().any(|words| words.starts_with('+')) { "firing" } else { "resolved" };
    let alerts: Vec<String> = alerts.iter().map(|words| alert(words)).collect();
    let body = format!(
        r#"{{"version":"4","status":"{status}","groupKey":"g","externalURL":"http://am-1.example.org","alerts":[{}]}}"#,
        alerts.join(",")
    );
    read(body.as_bytes()).expect("readable")
}

fn alert(words: &str) -> String {
    let mut words = words.split(' ');
    let status = if words.next() == Some("+") { "firing" } else { "resolved" };
    let host = words.next().unwrap_or_default();
    let team = words.next().unwrap_or("none");
    let severity = words.next().unwrap_or("critical");
    let name = words.next().unwrap_or("DiskFull");
    let ends = if status == "firing" { "0001-01-01T00:00:00Z" } else { "2026-11-22T07:19:00Z" };
    format!(
        r#"{{"status":"{status}","labels":{{"alertname":"{name}","host":"{host}","team":"{team}","severity":"{severity}"}},
        "annotations":{{"summary":"disk full"}},"startsAt":"2026-11-22T07:11:49.596Z","endsAt":"{ends}"}}"#
    )
}

#[test]
fn each_alert_is_routed_by_its_own_labels_and_a_person_gets_one_text() {
    let mut desk = Desk::new();
    let texts = desk.texts(&note(&["+ web-1 web", "+ db-9 db", "+ x other", "+ i any info"]));
    let code = desk.memory.page.as_ref().expect("a page").code;
    assert_eq!(
        texts,
        [
            format!("ana: CRITICAL 2x DiskFull: web-1, x since 08:11: disk full #{code}"),
            format!("bob: CRITICAL 2x DiskFull: web-1, db-9 since 07:11Z: disk full #{code}"),
        ]
    );
}

#[test]
fn continue_reaches_more_people_and_the_first_route_of_a_person_writes() {
    let mut desk = Desk::new();
    let texts = desk.texts(&note(&["+ db-1 db"]));
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].starts_with("bob: CRITICAL db-1 DiskFull since"), "{texts:?}");
    assert!(texts[1].starts_with("eve: MINE critical db-1 DiskFull #"), "{texts:?}");
}

#[test]
fn copies_owe_nothing_and_say_which_kind_they_are() {
    let mut desk = Desk::new();
    let fires = note(&["+ x"]);
    assert_eq!(desk.plan(&fires).drafts.len(), 1);
    assert_eq!(desk.plan(&fires).duplicate, Some(DuplicateKind::Retry));
    let peer = Notification { external_url: "http://am-2.example.org".to_owned(), ..fires.clone() };
    assert_eq!(desk.plan(&peer).duplicate, Some(DuplicateKind::HaPeer));
    assert_eq!(desk.later(5).plan(&fires).duplicate, Some(DuplicateKind::Repeat));
    let plan = desk.later(20).plan(&fires);
    assert_eq!((plan.drafts.len(), plan.drafts[0].kind, plan.duplicate), (1, TextKind::Reminder, None));
    assert!(plan.drafts[0].body.as_str().starts_with("STILL CRITICAL x DiskFull since 08:11"));
}

#[test]
fn new_alert_in_an_open_group_is_told_alone_under_the_same_code() {
    let mut desk = Desk::new();
    let first = desk.plan(&note(&["+ x"]));
    let second = desk.plan(&note(&["+ x", "+ y"]));
    assert_eq!(second.drafts.len(), 1);
    assert_eq!(second.drafts[0].page, first.drafts[0].page);
    let words = second.drafts[0].body.as_str();
    assert!(words.contains(" y DiskFull") && !words.contains(" x"), "{words}");
}

#[test]
fn end_is_told_to_whoever_was_told_the_beginning() {
    let mut desk = Desk::new();
    // ana is on call in the nights rotation until 09:00, bob afterwards.
    let told: Vec<String> = desk.plan(&note(&["+ n nights"])).drafts.iter().map(|d| d.recipient.to_string()).collect();
    let other: Vec<String> =
        desk.later(120).plan(&note(&["- n nights"])).drafts.iter().map(|d| d.recipient.to_string()).collect();
    assert_eq!(told, other);
    assert_eq!(desk.memory.page, None, "the page is closed");
}

#[test]
fn all_clear_only_when_nothing_is_left() {
    let mut desk = Desk::new();
    desk.plan(&note(&["+ x", "+ y"]));
    let one = desk.texts(&note(&["- x", "+ y"]));
    assert!(one[0].starts_with("ana: RESOLVED critical x DiskFull after 7m"), "{one:?}");
    let rest = desk.texts(&note(&["- x", "- y"]));
    assert!(rest[0].starts_with("ana: ALL CLEAR critical y DiskFull"), "{rest:?}");
}

#[test]
fn truncated_end_is_never_an_all_clear_and_closes_nothing() {
    let mut desk = Desk::new();
    desk.plan(&note(&["+ x"]));
    let cut = Notification { truncated_alerts: 3, ..note(&["- x"]) };
    assert_eq!(cut.status, Status::Resolved);
    let plan = desk.plan(&cut);
    let words = plan.drafts[0].body.as_str();
    assert!(words.starts_with("RESOLVED") && words.contains("list cut, more may fire"), "{words}");
    assert_eq!(plan.page, PageChange::Keep);
}

#[test]
fn end_without_a_beginning_is_remembered_and_not_told() {
    let mut desk = Desk::new();
    let plan = desk.plan(&note(&["- x"]));
    assert!(plan.drafts.is_empty());
    assert!(desk.plan(&note(&["+ x"])).drafts.is_empty(), "its firing came late");
    assert_eq!(desk.later(10).plan(&note(&["+ x"])).drafts.len(), 1, "and after the window it is a new one");
}

#[test]
fn page_that_is_over_begins_anew_under_another_code() {
    let mut desk = Desk::new();
    let first = desk.plan(&note(&["+ x"])).drafts[0].page;
    desk.plan(&note(&["- x"]));
    let again = desk.later(60).plan(&note(&["+ x"]));
    assert_ne!(again.drafts[0].page, first);
    assert_eq!(again.page, PageChange::Open);
}

#[test]
fn nobody_is_nobody_only_where_it_is_written() {
    let mut desk = Desk::new();
    let silent = desk.plan(&note(&["+ x any info"]));
    assert_eq!((silent.drafts.len(), silent.to_nobody, silent.unrouted), (0, 1, 0));
    let gap = desk.plan(&note(&["+ x gap"]));
    assert_eq!((gap.drafts[0].recipient.as_str(), gap.unrouted), ("eve", 1));
}

#[test]
fn heartbeat_is_stamped_and_never_told() {
    let plan = Desk::new().plan(&note(&["+ x any critical Watchdog"]));
    assert_eq!((plan.drafts.len(), plan.heartbeats), (0, vec!["Watchdog".to_owned()]));
}

#[test]
fn worst_alert_gives_the_priority_and_stands_first() {
    let mut desk = Desk::new();
    let plan = desk.plan(&note(&["+ a web warning", "+ b web"]));
    assert_eq!(plan.drafts[0].priority, Priority::Critical);
    assert!(plan.drafts[0].body.as_str().starts_with("CRITICAL 2x DiskFull: b, a"), "{}", plan.drafts[0].body);
}

#[test]
fn ten_thousand_alerts_are_one_text_each_person_and_fit() {
    let alerts: Vec<String> = (0..10_000).map(|n| format!("+ host-{n} web")).collect();
    let words: Vec<&str> = alerts.iter().map(String::as_str).collect();
    let plan = Desk::new().plan(&note(&words));
    assert_eq!((plan.drafts.len(), plan.told.len()), (2, 20_000));
    let text = plan.drafts[0].body.as_str();
    assert!(text.starts_with("CRITICAL 10000x DiskFull: host-0, host-1"), "{text}");
    assert!(text.contains(" +99"), "{text}");
}
