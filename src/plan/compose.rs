//! One person's news of one notification → one text.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::alert::{Alert, Labels, Notification, NotifyReason, Status};
use crate::message::{Draft, PageCode, Priority, RecipientId, TextKind};
use crate::page::Judgement;
use crate::plan::core::{Setting, TemplateFailure};
use crate::plan::share::Route;
use crate::plan::span;
use crate::policy::Policy;
use crate::render::{AlertView, MAX_BODY_SEPTETS, Told, View};
use crate::sms::{Text, gsm7};

/// What one person is owed.
pub(crate) struct News<'a> {
    pub person: &'a RecipientId,
    pub items: Vec<(&'a Alert, Route<'a>, Judgement)>,
    /// Instances of the page that stay open for this person after this notification.
    pub still_open: u64,
}

/// One person's text, and how it came to be.
pub(crate) struct Composed {
    pub draft: Draft,
    /// Why built-in words stand there instead of the template's.
    pub failure: Option<TemplateFailure>,
    /// What gave way to make it fit.
    pub shed: Vec<String>,
}

/// Writes the text. The news must not be empty.
pub(crate) fn compose(notification: &Notification, news: &News<'_>, code: PageCode, setting: &Setting<'_>) -> Composed {
    let fires = |judgement: Judgement| matches!(judgement, Judgement::New | Judgement::Reminder);
    let any_fires = news.items.iter().any(|(_, _, judgement)| fires(*judgement));
    let mut told: Vec<(&Alert, Route<'_>)> = news
        .items
        .iter()
        .filter(|(_, _, judgement)| fires(*judgement) == any_fires)
        .map(|(alert, route, _)| (*alert, *route))
        .collect();
    // Worst first, then oldest; the sender sorts by neither.
    told.sort_by_key(|(alert, _)| (priority(setting.policy, &alert.labels), alert.starts_at));
    let view = view(notification, news, &told, any_fires, setting);
    let family = told.first().map_or("default", |(_, route)| route.template);
    let state = if any_fires { Told::Firing } else { Told::Resolved };
    let rendered = setting.templates.render(&setting.templates.choose(family, state, told.len()), &view);
    let only_reminders = news.items.iter().all(|(_, _, judgement)| *judgement == Judgement::Reminder);
    let draft = Draft {
        recipient: news.person.clone(),
        page: code,
        kind: match (any_fires, only_reminders) {
            (false, _) => TextKind::Resolved,
            (true, true) => TextKind::Reminder,
            (true, false) => TextKind::Firing,
        },
        priority: told
            .iter()
            .map(|(alert, _)| priority(setting.policy, &alert.labels))
            .min()
            .unwrap_or(Priority::Critical),
        body: body(&rendered.fitted.text, code),
        began: told.iter().filter_map(|(alert, _)| alert.starts_at).min(),
    };
    let failure = rendered.failure.map(|why| TemplateFailure { template: rendered.template, why });
    Composed { draft, failure, shed: rendered.fitted.shed }
}

/// The words and the code, as one text. Words that cost more than [`MAX_BODY_SEPTETS`] are cut.
#[must_use]
pub fn body(words: &str, code: PageCode) -> Text {
    let mut kept = String::new();
    let mut spent = 0;
    for character in words.chars() {
        spent += gsm7::cost(character).unwrap_or(0);
        if spent > MAX_BODY_SEPTETS {
            break;
        }
        if gsm7::cost(character).is_some() {
            kept.push(character);
        }
    }
    Text::new(&format!("{} #{code}", kept.trim_end())).expect("words within their septets and a code fit one text")
}

fn priority(policy: &Policy, labels: &Labels) -> Priority {
    Priority::from_severity(policy.severity(labels))
}

/// What is shown as the name of an alert that has none.
const NO_NAME: &str = "unnamed alert";

/// What is shown as severity where the sender gives none: it counts as this.
const NO_SEVERITY: &str = "critical";

fn view(
    notification: &Notification,
    news: &News<'_>,
    told: &[(&Alert, Route<'_>)],
    any_fires: bool,
    setting: &Setting<'_>,
) -> View {
    let policy = setting.policy;
    let zone = policy.people.get(news.person).and_then(|person| person.timezone.as_ref());
    let severity = |labels| policy.severity(labels).unwrap_or(NO_SEVERITY).to_owned();
    let hosts = unique(told.iter().filter_map(|(alert, _)| policy.host(&alert.labels)));
    let names = unique(told.iter().map(|(alert, _)| alert.name().unwrap_or(NO_NAME)));
    let began = told.iter().filter_map(|(alert, _)| alert.starts_at).min();
    let ended = told.iter().filter_map(|(alert, _)| alert.ends_at).max().unwrap_or(setting.now);
    let count = |status| notification.alerts.iter().filter(|alert| alert.status == status).count();
    let first = told.first().map(|(alert, _)| *alert);
    let since = |at: Option<Timestamp>| at.map(|at| span::since(at, setting.now, zone)).unwrap_or_default();
    let until = if any_fires { setting.now } else { ended };
    View {
        status: if any_fires { "firing" } else { "resolved" },
        reminder: news.items.iter().all(|(_, _, judgement)| *judgement == Judgement::Reminder),
        all_clear: !any_fires && is_all_clear(notification, news),
        severity: first.map_or_else(|| NO_SEVERITY.to_owned(), |alert| severity(&alert.labels)),
        host: single(&hosts),
        alertname: single(&names),
        summary: first.map(summary).unwrap_or_default(),
        description: first.and_then(|alert| alert.annotations.get("description").cloned()).unwrap_or_default(),
        count: told.len(),
        firing: count(Status::Firing),
        resolved: count(Status::Resolved),
        since: since(began),
        duration: began.map(|began| span::length(until.duration_since(began))).unwrap_or_default(),
        truncated: notification.truncated_alerts,
        person: news.person.to_string(),
        receiver: notification.receiver.clone(),
        notification_reason: reason_words(notification.reason),
        group_labels: notification.group_labels.clone(),
        common_labels: notification.common_labels.clone(),
        common_annotations: notification.common_annotations.clone(),
        route_labels: notification.route_labels.clone(),
        external_url: notification.external_url.clone(),
        labels: first.map(|alert| alert.labels.clone()).unwrap_or_default(),
        annotations: first.map(|alert| alert.annotations.clone()).unwrap_or_default(),
        alerts: told
            .iter()
            .take(View::MAX_ALERTS)
            .map(|(alert, _)| AlertView {
                status: alert.status.as_str(),
                severity: severity(&alert.labels),
                host: policy.host(&alert.labels).unwrap_or_default().to_owned(),
                alertname: alert.name().unwrap_or(NO_NAME).to_owned(),
                since: since(alert.starts_at),
                labels: alert.labels.clone(),
                annotations: alert.annotations.clone(),
                generator_url: alert.generator_url.clone(),
                fingerprint: alert.fingerprint.as_str().to_owned(),
            })
            .collect(),
        hosts,
        alertnames: names,
    }
}

/// Everything is over: nothing of the page is open for this person, and the sender left nothing out. What a
/// truncated list says of the group's state proves nothing, unless the sender says why it speaks.
fn is_all_clear(notification: &Notification, news: &News<'_>) -> bool {
    let nothing_fires = notification.status == Status::Resolved;
    news.still_open == 0 && nothing_fires && notification.is_complete()
}

fn summary(alert: &Alert) -> String {
    let annotation = |name: &str| alert.annotations.get(name).filter(|text| !text.trim().is_empty());
    ["summary", "message", "title", "description"].into_iter().find_map(annotation).cloned().unwrap_or_default()
}

fn unique<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    values.filter(|value| seen.insert(*value)).map(str::to_owned).collect()
}

fn single(values: &[String]) -> String {
    match values {
        [only] => only.clone(),
        _ => String::new(),
    }
}

fn reason_words(reason: Option<NotifyReason>) -> &'static str {
    match reason {
        Some(NotifyReason::First) => "first notification",
        Some(NotifyReason::Added) => "new alerts added",
        Some(NotifyReason::SomeResolved) => "some alerts resolved",
        Some(NotifyReason::AllResolved) => "all alerts resolved",
        Some(NotifyReason::Repeat) => "repeat interval elapsed",
        Some(NotifyReason::Unknown) | None => "",
    }
}
