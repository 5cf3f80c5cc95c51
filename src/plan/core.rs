//! The plan of one notification.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::alert::{Alert, Notification, Status};
use crate::message::{Draft, PageCode, RecipientId};
use crate::page::{Judgement, Memory, Told, ToldChange, judge};
use crate::plan::compose::{News, compose};
use crate::plan::share::share;
use crate::policy::Policy;
use crate::render::Templates;

/// What a plan is made with.
pub struct Setting<'a> {
    /// The routing file.
    pub policy: &'a Policy,
    /// The templates.
    pub templates: &'a Templates,
    /// The time.
    pub now: Timestamp,
    /// The code of a page opened by this notification.
    pub fresh_code: PageCode,
}

/// What a notification owes, and what is known after it.
#[derive(Debug, Default)]
pub struct Plan {
    /// At most one text a person.
    pub drafts: Vec<Draft>,
    /// What is known of the instances from now on.
    pub told: Vec<ToldChange>,
    /// What becomes of the page.
    pub page: PageChange,
    /// The page's code, if it has one.
    pub code: Option<PageCode>,
    /// Nothing new was owed because it was told already.
    pub duplicate: Option<DuplicateKind>,
    /// Names of heartbeats that were among the alerts.
    pub heartbeats: Vec<String>,
    /// Alerts whose route says `page: []`.
    pub to_nobody: u64,
    /// Alerts the fallback got because their route came to nobody.
    pub unrouted: u64,
    /// Templates that failed; plain words stand in their place.
    pub template_failures: Vec<TemplateFailure>,
    /// What gave way in whose text to make it fit, for `preview`; only where something did.
    pub shed: BTreeMap<RecipientId, Vec<String>>,
}

/// What becomes of a group's page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// A page is opened under the fresh code.
    Open,
    /// Nothing of it is open any more.
    Close,
}

/// Why a notification owed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicateKind {
    /// The same sender again within a minute: it missed our answer.
    Retry,
    /// Another peer of the cluster.
    HaPeer,
    /// The sender's own repetition, sooner than `remind_after`.
    Repeat,
}

impl DuplicateKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Retry, Self::HaPeer, Self::Repeat];

    /// The metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::HaPeer => "ha_peer",
            Self::Repeat => "repeat",
        }
    }
}

/// A template that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFailure {
    /// Which.
    pub template: String,
    /// Why, for the log.
    pub why: String,
}

/// A copy within so many seconds of the text is taken for a retry, later for a repetition. Words for a metric.
const RETRY_S: i64 = 60;

/// Plans one notification.
#[must_use]
pub fn plan(notification: &Notification, memory: &Memory, setting: &Setting<'_>) -> Plan {
    let shares = share(notification, setting.policy, memory, setting.now);
    let code = memory.page.as_ref().map_or(setting.fresh_code, |page| page.code);
    let mut plan = Plan {
        heartbeats: shares.heartbeats.iter().map(|name| (*name).to_owned()).collect(),
        to_nobody: shares.to_nobody,
        unrouted: shares.unrouted,
        ..Plan::default()
    };
    let mut told_before: Option<Timestamp> = None;
    let elsewhere = memory.open.iter().filter(|(person, _)| !shares.people.contains_key(*person));
    let mut open_after: u64 = elsewhere.map(|(_, count)| count).sum();
    for (person, alerts) in &shares.people {
        let mut news = News { person, items: Vec::new(), still_open: open_now(memory, person) };
        for (alert, route) in alerts {
            let known = memory.told(&alert.fingerprint, person);
            let judgement = judge(alert, known, route.remind_after, setting.now);
            news.still_open = match judgement {
                Judgement::New => news.still_open + 1,
                Judgement::Resolved => news.still_open.saturating_sub(1),
                Judgement::NothingToResolve if known.is_some_and(|known| known.open) => {
                    news.still_open.saturating_sub(1)
                }
                _ => news.still_open,
            };
            if judgement == Judgement::AlreadyTold {
                told_before = told_before.max(known.and_then(|known| known.told_at));
            }
            if let Some(now) = remember(alert, known, judgement, setting.now) {
                plan.told.push(ToldChange {
                    fingerprint: alert.fingerprint.clone(),
                    recipient: person.clone(),
                    based_on: known.map(|known| known.version),
                    now,
                });
            }
            if judgement.is_news() {
                news.items.push((alert, *route, judgement));
            }
        }
        open_after += news.still_open;
        if !news.items.is_empty() {
            let composed = compose(notification, &news, code, setting);
            plan.drafts.push(composed.draft);
            plan.template_failures.extend(composed.failure);
            if !composed.shed.is_empty() {
                plan.shed.insert(person.clone(), composed.shed);
            }
        }
    }
    plan.page = page_change(notification, memory, &plan, open_after);
    plan.code = (plan.page == PageChange::Open || memory.page.is_some()).then_some(code);
    if plan.drafts.is_empty() {
        plan.duplicate = told_before.map(|at| duplicate_kind(notification, memory, at, setting.now));
    }
    plan
}

fn open_now(memory: &Memory, person: &RecipientId) -> u64 {
    memory.open.get(person).copied().unwrap_or(0)
}

/// What is known of an instance after this alert; nothing where nothing changes.
fn remember(alert: &Alert, known: Option<&Told>, judgement: Judgement, now: Timestamp) -> Option<Told> {
    match judgement {
        Judgement::New => Some(Told {
            open: true,
            starts_at: alert.starts_at,
            ended_at: None,
            told_at: Some(now),
            closed_at: None,
            version: 0,
        }),
        Judgement::Reminder => known.map(|known| Told { told_at: Some(now), ..known.clone() }),
        Judgement::Resolved => known.map(|known| closed(alert, known.clone(), now)),
        // A resolved that came before its firing: remembered, so that the firing is known to be late.
        Judgement::NothingToResolve if known.is_none_or(|known| known.open) => {
            let fresh = Told {
                open: false,
                starts_at: alert.starts_at,
                ended_at: None,
                told_at: None,
                closed_at: None,
                version: 0,
            };
            Some(closed(alert, known.cloned().unwrap_or(fresh), now))
        }
        Judgement::NothingToResolve | Judgement::AlreadyTold | Judgement::LateDuplicate => None,
    }
}

fn closed(alert: &Alert, known: Told, now: Timestamp) -> Told {
    Told { open: false, ended_at: alert.ends_at.or(Some(now)), closed_at: Some(now), ..known }
}

fn page_change(notification: &Notification, memory: &Memory, plan: &Plan, open_after: u64) -> PageChange {
    let owes = !plan.drafts.is_empty();
    match &memory.page {
        None if owes => PageChange::Open,
        None => PageChange::Keep,
        Some(_) if notification.status == Status::Resolved && notification.is_complete() && open_after == 0 => {
            PageChange::Close
        }
        Some(_) => PageChange::Keep,
    }
}

fn duplicate_kind(notification: &Notification, memory: &Memory, told_at: Timestamp, now: Timestamp) -> DuplicateKind {
    match &memory.page {
        Some(page) if page.sender != notification.external_url => DuplicateKind::HaPeer,
        _ if now.duration_since(told_at).as_secs() < RETRY_S => DuplicateKind::Retry,
        _ => DuplicateKind::Repeat,
    }
}
