//! Accepting a notification. Shell.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tracing::{error, info, warn};

use crate::alert::{Fingerprint, GroupKey, Notification, Status};
use crate::clock::now;
use crate::intake::own::{OWN_SENDER, as_notification};
use crate::intake::owners::{Brought, Owners};

use crate::message::{Cause, PageCode, Trouble};
use crate::metrics::Metrics;
use crate::outbox::{Accept, Outbox, Recall, Write, WriteError};
use crate::page::Memory;
use crate::plan::{PageChange, Plan, Rules, Setting, plan};

/// The accept path; one of them, shared.
pub struct Intake {
    pub(crate) outbox: Outbox,
    pub(crate) rules: watch::Receiver<Arc<Rules>>,
    pub(crate) queued: Arc<Notify>,
    pub(crate) troubles: mpsc::Sender<Trouble>,
    pub(crate) metrics: Metrics,
    owners: Owners<GroupKey, Job>,
}

/// Held by whoever works on a group: should that end in a panic, whoever waits in the line hears of it.
struct Ownership<'a> {
    owners: &'a Owners<GroupKey, Job>,
    key: GroupKey,
}

impl Drop for Ownership<'_> {
    fn drop(&mut self) {
        self.owners.abandon(self.key);
    }
}

struct Job {
    notification: Arc<Notification>,
    reply: oneshot::Sender<Result<Receipt, Refusal>>,
}

/// What was owed and is on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// How many texts were queued.
    pub accepted: usize,
    /// Nothing new was owed.
    pub duplicate: bool,
    /// The page's code, if there is a page.
    pub code: Option<PageCode>,
}

/// Why a notification is not on disk. Always our fault, always worth a retry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The ledger cannot be read or written.
    Ledger(String),
    /// Too many copies of one group at once.
    Busy,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger(why) => write!(f, "not stored: {why}"),
            Self::Busy => f.write_str("not stored: too many notifications of this group at once"),
        }
    }
}

/// How often a plan is made anew because the ledger changed in between.
const MAX_PLANS: usize = 16;
/// A notification of more alerts is planned on a thread of its own, so that others are answered meanwhile.
const PLAN_ASIDE: usize = 100;

impl Intake {
    /// An accept path onto this ledger.
    #[must_use]
    pub fn new(
        outbox: Outbox,
        rules: watch::Receiver<Arc<Rules>>,
        queued: Arc<Notify>,
        troubles: mpsc::Sender<Trouble>,
        metrics: Metrics,
    ) -> Self {
        Self { outbox, rules, queued, troubles, metrics, owners: Owners::new() }
    }

    /// Accepts a notification: returns when everything it owes is on disk. Runs to its end even if the caller goes away.
    ///
    /// # Errors
    /// It is not on disk.
    pub async fn accept(self: &Arc<Self>, notification: Notification) -> Result<Receipt, Refusal> {
        let (reply, answer) = oneshot::channel();
        let key = notification.group_key;
        match self.owners.bring(key, Job { notification: Arc::new(notification), reply }) {
            Brought::Full => return Err(Refusal::Busy),
            Brought::Waits => {}
            Brought::Own(job) => drop(tokio::spawn(Arc::clone(self).own(key, job))),
        }
        answer.await.unwrap_or_else(|_| Err(Refusal::Ledger("the process is ending".to_owned())))
    }

    /// Stores that something of Nightbell's own is wrong.
    ///
    /// # Errors
    /// It is not on disk.
    pub async fn tell(self: &Arc<Self>, cause: Cause, words: impl Into<String>) -> Result<Receipt, Refusal> {
        let trouble = Trouble { cause, over: false, words: words.into() };
        self.accept(as_notification(&trouble, now())).await
    }

    /// Says that something of Nightbell's own is wrong. Never waits.
    pub fn trouble(&self, cause: Cause, words: impl Into<String>) {
        let trouble = Trouble { cause, over: false, words: words.into() };
        if self.troubles.try_send(trouble).is_err() {
            warn!("more troubles than can be told");
        }
    }

    async fn own(self: Arc<Self>, key: GroupKey, first: Job) {
        let ownership = Ownership { owners: &self.owners, key };
        let mut job = Some(first);
        while let Some(Job { notification, reply }) = job {
            let result = self.accept_now(&notification).await;
            // The sender may have gone; what is on disk stays.
            let _ = reply.send(result);
            job = self.owners.next(key);
        }
        // Given up in order.
        std::mem::forget(ownership);
    }

    async fn accept_now(&self, notification: &Arc<Notification>) -> Result<Receipt, Refusal> {
        for _ in 0..MAX_PLANS {
            let plan = self.plan(notification).await?;
            match self.commit(notification, &plan).await {
                Ok(()) => return Ok(self.done(notification, plan)),
                Err(WriteError::Conflict) => {}
                Err(error) => {
                    error!(%error, "a notification could not be stored");
                    return Err(Refusal::Ledger(error.to_string()));
                }
            }
        }
        Err(Refusal::Busy)
    }

    async fn plan(&self, notification: &Arc<Notification>) -> Result<Plan, Refusal> {
        let mut fingerprints: Vec<Fingerprint> =
            notification.alerts.iter().map(|alert| alert.fingerprint.clone()).collect();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        let count_open = notification.alerts.iter().any(|alert| alert.status == Status::Resolved);
        let recalled = self.outbox.recall(Recall { group: notification.group_key, fingerprints, count_open }).await;
        let memory = recalled.map_err(|error| Refusal::Ledger(error.0))?;
        let rules = self.rules.borrow().clone();
        let fresh_code = fresh_code();
        if notification.alerts.len() < PLAN_ASIDE {
            return Ok(plan_with(notification, &memory, &rules, fresh_code));
        }
        let notification = Arc::clone(notification);
        let aside = tokio::task::spawn_blocking(move || plan_with(&notification, &memory, &rules, fresh_code));
        aside.await.map_err(|error| Refusal::Ledger(error.to_string()))
    }

    async fn commit(&self, notification: &Notification, plan: &Plan) -> Result<(), WriteError> {
        if plan.drafts.is_empty() && plan.told.is_empty() && plan.page == PageChange::Keep {
            return Ok(());
        }
        let accept = Accept {
            at: now(),
            drafts: plan.drafts.clone(),
            told: plan.told.clone(),
            group: Some(notification.group_key),
            open: (plan.page == PageChange::Open)
                .then_some(plan.code)
                .flatten()
                .map(|code| (code, notification.external_url.clone())),
            close: plan.page == PageChange::Close,
        };
        self.outbox.write(Write::Accept(Box::new(accept))).await.map(drop)
    }

    fn done(&self, notification: &Notification, plan: Plan) -> Receipt {
        if !plan.drafts.is_empty() {
            self.queued.notify_one();
        }
        let at = now().as_second() as f64;
        for name in &plan.heartbeats {
            self.metrics.heartbeat.with_label_values(&[name.as_str()]).set(at);
        }
        if let Some(kind) = plan.duplicate.filter(|_| notification.external_url != OWN_SENDER) {
            self.metrics.duplicates.with_label_values(&[kind.as_str()]).inc();
        }
        self.metrics.unrouted.inc_by(plan.unrouted);
        for failure in &plan.template_failures {
            self.metrics.template_failures.with_label_values(&[failure.template.as_str()]).inc();
            error!(
                template = failure.template,
                why = failure.why,
                "a template failed; the text was written in plain words"
            );
            self.trouble(
                Cause::Template(failure.template.clone()),
                format!("template {} fails, texts are in plain words: {}", failure.template, failure.why),
            );
        }
        let receipt = Receipt {
            accepted: plan.drafts.len(),
            duplicate: plan.drafts.is_empty() && plan.duplicate.is_some(),
            code: plan.code,
        };
        info!(
            page = plan.code.map(|code| code.to_string()),
            receiver = notification.receiver,
            alerts = notification.alerts.len(),
            texts = receipt.accepted,
            duplicate = receipt.duplicate,
            to_nobody = plan.to_nobody,
            "notification stored"
        );
        receipt
    }

    /// Counts what a sender has sent, before anything is made of it. Nightbell's own troubles are nobody's sending.
    pub fn count_received(&self, notification: &Notification) {
        self.metrics.last_webhook.set(Some(now().as_second() as f64));
        let firing = notification.alerts.iter().filter(|alert| alert.status == Status::Firing).count();
        let resolved = notification.alerts.len() - firing;
        for (status, count) in [(Status::Firing, firing), (Status::Resolved, resolved)] {
            self.metrics.alerts_received.with_label_values(&[status.as_str()]).inc_by(count as u64);
        }
        if !notification.is_complete() {
            self.metrics.truncated.inc();
        }
        if !notification.conforming {
            self.metrics.nonconforming.inc();
        }
    }
}

fn plan_with(notification: &Notification, memory: &Memory, rules: &Rules, fresh_code: PageCode) -> Plan {
    let setting = Setting { policy: &rules.policy, templates: &rules.templates, now: now(), fresh_code };
    plan(notification, memory, &setting)
}

/// A code nobody can guess; that it is free is seen when it is written.
pub(crate) fn fresh_code() -> PageCode {
    let bits = getrandom::u32().unwrap_or_else(|_| now().as_nanosecond() as u32);
    PageCode::from_random(bits)
}
