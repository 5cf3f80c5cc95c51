//! The shape of a webhook body, field by field, before anything is made of it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::alert::lenient::{Scalar, StringMap, otherwise, skip_map, skip_seq};
use crate::alert::notification::Labels;

#[derive(Default)]
pub(crate) struct RawBody {
    pub(crate) receiver: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) group_labels: Labels,
    pub(crate) common_labels: Labels,
    pub(crate) common_annotations: Labels,
    pub(crate) route_labels: Labels,
    pub(crate) external_url: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) group_key: Option<String>,
    pub(crate) truncated_alerts: u64,
    pub(crate) org_id: bool,
}

#[derive(Default)]
pub(crate) struct RawAlert {
    pub(crate) status: Option<String>,
    pub(crate) labels: Labels,
    pub(crate) annotations: Labels,
    pub(crate) starts_at: Option<String>,
    pub(crate) ends_at: Option<String>,
    pub(crate) generator_url: Option<String>,
    pub(crate) fingerprint: Option<String>,
}

pub(crate) struct Raw {
    pub(crate) rest: RawBody,
    pub(crate) alerts: Listed,
}

pub(crate) enum Listed {
    Missing,
    Null,
    NotAList,
    List {
        alerts: Vec<RawAlert>,
        /// Beyond [`MAX_ALERTS`].
        left_out: u64,
    },
}

pub(crate) struct BodySeed;

impl<'de> DeserializeSeed<'de> for BodySeed {
    type Value = Raw;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for BodySeed {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `alerts`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut raw = Raw { rest: RawBody::default(), alerts: Listed::Missing };
        let body = &mut raw.rest;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "receiver" => body.receiver = map.next_value_seed(Scalar)?,
                "status" => body.status = map.next_value_seed(Scalar)?,
                "state" if body.status.is_none() => body.status = map.next_value_seed(Scalar)?,
                "notification_reason" => body.reason = map.next_value_seed(Scalar)?,
                "groupLabels" => body.group_labels = map.next_value_seed(StringMap)?,
                "commonLabels" => body.common_labels = map.next_value_seed(StringMap)?,
                "commonAnnotations" => body.common_annotations = map.next_value_seed(StringMap)?,
                "routeLabels" => body.route_labels = map.next_value_seed(StringMap)?,
                "externalURL" => body.external_url = map.next_value_seed(Scalar)?,
                "version" => body.version = map.next_value_seed(Scalar)?,
                "groupKey" => body.group_key = map.next_value_seed(Scalar)?,
                "truncatedAlerts" => {
                    let count = map.next_value_seed(Scalar)?;
                    body.truncated_alerts = count.and_then(|count| count.parse::<f64>().ok()).map_or(0, |n| n as u64);
                }
                "orgId" => {
                    body.org_id = true;
                    map.next_value::<IgnoredAny>()?;
                }
                "alerts" => raw.alerts = map.next_value_seed(AlertsSeed)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(raw)
    }
}

/// Alerts kept of one notification; a body of the largest size holds about half as many real ones.
pub(crate) const MAX_ALERTS: usize = 100_000;

struct AlertsSeed;

impl<'de> DeserializeSeed<'de> for AlertsSeed {
    type Value = Listed;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Listed, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AlertsSeed {
    type Value = Listed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of alerts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Listed, A::Error> {
        let mut alerts = Vec::new();
        let (mut has_blank, mut left_out) = (false, 0);
        while let Some(alert) = seq.next_element_seed(AlertSeed)? {
            // A thousand alerts that say nothing say no more than one; and nobody has as many alerts as are kept.
            let is_blank = alert.labels.is_empty() && alert.annotations.is_empty() && alert.fingerprint.is_none();
            if is_blank && std::mem::replace(&mut has_blank, true) {
                continue;
            }
            if alerts.len() < MAX_ALERTS {
                alerts.push(alert);
            } else {
                left_out += 1;
            }
        }
        Ok(Listed::List { alerts, left_out })
    }
    fn visit_unit<E>(self) -> Result<Listed, E> {
        Ok(Listed::Null)
    }
    otherwise!(Listed::NotAList; visit_str: &str, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_bool: bool);
    skip_map!(Listed::NotAList);
}

/// One alert. What is no object is an alert without labels: it cannot say what is wrong, but it rings.
struct AlertSeed;

impl<'de> DeserializeSeed<'de> for AlertSeed {
    type Value = RawAlert;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<RawAlert, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AlertSeed {
    type Value = RawAlert;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an alert")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawAlert, A::Error> {
        let mut alert = RawAlert::default();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "status" => alert.status = map.next_value_seed(Scalar)?,
                "labels" => alert.labels = map.next_value_seed(StringMap)?,
                "annotations" => alert.annotations = map.next_value_seed(StringMap)?,
                "startsAt" => alert.starts_at = map.next_value_seed(Scalar)?,
                "endsAt" => alert.ends_at = map.next_value_seed(Scalar)?,
                "generatorURL" => alert.generator_url = map.next_value_seed(Scalar)?,
                "fingerprint" => alert.fingerprint = map.next_value_seed(Scalar)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(alert)
    }
    fn visit_unit<E>(self) -> Result<RawAlert, E> {
        Ok(RawAlert::default())
    }
    otherwise!(RawAlert::default(); visit_str: &str, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_bool: bool);
    skip_seq!(RawAlert::default());
}
