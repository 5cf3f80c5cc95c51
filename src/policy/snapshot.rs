//! What the routing file says, whole and checked: nobody downstream has to look again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::message::RecipientId;
use crate::oncall::Schedule;
use crate::route::{Matcher, Target, Targets, Tree};
use crate::sms::{Number, Prefix, transliterate};

/// One immutable snapshot; a reload replaces it whole.
///
/// Everybody named anywhere in it is in `people`, every schedule in `schedules`.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Everybody who may be told anything.
    pub people: BTreeMap<RecipientId, Person>,
    /// The on-call schedules by name.
    pub schedules: BTreeMap<String, Schedule>,
    /// Which alert goes to whom.
    pub tree: Tree,
    /// Whoever is told when nobody else is; at least one.
    pub fallback: Vec<RecipientId>,
    /// Alerts that are never texted and whose absence is, in the order of the file.
    pub heartbeats: Vec<HeartbeatRule>,
    /// What a number may start with; at least one. Every number in `people` keeps to it.
    pub allowed_prefixes: Vec<Prefix>,
    /// Which labels say what.
    pub labels: LabelNames,
}

impl Policy {
    /// Everybody to tell at an instant, each once.
    ///
    /// Targets that come to nobody (a schedule that has not begun) are the fallback's. Empty only for
    /// `page: []`, which somebody wrote on purpose.
    #[must_use]
    pub fn recipients(&self, targets: &Targets, at: Timestamp) -> BTreeSet<RecipientId> {
        let mut recipients = self.named(targets, at);
        if recipients.is_empty() && !targets.is_empty() {
            recipients.extend(self.fallback.iter().cloned());
        }
        recipients
    }

    /// Whether targets name somebody and come to nobody at an instant, so that the fallback stands in.
    #[must_use]
    pub fn reaches_nobody(&self, targets: &Targets, at: Timestamp) -> bool {
        !targets.is_empty() && self.named(targets, at).is_empty()
    }

    fn named(&self, targets: &Targets, at: Timestamp) -> BTreeSet<RecipientId> {
        let mut named = BTreeSet::new();
        for target in targets.iter() {
            match target {
                Target::Person(id) => named.extend([id.clone()]),
                Target::Schedule(name) => named.extend(self.on_call(name, at)),
            }
        }
        named
    }

    /// Where texts to a person go; nothing for somebody a reload has removed.
    #[must_use]
    pub fn number(&self, id: &RecipientId) -> Option<&Number> {
        self.people.get(id).map(|person| &person.number)
    }

    /// The first heartbeat an alert belongs to.
    #[must_use]
    pub fn heartbeat(&self, labels: &BTreeMap<String, String>) -> Option<&HeartbeatRule> {
        self.heartbeats.iter().find(|rule| rule.matchers.iter().all(|matcher| matcher.matches(labels)))
    }

    /// How bad it is: the first of the `severity` labels that is there and not empty.
    #[must_use]
    pub fn severity<'a>(&self, labels: &'a BTreeMap<String, String>) -> Option<&'a str> {
        first_of(&self.labels.severity, labels)
    }

    /// Where it is: the first of the `host` labels that is there and not empty, as it came (`db1:9100`).
    #[must_use]
    pub fn host<'a>(&self, labels: &'a BTreeMap<String, String>) -> Option<&'a str> {
        first_of(&self.labels.host, labels)
    }

    fn on_call(&self, schedule: &str, at: Timestamp) -> Vec<RecipientId> {
        self.schedules.get(schedule).map(|schedule| schedule.on_call(at)).unwrap_or_default()
    }
}

/// Somebody who may be told.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their mobile phone.
    pub number: Number,
    /// The zone times in their texts are in; absent: the renderer's choice.
    pub timezone: Option<TimeZone>,
    /// The language of their texts, a tag such as `fr`; absent: the renderer's choice.
    pub language: Option<String>,
}

/// An alert that fires while all is well, such as Watchdog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeartbeatRule {
    /// Unique among the heartbeats; a metric label.
    pub name: String,
    /// All of them have to hold; at least one of them needs a label to be there.
    pub matchers: Vec<Matcher>,
    /// How often it has to come.
    pub every: SignedDuration,
}

/// Which labels to look at, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelNames {
    /// For how bad it is.
    pub severity: Vec<String>,
    /// For where it is.
    pub host: Vec<String>,
}

impl Default for LabelNames {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self { severity: owned(&["severity"]), host: owned(&["host", "node", "instance"]) }
    }
}

/// Whether a phone would show anything of a value.
fn is_legible(value: &str) -> bool {
    value.bytes().any(|byte| byte.is_ascii_graphic()) || !transliterate(value).text.trim().is_empty()
}

fn first_of<'a>(names: &[String], labels: &'a BTreeMap<String, String>) -> Option<&'a str> {
    names.iter().filter_map(|name| labels.get(name)).map(String::as_str).find(|value| is_legible(value))
}
