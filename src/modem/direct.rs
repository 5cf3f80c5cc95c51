//! One modem without a gateway around it: what `nightbell send NUMBER` and a dozen lines of Rust use. Shell.

use std::fmt;
use std::time::Duration;

use crate::at::Command;
use crate::message::{Fault, Reason, Verdict};
use crate::modem::Blocked;
use crate::modem::form::form;
use crate::modem::lost::Lost;
use crate::modem::outcome;
use crate::modem::session::{Listener, Session};
use crate::modem::setup::{Capabilities, Mode, ModeChoice, Wishes};
use crate::modem::transport::Source;
use crate::sms::{Number, Text};

/// A modem that is set up and ready for texts.
///
/// ```
/// use nightbell::message::Verdict;
/// use nightbell::modem::sim::{Script, Sim};
/// use nightbell::modem::{Address, Modem, setup::Wishes, transport::Source};
/// use nightbell::sms::{Number, Text};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sim = Sim::new(Script::default());
/// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let address = format!("tcp://{}", listener.local_addr()?);
/// # let phones = sim.ledger();
/// # tokio::spawn(async move { sim.serve_tcp(listener).await });
/// // let address = "tcp://192.168.90.103:8081";
/// let source = Source::Address(Address::parse(&address)?);
/// let mut modem = Modem::open(&source, Wishes::default(), None).await?;
/// let number = Number::parse("+33639980001")?;
/// let text = Text::new("Disk full on db-01, since 03:12")?;
/// match modem.send(&number, &text).await {
///     Verdict::Accepted { reference } => println!("accepted by the network, reference {reference:?}"),
///     Verdict::NotSent { reason, .. } => println!("not sent: {reason}"),
///     Verdict::InDoubt { reason } => println!("nobody can tell whether it went out: {reason}"),
/// }
/// modem.close().await;
/// # assert_eq!(phones.accepted().len(), 1);
/// # Ok(())
/// # }
/// ```
pub struct Modem {
    session: Option<Session>,
    capabilities: Capabilities,
    wishes: Wishes,
    answer_within: Duration,
}

/// How long the network may take to answer a submission, by default: manuals speak of up to 180 s.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(185);

/// How long the prompt may take.
pub const PROMPT_WITHIN: Duration = Duration::from_secs(10);

/// Why a modem could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// No link, or nothing that answers on it.
    Lost(Lost),
    /// The modem is there and cannot be used.
    Blocked(Blocked),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(lost) => lost.fmt(f),
            Self::Blocked(blocked) => f.write_str(blocked.sentence()),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<Lost> for OpenError {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

impl Modem {
    /// Opens the link and sets the modem up. `listener` is shown the whole dialogue.
    ///
    /// # Errors
    /// No link, nothing that answers, or a SIM that cannot be used.
    pub async fn open(source: &Source, wishes: Wishes, listener: Option<Listener>) -> Result<Self, OpenError> {
        let link = source.open().await.map_err(Lost::Io)?;
        let mut session = Session::new(link, listener);
        let capabilities = session.begin(wishes.clone()).await?.map_err(OpenError::Blocked)?;
        Ok(Self { session: Some(session), capabilities, wishes, answer_within: ANSWER_WITHIN })
    }

    /// What the set-up found out.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Waits this long for the network's answer instead of [`ANSWER_WITHIN`].
    pub fn answer_within(&mut self, within: Duration) {
        self.answer_within = within;
    }

    /// Sends one text and tells the truth about it. Under [`ModeChoice::Auto`] a modem that reads back PDU mode but
    /// refuses a PDU is asked once more in text mode. After a lost link every further call is [`Verdict::NotSent`].
    pub async fn send(&mut self, number: &Number, text: &Text) -> Verdict {
        let verdict = self.submit(number, text).await;
        let may_fall_back = self.wishes.mode == ModeChoice::Auto && self.capabilities.mode == Mode::Pdu;
        if may_fall_back && refuses_pdu(&verdict) && self.fall_back().await {
            return self.submit(number, text).await;
        }
        verdict
    }

    /// Closes the link so that the modem's port is free for the next client.
    pub async fn close(self) {
        if let Some(session) = self.session {
            session.close().await;
        }
    }

    async fn fall_back(&mut self) -> bool {
        let Some(session) = &mut self.session else { return false };
        // The PIN has done its work: it is not sent a second time.
        self.wishes = Wishes { mode: ModeChoice::Text, pin: None, smsc: self.wishes.smsc.clone() };
        match session.begin(self.wishes.clone()).await {
            Ok(Ok(capabilities)) => {
                self.capabilities = capabilities;
                true
            }
            _ => false,
        }
    }

    async fn submit(&mut self, number: &Number, text: &Text) -> Verdict {
        let lost = Verdict::NotSent { fault: Fault::Modem { rest_s: 0 }, reason: Reason::Io };
        let Some(mut session) = self.session.take() else { return lost };
        let form = form(self.capabilities.mode, number, text, false);
        let verdict = match session.ask_for_prompt(Command::with_prompt(form.command, PROMPT_WITHIN)).await {
            Err(_) => return lost,
            Ok(Some(response)) => outcome::before_prompt(&response),
            Ok(None) => match session.body(&form.body).await {
                Err(_) => return lost,
                Ok(Some(response)) => outcome::before_prompt(&response),
                Ok(None) => match session.commit(self.answer_within).await {
                    Ok(response) => outcome::after_commit(&response),
                    Err(_) => return Verdict::InDoubt { reason: Reason::Io },
                },
            },
        };
        self.session = Some(session);
        verdict
    }
}

/// Whether a verdict smells of a modem that takes no PDU, whatever its read-back said.
#[must_use]
pub fn refuses_pdu(verdict: &Verdict) -> bool {
    let Verdict::NotSent { reason, .. } = verdict else { return false };
    matches!(reason, Reason::NoPrompt | Reason::PlainError | Reason::Cms(303..=305) | Reason::Cme(3..=4))
}
