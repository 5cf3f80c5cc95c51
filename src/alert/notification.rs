//! The values of one notification.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use crate::alert::fnv::{fingerprint, fnv128};

/// Labels or annotations: any UTF-8 name, any value.
pub type Labels = BTreeMap<String, String>;

/// One POST from Alertmanager or Grafana.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The receiver's name as written in the sender's config (Alertmanager escapes it; this is unescaped).
    pub receiver: String,
    /// Firing if at least one listed alert fires. Of a truncated list it proves nothing.
    pub status: Status,
    /// In the sender's order: neither by severity nor by time.
    pub alerts: Vec<Alert>,
    /// Why the sender speaks now; Alertmanager 0.32 and later.
    pub reason: Option<NotifyReason>,
    /// What the group has in common by configuration.
    pub group_labels: Labels,
    /// Labels all listed alerts share.
    pub common_labels: Labels,
    /// Annotations all listed alerts share.
    pub common_annotations: Labels,
    /// Labels of the route; Alertmanager 0.34 and later.
    pub route_labels: Labels,
    /// The peer that sent it: differs between HA peers, so never part of a key.
    pub external_url: String,
    /// Who the group is.
    pub group_key: GroupKey,
    /// How many alerts the sender left out of the list (`max_alerts`).
    pub truncated_alerts: u64,
    /// Whose dialect it is.
    pub dialect: Dialect,
    /// Whether everything the contract promises was there, of the right type.
    pub conforming: bool,
}

impl Notification {
    /// Whether every alert the sender knows of in this group is in the list.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.truncated_alerts == 0
    }
}

/// One alert of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Firing or resolved, by itself.
    pub status: Status,
    /// What identifies it.
    pub labels: Labels,
    /// What explains it; may be empty.
    pub annotations: Labels,
    /// When it began to fire.
    pub starts_at: Option<Timestamp>,
    /// When it ended; absent while it fires.
    pub ends_at: Option<Timestamp>,
    /// Where the rule lives; may be empty.
    pub generator_url: String,
    /// Its identity across notifications and peers.
    pub fingerprint: Fingerprint,
}

impl Alert {
    /// The `alertname`, if there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.labels.get("alertname").map(String::as_str).filter(|name| !name.is_empty())
    }
}

/// Firing or resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It is on.
    Firing,
    /// It is over.
    Resolved,
}

impl Status {
    /// Alertmanager's word, or Grafana's `state`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "firing" | "alerting" => Some(Self::Firing),
            "resolved" | "ok" => Some(Self::Resolved),
            _ => None,
        }
    }

    /// Alertmanager's word; also the metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}

/// Whose dialect of the webhook a body speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Alertmanager, Mimir, and what imitates them.
    Alertmanager,
    /// Grafana's own alerting: `orgId`, `state`, values per alert.
    Grafana,
}

/// Alertmanager's `notification_reason` (0.32 and later). It chooses words only, never whether to page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyReason {
    /// `first notification`
    First,
    /// `new alerts added`
    Added,
    /// `some alerts resolved`
    SomeResolved,
    /// `all alerts resolved`
    AllResolved,
    /// `repeat interval elapsed`
    Repeat,
    /// Anything else.
    Unknown,
}

impl NotifyReason {
    /// From the wire; every unknown word is [`NotifyReason::Unknown`].
    #[must_use]
    pub fn parse(words: &str) -> Self {
        match words {
            "first notification" => Self::First,
            "new alerts added" => Self::Added,
            "some alerts resolved" => Self::SomeResolved,
            "all alerts resolved" => Self::AllResolved,
            "repeat interval elapsed" => Self::Repeat,
            _ => Self::Unknown,
        }
    }
}

/// The identity of an alert instance: what the sender gave, or computed from the labels as Alertmanager would.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Computed from the labels as Alertmanager does, together with the sender's where that is another one; from annotations where
    /// there are no labels, so that two nameless alerts are not taken for one.
    #[must_use]
    pub fn new(given: Option<&str>, labels: &Labels, annotations: &Labels) -> Self {
        let own = format!("{:016x}", fingerprint(labels));
        match given {
            // A sender that gives two alerts one fingerprint must not make one of them vanish.
            Some(given) if !given.is_empty() && given.len() <= MAX_FINGERPRINT_LEN && given != own => {
                Self(format!("{given}-{own}"))
            }
            _ if labels.is_empty() && !annotations.is_empty() => Self(format!("a{:016x}", fingerprint(annotations))),
            _ => Self(own),
        }
    }

    /// A fingerprint read back from where it was stored.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// 16 hex digits, usually.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Longest fingerprint taken from a sender, in bytes; Alertmanager's have 16.
const MAX_FINGERPRINT_LEN: usize = 64;

/// The identity of a group: a hash of `groupKey`, which is unbounded in length and never parsed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey(u128);

impl GroupKey {
    /// From the sender's `groupKey`; where there is none, from receiver and group labels, which is what it is made of.
    #[must_use]
    pub fn new(given: Option<&str>, receiver: &str, group_labels: &Labels) -> Self {
        match given {
            Some(key) if !key.is_empty() => Self(fnv128([key.as_bytes()])),
            _ => {
                let pairs = group_labels.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
                Self(fnv128([b"no groupKey".as_slice(), receiver.as_bytes()].into_iter().chain(pairs)))
            }
        }
    }

    /// The 16 bytes it is stored as.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Debug for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
