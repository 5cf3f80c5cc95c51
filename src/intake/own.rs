//! A trouble of Nightbell's own as the group it becomes (pure).

use jiff::Timestamp;

use crate::alert::{Alert, Dialect, Fingerprint, GroupKey, Labels, Notification, Status};
use crate::message::Trouble;

/// Who sends Nightbell's own troubles.
pub(crate) const OWN_SENDER: &str = "nightbell";

/// A trouble as the group it becomes: labels `nightbell="self"`, `alertname`, `instance`, `severity`.
#[must_use]
pub fn as_notification(trouble: &Trouble, at: Timestamp) -> Notification {
    let cause = &trouble.cause;
    let instance = if cause.instance().is_empty() { "nightbell" } else { cause.instance() };
    let labels: Labels = [
        ("alertname", cause.alertname()),
        ("instance", instance),
        ("nightbell", "self"),
        ("severity", cause.severity()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let annotations: Labels = [("summary".to_owned(), trouble.words.clone())].into();
    let status = if trouble.over { Status::Resolved } else { Status::Firing };
    Notification {
        receiver: "nightbell".to_owned(),
        status,
        reason: None,
        group_key: GroupKey::new(Some(&format!("nightbell:{}:{instance}", cause.alertname())), "", &Labels::new()),
        group_labels: labels.clone(),
        common_labels: labels.clone(),
        common_annotations: annotations.clone(),
        route_labels: Labels::new(),
        external_url: OWN_SENDER.to_owned(),
        truncated_alerts: 0,
        dialect: Dialect::Alertmanager,
        conforming: true,
        alerts: vec![Alert {
            status,
            fingerprint: Fingerprint::new(None, &labels, &annotations),
            labels,
            annotations,
            starts_at: (!trouble.over).then_some(at),
            ends_at: trouble.over.then_some(at),
            generator_url: String::new(),
        }],
    }
}
