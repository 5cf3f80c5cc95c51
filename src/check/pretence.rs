//! A past for notifications that have none: what would be remembered if everybody had been told before.

use jiff::Timestamp;

use crate::alert::{Notification, Status};
use crate::message::PageCode;
use crate::page::{Memory, OpenPage, Told};
use crate::plan::routes_of;
use crate::policy::Policy;

/// What would be remembered if everybody a notification's ended alerts lead to had been told of their beginning.
///
/// Without it nobody is owed the end of an alert, and there would be nothing to show.
#[must_use]
pub fn as_if_told(notification: &Notification, policy: &Policy, code: PageCode, now: Timestamp) -> Memory {
    let mut memory = Memory::default();
    for alert in notification.alerts.iter().filter(|alert| alert.status == Status::Resolved) {
        let told = Told {
            open: true,
            starts_at: alert.starts_at,
            ended_at: None,
            told_at: Some(alert.starts_at.unwrap_or(now)),
            closed_at: None,
            version: 0,
        };
        let known = memory.told.entry(alert.fingerprint.clone()).or_default();
        for person in routes_of(policy, &alert.labels, now).into_iter().flat_map(|(_, people)| people) {
            if known.iter().all(|(other, _)| *other != person) {
                *memory.open.entry(person.clone()).or_default() += 1;
                known.push((person, told.clone()));
            }
        }
    }
    if !memory.told.is_empty() {
        memory.page = Some(OpenPage { code, sender: notification.external_url.clone() });
    }
    memory
}
