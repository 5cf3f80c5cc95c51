//! Who gets which alerts of a notification.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::alert::{Alert, Labels, Notification, Status};
use crate::message::RecipientId;
use crate::page::Memory;
use crate::policy::Policy;
use crate::route::RouteHit;

/// What a route says about an alert, as it applies to one person.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    /// Where the route stands in the routing file.
    pub path: &'a str,
    /// The family of templates.
    pub template: &'a str,
    /// How soon an open alert may be told again.
    pub remind_after: SignedDuration,
}

/// The path shown for alerts that go to the fallback because a route came to nobody.
pub const NOBODY_PATH: &str = "fallback";

/// Nightbell's own troubles are told again once an hour at most, whatever the route says.
const OWN_REMIND_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// The alerts of one notification, shared out.
#[derive(Debug, Default)]
pub(crate) struct Shares<'a> {
    /// For each person their alerts, each with the first route that named the person.
    pub people: BTreeMap<RecipientId, Vec<(&'a Alert, Route<'a>)>>,
    /// Heartbeats among the alerts: stamped, never texted.
    pub heartbeats: BTreeSet<&'a str>,
    /// Alerts whose route says `page: []`.
    pub to_nobody: u64,
    /// Alerts whose route came to nobody although it names somebody; the fallback has them.
    pub unrouted: u64,
}

/// Shares out a notification. The end of an alert is also for whoever was told of its beginning, on call or not.
pub(crate) fn share<'a>(
    notification: &'a Notification,
    policy: &'a Policy,
    memory: &'a Memory,
    now: Timestamp,
) -> Shares<'a> {
    let mut shares = Shares::default();
    let mut on_call: HashMap<&str, BTreeSet<RecipientId>> = HashMap::new();
    for alert in &notification.alerts {
        if let Some(rule) = policy.heartbeat(&alert.labels) {
            shares.heartbeats.insert(&rule.name);
            continue;
        }
        let mut named: BTreeMap<&RecipientId, Route<'a>> = BTreeMap::new();
        let hits = policy.tree.resolve(&alert.labels);
        for hit in &hits {
            on_call.entry(hit.path).or_insert_with(|| policy.recipients(hit.page, now));
        }
        for hit in &hits {
            for person in on_call.get(hit.path).into_iter().flatten() {
                named.entry(person).or_insert(route(hit, alert));
            }
        }
        if let (Status::Resolved, Some(hit)) = (alert.status, hits.first()) {
            for person in told_of(alert, memory).filter(|person| policy.people.contains_key(person)) {
                named.entry(person).or_insert(route(hit, alert));
            }
        }
        match named.is_empty() {
            true => shares.to_nobody += 1,
            false if hits.iter().any(|hit| policy.reaches_nobody(hit.page, now)) => shares.unrouted += 1,
            false => {}
        }
        for (person, route) in named {
            if !shares.people.contains_key(person) {
                shares.people.insert(person.clone(), Vec::new());
            }
            if let Some(alerts) = shares.people.get_mut(person) {
                alerts.push((alert, route));
            }
        }
    }
    shares.people.values_mut().for_each(each_once);
    shares
}

/// Which routes answer for a set of labels and whom each reaches now: what `routes test` shows.
#[must_use]
pub fn routes_of<'a>(
    policy: &'a Policy,
    labels: &Labels,
    now: Timestamp,
) -> Vec<(RouteHit<'a>, BTreeSet<RecipientId>)> {
    policy.tree.resolve(labels).into_iter().map(|hit| (hit, policy.recipients(hit.page, now))).collect()
}

fn route<'a>(hit: &RouteHit<'a>, alert: &Alert) -> Route<'a> {
    let own = alert.labels.get("nightbell").is_some_and(|value| value == "self");
    let remind_after = if own { hit.remind_after.max(OWN_REMIND_AFTER) } else { hit.remind_after };
    Route { path: hit.path, template: hit.template, remind_after }
}

/// Whoever was told that an alert fires and not yet that it is over.
fn told_of<'a>(alert: &Alert, memory: &'a Memory) -> impl Iterator<Item = &'a RecipientId> {
    let known = memory.told.get(&alert.fingerprint).into_iter().flatten();
    known.filter(|(_, told)| told.open && told.told_at.is_some()).map(|(person, _)| person)
}

/// A sender may list an instance twice; the last word counts.
fn each_once(alerts: &mut Vec<(&Alert, Route<'_>)>) {
    let mut last: HashMap<&str, usize> = HashMap::new();
    for (index, (alert, _)) in alerts.iter().enumerate() {
        last.insert(alert.fingerprint.as_str(), index);
    }
    let mut index = 0;
    alerts.retain(|(alert, _)| {
        index += 1;
        last.get(alert.fingerprint.as_str()) == Some(&(index - 1))
    });
}
