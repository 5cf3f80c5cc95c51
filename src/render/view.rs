//! What a template sees: the values of one text, under Alertmanager's own names where it has them.

use serde::Serialize;
use serde_json::Value;

use crate::alert::Labels;
use crate::render::piece::{has_marks, without_marks};

/// The context of one text to one person. Field names are the template language: interface.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// `firing` or `resolved`: of what is told here.
    pub status: &'static str,
    /// Told again although nothing is new.
    pub reminder: bool,
    /// Nothing of the page is open any more, and the sender's list was complete.
    #[serde(rename = "all_clear")]
    pub all_clear: bool,
    /// The worst severity told, as the sender writes it; `critical` where there is none.
    pub severity: String,
    /// The host, when there is only one.
    pub host: String,
    /// Every host told, once each.
    pub hosts: Vec<String>,
    /// The alert's name, when there is only one.
    pub alertname: String,
    /// Every name told, once each.
    pub alertnames: Vec<String>,
    /// The first alert's `summary`, else its `message`, `description` or nothing.
    pub summary: String,
    /// The first alert's `description`.
    pub description: String,
    /// How many alerts are told.
    pub count: usize,
    /// How many of the notification fire.
    pub firing: usize,
    /// How many of the notification are resolved.
    pub resolved: usize,
    /// When the oldest began, in the person's zone: `07:11`, `Fri 07:11`, `2026-01-05`.
    pub since: String,
    /// For how long the oldest has fired, or had: `4h10m`.
    pub duration: String,
    /// How many alerts the sender left out.
    pub truncated: u64,
    /// Who gets the text.
    pub person: String,
    /// The receiver in the sender's config.
    pub receiver: String,
    /// Alertmanager's reason, if it gives one.
    #[serde(rename = "notification_reason")]
    pub notification_reason: &'static str,
    /// As in Alertmanager.
    pub group_labels: Labels,
    /// As in Alertmanager.
    pub common_labels: Labels,
    /// As in Alertmanager.
    pub common_annotations: Labels,
    /// As in Alertmanager.
    pub route_labels: Labels,
    /// As in Alertmanager.
    #[serde(rename = "externalURL")]
    pub external_url: String,
    /// Labels of the first alert told.
    pub labels: Labels,
    /// Annotations of the first alert told.
    pub annotations: Labels,
    /// The alerts told, worst first; no more than an SMS could ever show.
    pub alerts: Vec<AlertView>,
}

/// One alert in a [`View`].
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertView {
    /// `firing` or `resolved`.
    pub status: &'static str,
    /// As the sender writes it; `critical` where there is none.
    pub severity: String,
    /// Found by `labels:` in the routing file.
    pub host: String,
    /// The alert's name.
    pub alertname: String,
    /// When it began, in the person's zone.
    pub since: String,
    /// As in Alertmanager.
    pub labels: Labels,
    /// As in Alertmanager.
    pub annotations: Labels,
    /// As in Alertmanager.
    #[serde(rename = "generatorURL")]
    pub generator_url: String,
    /// As in Alertmanager.
    pub fingerprint: String,
}

/// Whether a text tells a beginning or an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Something fires.
    Firing,
    /// Everything told is over.
    Resolved,
}

impl View {
    /// Longest list of alerts in a context; loops in templates are bounded by it.
    pub const MAX_ALERTS: usize = 20;

    /// The context as JSON, with nothing in it that could pose as a mark.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut json = serde_json::to_value(self).unwrap_or_default();
        clean(&mut json);
        json
    }

    /// What may never be shed.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        let hosts = self.alerts.iter().map(|alert| alert.host.as_str());
        [self.severity.as_str(), self.host.as_str()].into_iter().chain(hosts).filter(|key| !key.is_empty()).collect()
    }
}

fn clean(json: &mut Value) {
    match json {
        Value::String(text) if has_marks(text) => *text = without_marks(text),
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(fields) => fields.values_mut().for_each(clean),
        _ => {}
    }
}
