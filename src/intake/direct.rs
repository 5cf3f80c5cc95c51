//! A text a person wrote, through the outbox. Shell.

use std::fmt;
use std::sync::Arc;

use crate::clock::now;
use crate::intake::accept::{Intake, fresh_code};
use crate::message::{Draft, PageCode, Priority, RecipientId, TextId, TextKind};
use crate::outbox::{Accept, Write};
use crate::plan::body;
use crate::render::MAX_BODY_SEPTETS;
use crate::sms::{TextError, gsm7, transliterate};

/// Why a text was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectRefusal {
    /// Nobody of that id is in the routing file.
    NoSuchPerson(String),
    /// The words are empty or too many.
    Words(String),
    /// It could not be stored.
    Ledger(String),
}

impl fmt::Display for DirectRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchPerson(words) | Self::Words(words) | Self::Ledger(words) => f.write_str(words),
        }
    }
}

impl Intake {
    /// Queues one text to one person under a code of its own.
    ///
    /// # Errors
    /// No such person, words that do not fit, or a ledger that does not take it.
    pub async fn direct(self: &Arc<Self>, person: &str, words: &str) -> Result<(TextId, PageCode), DirectRefusal> {
        let recipient = RecipientId::parse(person).map_err(DirectRefusal::NoSuchPerson)?;
        let rules = self.rules.borrow().clone();
        if !rules.policy.people.contains_key(&recipient) {
            let known: Vec<&str> = rules.policy.people.keys().map(RecipientId::as_str).collect();
            let sentence =
                format!("nobody is called `{recipient}` in the routing file; known are {}", known.join(", "));
            return Err(DirectRefusal::NoSuchPerson(sentence));
        }
        let plain = transliterate(words).text;
        let cost = gsm7::septets(&plain).unwrap_or(usize::MAX);
        if plain.trim().is_empty() {
            return Err(DirectRefusal::Words(TextError::Empty.to_string()));
        }
        if cost > MAX_BODY_SEPTETS {
            let sentence =
                format!("the text takes {cost} septets; write at most {MAX_BODY_SEPTETS}, seven are kept for its code");
            return Err(DirectRefusal::Words(sentence));
        }
        let code = fresh_code();
        let draft = Draft {
            recipient,
            page: code,
            kind: TextKind::Direct,
            priority: Priority::Critical,
            body: body(&plain, code),
            began: None,
        };
        let accept = Accept { at: now(), drafts: vec![draft], ..Accept::default() };
        let written = self.outbox.write(Write::Accept(Box::new(accept))).await;
        let written = written.map_err(|error| DirectRefusal::Ledger(error.to_string()))?;
        self.queued.notify_one();
        let text = written.texts.first().copied().expect("one draft was written, so one text has an id");
        Ok((text, code))
    }
}
