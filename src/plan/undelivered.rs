//! A text that could not be sent, told to the fallback.

use crate::message::{Draft, PageCode, Priority, Reason, RecipientId, TextKind};
use crate::plan::compose::body;
use crate::policy::Policy;
use crate::render::{MAX_BODY_SEPTETS, fit};
use crate::sms::{Text, transliterate};

/// The drafts that tell the fallback. Somebody of the fallback whose own text failed is not told about it by the same
/// number; where nobody else is left, everybody of the fallback is tried once more.
#[must_use]
pub fn undelivered(
    recipient: &RecipientId,
    page: PageCode,
    lost: &Text,
    reason: Reason,
    policy: &Policy,
) -> Vec<Draft> {
    let others: Vec<&RecipientId> = policy.fallback.iter().filter(|person| *person != recipient).collect();
    let told: Vec<&RecipientId> = if others.is_empty() { policy.fallback.iter().collect() } else { others };
    let code = format!(" #{page}");
    let words = lost.as_str().trim_end_matches('*').trim_end_matches(&code);
    let head = format!("NOT DELIVERED to {recipient} ({}): ", words_of(reason));
    let body = body(&shortened(&head, words), page);
    told.into_iter()
        .map(|person| Draft {
            recipient: person.clone(),
            page,
            kind: TextKind::Undelivered,
            priority: Priority::Critical,
            body: body.clone(),
            began: None,
        })
        .collect()
}

/// What a person at night makes of a reason; the code where there are no better words.
fn words_of(reason: Reason) -> String {
    match reason {
        Reason::Cms(1 | 30 | 195) => "number unknown".to_owned(),
        Reason::Cms(8 | 10 | 196) => "barred".to_owned(),
        Reason::TooOld => "no modem in time".to_owned(),
        Reason::NoSuchPerson => "no longer in routing.yml".to_owned(),
        other => other.label(),
    }
}

fn shortened(head: &str, words: &str) -> String {
    let pieces = [crate::render::Piece::key(&transliterate(head).text), crate::render::Piece::shrink(words)];
    let fitted = fit(&pieces).text;
    debug_assert!(crate::sms::gsm7::septets(&fitted).is_some_and(|cost| cost <= MAX_BODY_SEPTETS));
    fitted
}
