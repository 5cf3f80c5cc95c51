//! What rooms hand each other: recipients, page codes, priorities, drafts, text states, verdicts.
//!
//! Everything here is a value. Nothing here knows a phone number: a recipient is a person by id until the
//! moment a lane submits the text.

use std::fmt;

use jiff::Timestamp;

use crate::sms::Text;

/// A person by id (`ana`), as written under `people:` in the routing file.
///
/// 1 to 64 characters of `a-z A-Z 0-9 . _ -`; safe as a metric label and in a log line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecipientId(String);

impl RecipientId {
    /// Accepts an id, or says in one sentence what is wrong with it.
    ///
    /// # Errors
    /// The sentence, ready to be shown behind the place it was read at.
    pub fn parse(id: &str) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if id.is_empty() || id.len() > MAX_ID_LEN {
            return Err(format!("a person's id has 1 to {MAX_ID_LEN} characters, `{id}` has {}", id.len()));
        }
        match id.chars().find(|c| !allowed(*c)) {
            Some(c) => Err(format!(
                "a person's id is made of letters, digits, `.`, `_` and `-`; `{}` has `{}`",
                id.escape_debug(),
                c.escape_debug()
            )),
            None => Ok(Self(id.to_owned())),
        }
    }

    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecipientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Longest person id, in bytes.
const MAX_ID_LEN: usize = 64;

/// The four characters that name a page in every one of its texts (`k7q4`, shown as ` #k7q4`).
///
/// Drawn from 28 characters that cannot be taken for one another when read aloud or off a small screen,
/// so there are 614,656 codes, beyond the 20⁴ an acknowledgement needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageCode([u8; 4]);

impl PageCode {
    /// A code from 32 random bits. The caller keeps codes of open pages apart.
    #[must_use]
    pub fn from_random(bits: u32) -> Self {
        let base = CODE_ALPHABET.len() as u32;
        let mut rest = bits;
        Self(std::array::from_fn(|_| {
            let digit = rest % base;
            rest /= base;
            CODE_ALPHABET[digit as usize]
        }))
    }

    /// Reads a code back, with or without the `#`, in either case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('#').unwrap_or(text).to_ascii_lowercase();
        let bytes: [u8; 4] = bare.as_bytes().try_into().ok()?;
        bytes.iter().all(|b| CODE_ALPHABET.contains(b)).then_some(Self(bytes))
    }

    /// The four characters, all of them ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a page code is ASCII by construction")
    }
}

/// No `0 o 1 l i`, no `u v`, no `5` beside `s`.
const CODE_ALPHABET: &[u8] = b"abcdefghjkmnpqrstwxyz2346789";

impl fmt::Display for PageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.as_str())
    }
}

/// How much a text matters to the queue. Smaller sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Severity `critical`, `page`, `emergency`, … and whatever has no severity or an unknown one.
    Critical,
    /// Severity `warning` and its synonyms.
    Warning,
    /// Severity `info` and its synonyms.
    Info,
}

impl Priority {
    /// All of them, most urgent first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Warning, Self::Info];

    /// The metric label and the stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }

    /// From the value of a severity label. No or an unknown severity counts as critical: rather one
    /// wake-up too many than one too few.
    #[must_use]
    pub fn from_severity(severity: Option<&str>) -> Self {
        match severity.map(str::to_ascii_lowercase).as_deref() {
            Some("warning" | "warn" | "minor" | "major" | "medium" | "average" | "ticket") => Self::Warning,
            Some("info" | "information" | "informational" | "notice" | "debug" | "low" | "none" | "ok") => Self::Info,
            _ => Self::Critical,
        }
    }

    /// Reads a stored name back.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.as_str() == name)
    }
}

/// Why a text exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextKind {
    /// Something began to fire.
    Firing,
    /// Something told before still fires.
    Reminder,
    /// Something told before is over.
    Resolved,
    /// A text of Nightbell's own to the fallback: another text could not be sent.
    Undelivered,
    /// Written by a person: `nightbell send PERSON TEXT`.
    Direct,
}

impl TextKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Firing, Self::Reminder, Self::Resolved, Self::Undelivered, Self::Direct];

    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Reminder => "reminder",
            Self::Resolved => "resolved",
            Self::Undelivered => "undelivered",
            Self::Direct => "direct",
        }
    }

    /// Reads a stored name back.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Where a text stands. `queued → sending → accepted → delivered`, with side exits; `in_doubt` is a
/// state, not an error.
///
/// `superseded`, `digested` and `delivered` are names the ledger reserves; nothing moves a text there
/// before status reports and the storm governor exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextState {
    /// Waits for a lane.
    Queued,
    /// The attempt is on disk; the commit byte may have left.
    Sending,
    /// The mobile network took it.
    Accepted,
    /// A status report says the phone has it.
    Delivered,
    /// Submitted, answer unknown.
    InDoubt,
    /// It could not be sent; the fallback is told.
    Failed,
    /// It grew too old in the queue; the fallback is told.
    Expired,
    /// A later text of the same page says more.
    Superseded,
    /// A digest stands for it.
    Digested,
    /// An operator dropped it, or it was not to be sent.
    Suppressed,
}

impl TextState {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::Sending,
        Self::Accepted,
        Self::Delivered,
        Self::InDoubt,
        Self::Failed,
        Self::Expired,
        Self::Superseded,
        Self::Digested,
        Self::Suppressed,
    ];

    /// The name in the ledger, the API and the metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::InDoubt => "in_doubt",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Digested => "digested",
            Self::Suppressed => "suppressed",
        }
    }

    /// Reads a stored name back.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether something still has to happen to the text.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Sending | Self::InDoubt)
    }
}

/// The row of a text in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub i64);

impl fmt::Display for TextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One rendered text to one recipient for one page, not yet on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Who gets it.
    pub recipient: RecipientId,
    /// The page it belongs to; its code stands in `body`.
    pub page: PageCode,
    /// Why it exists.
    pub kind: TextKind,
    /// Its place in the queue.
    pub priority: Priority,
    /// What the phone shows, code included. Leaves room for the `*` of a marked copy.
    pub body: Text,
    /// When what it tells began, by the sender's clock; for the end-to-end time.
    pub began: Option<Timestamp>,
}

/// The name of a lane: one modem with its session, as written under `modems:`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneName(String);

impl LaneName {
    /// Accepts a name, or says in one sentence what is wrong with it. Same characters as a person's id: it is a
    /// metric label and stands in log lines.
    ///
    /// # Errors
    /// The sentence.
    pub fn parse(name: &str) -> Result<Self, String> {
        RecipientId::parse(name).map(|id| Self(id.0)).map_err(|error| error.replace("a person's id", "a modem's name"))
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LaneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a lane says of one submitted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The network took it. The message reference is absent where the modem tells none.
    Accepted {
        /// TP-MR as the modem reported it.
        reference: Option<u8>,
    },
    /// It was provably not sent.
    NotSent {
        /// Whose fault it is, hence what to do next.
        fault: Fault,
        /// Why, as an enum and a metric label.
        reason: Reason,
    },
    /// Handed to the radio, answer unknown.
    InDoubt {
        /// What kept the answer away.
        reason: Reason,
    },
}

/// Whose fault a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// This modem, SIM or subscription: another lane, the text untouched.
    Modem {
        /// How long this lane should rest before it is handed a text again.
        rest_s: u16,
    },
    /// The mobile network: later, after at least so many seconds.
    Network {
        /// Least wait before the next try.
        wait_s: u16,
    },
    /// The text as encoded: one more try, then failed; never blocks others.
    Text,
    /// The recipient's number: failed.
    Recipient,
}

/// Why a text was refused or is in doubt: a metric label, never a formatted sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// `+CMS ERROR: n`.
    Cms(u16),
    /// `+CME ERROR: n`.
    Cme(u16),
    /// `ERROR` without a code, or a vendor's word for it.
    PlainError,
    /// No final result before the deadline.
    Timeout,
    /// The `>` never came.
    NoPrompt,
    /// The link to the modem went away.
    Io,
    /// The process ended in the middle of the attempt.
    Crash,
    /// The recipient is no longer in the routing file.
    NoSuchPerson,
    /// Older than `limits.expire_after`.
    TooOld,
    /// An operator said so.
    Operator,
}

impl Reason {
    /// The metric label and the stored name: `cms_38`, `timeout`, …
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Cms(code) => format!("cms_{code}"),
            Self::Cme(code) => format!("cme_{code}"),
            other => other.word().to_owned(),
        }
    }

    /// Reads a stored name back.
    #[must_use]
    pub fn parse(label: &str) -> Option<Self> {
        if let Some(code) = label.strip_prefix("cms_") {
            return code.parse().ok().map(Self::Cms);
        }
        if let Some(code) = label.strip_prefix("cme_") {
            return code.parse().ok().map(Self::Cme);
        }
        Self::WORDS.into_iter().find(|reason| reason.word() == label)
    }

    const WORDS: [Self; 8] = [
        Self::PlainError,
        Self::Timeout,
        Self::NoPrompt,
        Self::Io,
        Self::Crash,
        Self::NoSuchPerson,
        Self::TooOld,
        Self::Operator,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Cms(_) | Self::Cme(_) => "code",
            Self::PlainError => "error",
            Self::Timeout => "timeout",
            Self::NoPrompt => "no_prompt",
            Self::Io => "io",
            Self::Crash => "crash",
            Self::NoSuchPerson => "no_such_person",
            Self::TooOld => "too_old",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label())
    }
}

/// One of Nightbell's own troubles, or its end: it becomes a group of its own and takes the way of every alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong.
    pub cause: Cause,
    /// It is over.
    pub over: bool,
    /// What an operator should read, without a full stop; no number in it.
    pub words: String,
}

/// What can be wrong with Nightbell itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A lane has been out of service for minutes.
    LaneDown(LaneName),
    /// A sender posts what can never be read.
    UnreadableBody,
    /// A sender posts more than can be read.
    OversizedBody,
    /// A template fails at run time.
    Template(String),
}

impl Cause {
    /// The `alertname`.
    #[must_use]
    pub fn alertname(&self) -> &'static str {
        match self {
            Self::LaneDown(_) => "NightbellModemDown",
            Self::UnreadableBody => "NightbellUnreadableNotification",
            Self::OversizedBody => "NightbellOversizedNotification",
            Self::Template(_) => "NightbellTemplateFailing",
        }
    }

    /// What it is about, as the label `instance`; may be empty.
    #[must_use]
    pub fn instance(&self) -> &str {
        match self {
            Self::LaneDown(lane) => lane.as_str(),
            Self::Template(name) => name,
            Self::UnreadableBody | Self::OversizedBody => "",
        }
    }

    /// How bad it is, as the label `severity`.
    #[must_use]
    pub fn severity(&self) -> &'static str {
        match self {
            Self::Template(_) => "warning",
            _ => "critical",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_name_reads_back() {
        for state in TextState::ALL {
            assert_eq!(TextState::parse(state.as_str()), Some(state));
        }
        for kind in TextKind::ALL {
            assert_eq!(TextKind::parse(kind.as_str()), Some(kind));
        }
        for priority in Priority::ALL {
            assert_eq!(Priority::parse(priority.as_str()), Some(priority));
        }
        for reason in Reason::WORDS.into_iter().chain([Reason::Cms(38), Reason::Cme(515)]) {
            assert_eq!(Reason::parse(&reason.label()), Some(reason));
        }
    }

    #[test]
    fn code_reads_back_in_either_case_and_with_its_hash() {
        let code = PageCode::from_random(0xDEAD_BEEF);
        assert_eq!(PageCode::parse(&format!("#{}", code.as_str().to_uppercase())), Some(code));
        assert_eq!(PageCode::parse("o0o0"), None);
        assert_eq!(PageCode::parse("abcde"), None);
    }

    #[test]
    fn unknown_severity_counts_as_critical() {
        assert_eq!(Priority::from_severity(None), Priority::Critical);
        assert_eq!(Priority::from_severity(Some("P1")), Priority::Critical);
        assert_eq!(Priority::from_severity(Some("Warning")), Priority::Warning);
    }

    #[test]
    fn id_with_a_space_is_named() {
        assert!(RecipientId::parse("ana maria").unwrap_err().contains("`ana maria` has ` `"));
        assert!(RecipientId::parse("").is_err());
    }
}
