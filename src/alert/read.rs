//! Bytes of a webhook body → [`Notification`], or the place where it stops being one.

use std::fmt;

use jiff::Timestamp;
use serde::de::DeserializeSeed;

use crate::alert::notification::{Alert, Dialect, Fingerprint, GroupKey, Notification, NotifyReason, Status};
use crate::alert::raw::{BodySeed, Listed, RawAlert, RawBody};

/// Why a body can never be read, however often it is sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// One sentence for the sender's log: where, what is wrong, what to change.
    pub sentence: String,
    /// The same in the few words a text has room for.
    pub short: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// Reads one notification.
///
/// Bytes that are not UTF-8 and lone surrogates become U+FFFD; duplicate keys: the last wins; nesting is
/// only skipped over, never followed.
///
/// # Errors
/// No JSON object, or an object without an `alerts` list, which is what a custom `payload:` looks like.
pub fn read(body: &[u8]) -> Result<Notification, Unreadable> {
    match parse(body) {
        Err(_) => parse(&mend(body)),
        read => read,
    }
}

fn parse(body: &[u8]) -> Result<Notification, Unreadable> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let raw = BodySeed.deserialize(&mut json).and_then(|raw| json.end().map(|()| raw)).map_err(|error| Unreadable {
        sentence: format!("the body is not a JSON object as Alertmanager's webhook sends it: {error}"),
        short: format!("not JSON at line {} column {}", error.line(), error.column()),
    })?;
    match raw.alerts {
        Listed::Missing => Err(Unreadable {
            sentence: "the body has no `alerts`: remove `payload:` from the webhook_config, Nightbell reads \
                       Alertmanager's own body"
                .to_owned(),
            short: "no `alerts` in it, remove `payload:`".to_owned(),
        }),
        Listed::NotAList => Err(Unreadable {
            sentence: "`alerts` is not a list: Nightbell reads the body Alertmanager's webhook sends, version 4"
                .to_owned(),
            short: "`alerts` is no list".to_owned(),
        }),
        Listed::Null => Ok(finish(raw.rest, Vec::new())),
        Listed::List { alerts, left_out } => {
            let mut notification = finish(raw.rest, alerts);
            // Whoever left them out, the list is not complete.
            notification.truncated_alerts = notification.truncated_alerts.saturating_add(left_out);
            Ok(notification)
        }
    }
}

/// Replaces what JSON readers stumble over in strings although the meaning is clear.
fn mend(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let bytes = text.as_bytes();
    let mut mended = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let (taken, lone) = escape_at(&bytes[at..]);
        mended.extend_from_slice(if lone { b"\\ufffd" } else { &bytes[at..at + taken] });
        at += taken;
    }
    mended
}

/// The length of the unit at the front (a byte, an escape, a surrogate pair), and whether it is a lone surrogate.
fn escape_at(bytes: &[u8]) -> (usize, bool) {
    match (bytes.first(), bytes.get(1)) {
        (Some(b'\\'), Some(b'u')) => match (unit(bytes), bytes.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, false),
            (Some(0xD800..=0xDFFF), _) => (6, true),
            _ => (2, false),
        },
        (Some(b'\\'), Some(_)) => (2, false),
        _ => (1, false),
    }
}

/// The number in `\uXXXX` at the front.
fn unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn finish(body: RawBody, alerts: Vec<RawAlert>) -> Notification {
    let receiver = unescape_regexp(body.receiver.as_deref().unwrap_or_default());
    let group_key = GroupKey::new(body.group_key.as_deref(), &receiver, &body.group_labels);
    let said = body.status.as_deref().and_then(Status::parse);
    let conforming = body.group_key.is_some()
        && body.version.is_some()
        && said.is_some()
        && alerts.iter().all(|alert| alert.fingerprint.is_some() && alert.status.is_some() && !alert.labels.is_empty());
    let alerts: Vec<Alert> = alerts.into_iter().map(|alert| finish_alert(alert, said)).collect();
    let any_fires = alerts.iter().any(|alert| alert.status == Status::Firing);
    Notification {
        receiver: receiver.chars().take(MAX_NAME).collect(),
        status: if any_fires { Status::Firing } else { said.unwrap_or(Status::Resolved) },
        alerts,
        reason: body.reason.as_deref().map(NotifyReason::parse),
        group_labels: body.group_labels,
        common_labels: body.common_labels,
        common_annotations: body.common_annotations,
        route_labels: body.route_labels,
        external_url: body.external_url.unwrap_or_default().chars().take(MAX_NAME).collect(),
        group_key,
        truncated_alerts: body.truncated_alerts,
        dialect: if body.org_id { Dialect::Grafana } else { Dialect::Alertmanager },
        conforming,
    }
}

/// An alert that does not say whether it fires is what its notification says, else it fires.
fn finish_alert(alert: RawAlert, said: Option<Status>) -> Alert {
    let status = alert.status.as_deref().and_then(Status::parse).or(said).unwrap_or(Status::Firing);
    let fingerprint = Fingerprint::new(alert.fingerprint.as_deref(), &alert.labels, &alert.annotations);
    Alert {
        status,
        starts_at: alert.starts_at.as_deref().and_then(instant),
        ends_at: alert.ends_at.as_deref().and_then(instant).filter(|_| status == Status::Resolved),
        labels: alert.labels,
        annotations: alert.annotations,
        generator_url: alert.generator_url.unwrap_or_default(),
        fingerprint,
    }
}

/// A receiver's name or a sender's address is cut here, in characters: they stand in the log.
const MAX_NAME: usize = 200;

/// RFC 3339 with any offset. Go's zero time, year 1, means "none".
fn instant(text: &str) -> Option<Timestamp> {
    let instant: Timestamp = text.parse().ok()?;
    (instant.as_second() > YEAR_2_S).then_some(instant)
}

/// Seconds from 1970 to the start of year 2: whatever is older is Go's zero time in some zone.
const YEAR_2_S: i64 = -62_104_060_800;

/// Undoes `regexp.QuoteMeta`: Alertmanager sends `sms\.oncall` for the receiver `sms.oncall`.
fn unescape_regexp(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        match characters.peek() {
            Some(next) if c == '\\' && REGEXP_META.contains(*next) => plain.extend(characters.next()),
            _ => plain.push(c),
        }
    }
    plain
}

const REGEXP_META: &str = "\\.+*?()|[]{}^$";

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(name: &str) -> Notification {
        let path = format!("{}/tests/payloads/{name}", env!("CARGO_MANIFEST_DIR"));
        read(&std::fs::read(path).expect("captured payload")).expect("readable")
    }

    #[test]
    fn captured_group_is_read_whole() {
        let group = captured("firing-grouped.json");
        assert_eq!(group.receiver, "sms");
        assert_eq!(group.status, Status::Firing);
        assert_eq!(group.alerts.len(), 5);
        assert!(group.conforming);
        assert_eq!(group.alerts[0].ends_at, None, "year 1 means none");
        assert!(group.alerts[0].starts_at.is_some());
        assert_eq!(group.group_labels["cluster"], "bench");
    }

    #[test]
    fn computed_fingerprint_is_alertmanagers_own() {
        for alert in captured("firing-grouped.json").alerts {
            assert_eq!(Fingerprint::new(None, &alert.labels, &alert.annotations), alert.fingerprint);
        }
    }

    #[test]
    fn resolved_alert_has_its_end() {
        let group = captured("resolved.json");
        assert_eq!(group.status, Status::Resolved);
        assert!(group.alerts.iter().all(|alert| alert.ends_at.is_some()));
    }

    #[test]
    fn every_field_is_optional_and_every_type_is_forgiven() {
        let cases: [(&str, usize); 8] = [
            (r#"{"alerts":[]}"#, 0),
            (r#"{"alerts":null}"#, 0),
            (r#"{"alerts":[{}]}"#, 1),
            // Five that say nothing say what one says.
            (r#"{"alerts":[null, 7, "x", [], true]}"#, 1),
            (r#"{"alerts":[{"labels":null,"annotations":[1],"startsAt":5,"fingerprint":{"a":1}}],"version":4}"#, 1),
            (r#"{"alerts":[{"labels":{"a":1,"b":true,"c":null,"d":["x"]}}],"groupLabels":"no"}"#, 1),
            (r#"{"status":7,"alerts":[{"status":"on fire"}],"truncatedAlerts":"3","truncatedAlerts":-1}"#, 1),
            (r#"{"alerts":[{"labels":{"x":"1","x":"2"}}],"alerts":[{},{"labels":{"x":"1"}}]}"#, 2),
        ];
        for (body, alerts) in cases {
            let read = read(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}"));
            assert_eq!(read.alerts.len(), alerts, "{body}");
            assert!(!read.conforming || alerts == 0, "{body}");
        }
    }

    #[test]
    fn what_is_no_notification_is_refused_with_its_place() {
        let cases = [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("hello", "line 1 column 1"),
            ("[1]", "invalid type: sequence, expected an object with `alerts`"),
            ("{\"alerts\":[{\"labels\":{\"a\":\"b\"}", "EOF while parsing"),
            ("{\"alerts\":[]} x", "trailing characters at line 1 column 15"),
            ("{\"text\":\"custom\"}", "remove `payload:`"),
            ("{\"alerts\":{}}", "`alerts` is not a list"),
        ];
        for (body, sentence) in cases {
            let error = read(body.as_bytes()).expect_err(body).sentence;
            assert!(error.contains(sentence), "{body}: {error}");
        }
    }

    #[test]
    fn deep_nesting_is_skipped_not_followed() {
        let deep = format!("{{\"x\":{}{},\"alerts\":[{{}}]}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(deep.as_bytes()).expect("readable").alerts.len(), 1);
    }

    #[test]
    fn broken_unicode_is_mended_not_refused() {
        let lone = br#"{"alerts":[{"labels":{"a":"x\ud800y\\ud800 \ud83d\ude00 \udc00"}}]}"#;
        assert_eq!(read(lone).expect("readable").alerts[0].labels["a"], "x\u{FFFD}y\\ud800 😀 \u{FFFD}");
        let bytes = b"{\"alerts\":[{\"labels\":{\"a\":\"x\xFFy\"}}]}";
        assert_eq!(read(bytes).expect("readable").alerts[0].labels["a"], "x\u{FFFD}y");
    }

    #[test]
    fn flood_of_nothing_is_one_and_the_list_is_bounded() {
        let blanks = format!("{{\"alerts\":[{}{{\"labels\":{{\"a\":\"b\"}}}}]}}", "1,{},".repeat(200_000));
        assert_eq!(read(blanks.as_bytes()).expect("readable").alerts.len(), 2);
        let many: Vec<String> = (0..100_005).map(|n| format!("{{\"labels\":{{\"n\":\"{n}\"}}}}")).collect();
        let body = format!("{{\"truncatedAlerts\":2,\"alerts\":[{}]}}", many.join(","));
        let read = read(body.as_bytes()).expect("readable");
        assert_eq!((read.alerts.len(), read.truncated_alerts), (100_000, 7));
    }

    #[test]
    fn two_alerts_with_one_given_fingerprint_stay_two() {
        let body = br#"{"alerts":[{"labels":{"a":"1"},"fingerprint":"1"},{"labels":{"a":"2"},"fingerprint":"1"}]}"#;
        let alerts = read(body).expect("readable").alerts;
        assert_ne!(alerts[0].fingerprint, alerts[1].fingerprint);
    }

    #[test]
    fn grafana_speaks_the_same_with_additions() {
        let body = br#"{"receiver":"sms","state":"alerting","orgId":1,"version":"1","title":"t","message":"m",
            "alerts":[{"status":"firing","labels":{"alertname":"A"},"values":{"B":null},"fingerprint":"f"}]}"#;
        let read = read(body).expect("readable");
        assert_eq!((read.dialect, read.status), (Dialect::Grafana, Status::Firing));
    }

    #[test]
    fn receiver_is_unescaped() {
        let body = br#"{"receiver":"ns/sms\\.on-call","alerts":[]}"#;
        assert_eq!(read(body).expect("readable").receiver, "ns/sms.on-call");
    }

    #[test]
    fn times_with_an_offset_are_the_same_instant() {
        assert_eq!(instant("2026-11-22T09:11:49.596+02:00"), instant("2026-11-22T07:11:49.596Z"));
        assert_eq!(instant("0001-01-01T00:00:00Z"), None);
    }

    #[test]
    fn newer_fields_are_understood() {
        let body = br#"{"alerts":[],"notification_reason":"repeat interval elapsed","routeLabels":{"team":"db"},"truncatedAlerts":7}"#;
        let read = read(body).expect("readable");
        assert_eq!(read.reason, Some(NotifyReason::Repeat));
        assert_eq!((read.route_labels["team"].as_str(), read.truncated_alerts), ("db", 7));
        assert!(!read.is_complete());
    }
}
