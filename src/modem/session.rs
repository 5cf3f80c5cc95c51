//! A link with an AT client on it: performs the client's actions. Shell.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::at::{Action, Client, Command, Input, Response};
use crate::clock::{Instant, instant};
use crate::modem::Blocked;
use crate::modem::lost::{Lost, is_notice, masked};
use crate::modem::setup::{Capabilities, Setup, Step, Wishes};
use crate::modem::transport::Link;

/// A conversation with one modem.
pub struct Session {
    link: Link,
    client: Client,
    waiting: VecDeque<Action>,
    late: Vec<Option<u8>>,
    last_words: Option<String>,
    /// Something on the link has answered `AT`: what it says from now on are no notices.
    is_modem: bool,
    listener: Option<Listener>,
}

/// Is shown every piece of the dialogue; for `-v` on a terminal, never for a log: it carries numbers.
pub type Listener = Box<dyn FnMut(Heard<'_>) + Send>;

/// One piece of a dialogue.
#[derive(Clone, Copy, Debug)]
pub enum Heard<'a> {
    /// What we wrote.
    Wrote(&'a [u8]),
    /// What the modem wrote.
    Read(&'a [u8]),
}

impl Session {
    /// A session on an open link; nothing is written yet.
    #[must_use]
    pub fn new(link: Link, listener: Option<Listener>) -> Self {
        Self {
            link,
            client: Client::new(),
            waiting: VecDeque::new(),
            late: Vec::new(),
            last_words: None,
            is_modem: false,
            listener,
        }
    }

    /// Reads without writing a byte until `until`, for the late answer to a submission of an earlier session.
    /// Returns early when one came.
    ///
    /// # Errors
    /// The link broke.
    pub async fn listen(&mut self, until: Instant) -> Result<(), Lost> {
        while self.late.is_empty() {
            let pumped = tokio::time::timeout_at(until, self.pump()).await;
            let Ok(result) = pumped else { return Ok(()) };
            result?;
            // Outside a command every line is heard at once.
            while let Some(action) = self.waiting.pop_front() {
                self.note(action)?;
            }
        }
        Ok(())
    }

    /// Leaves whatever the line is in and makes it trustworthy.
    ///
    /// # Errors
    /// The link broke, or nothing on it answers.
    pub async fn resync(&mut self) -> Result<(), Lost> {
        self.feed(Input::Resync).await?;
        self.resynced().await
    }

    /// Waits for a resynchronisation the client has begun by itself after a deadline.
    ///
    /// # Errors
    /// As [`Session::resync`].
    pub async fn resynced(&mut self) -> Result<(), Lost> {
        loop {
            match self.next().await? {
                Action::Resynced => {
                    self.is_modem = true;
                    return Ok(());
                }
                action => self.note(action)?,
            }
        }
    }

    /// Sends a command and waits for its end. After a timeout, [`Session::resynced`] must be awaited before the next.
    ///
    /// # Errors
    /// The link broke.
    pub async fn ask(&mut self, command: Command) -> Result<Response, Lost> {
        self.feed(Input::Send(command)).await?;
        loop {
            match self.next().await? {
                Action::Done(response) => return Ok(response),
                action => self.note(action)?,
            }
        }
    }

    /// Sends a command that is answered by a prompt. `Ok(None)`: the prompt is there.
    ///
    /// # Errors
    /// The link broke.
    pub async fn ask_for_prompt(&mut self, command: Command) -> Result<Option<Response>, Lost> {
        self.feed(Input::Send(command)).await?;
        loop {
            match self.next().await? {
                Action::Prompt => return Ok(None),
                Action::Done(response) => return Ok(Some(response)),
                action => self.note(action)?,
            }
        }
    }

    /// Writes the body behind the prompt, without the commit byte. `Some`: the modem has left its prompt by itself, and
    /// this is what it said; nothing was sent.
    ///
    /// # Errors
    /// The link broke: nothing was sent.
    pub async fn body(&mut self, body: &[u8]) -> Result<Option<Response>, Lost> {
        if let Some(response) = self.heard_end() {
            return Ok(Some(response));
        }
        self.feed(Input::Body(body)).await?;
        Ok(None)
    }

    /// Waits at the prompt, in case the modem leaves it by itself. Safe to drop at any point.
    ///
    /// # Errors
    /// The link broke: nothing was sent.
    pub async fn left_prompt(&mut self) -> Result<Response, Lost> {
        loop {
            if let Some(response) = self.heard_end() {
                return Ok(response);
            }
            self.pump().await?;
        }
    }

    /// The end of the command, if it is among what was heard.
    fn heard_end(&mut self) -> Option<Response> {
        let at = self.waiting.iter().position(|action| matches!(action, Action::Done(_)))?;
        match self.waiting.remove(at) {
            Some(Action::Done(response)) => Some(response),
            _ => None,
        }
    }

    /// Writes the commit byte and reads until the final result or the absolute deadline.
    ///
    /// # Errors
    /// The link broke: the text is in doubt.
    pub async fn commit(&mut self, within: Duration) -> Result<Response, Lost> {
        self.feed(Input::Commit { within }).await?;
        loop {
            match self.next().await? {
                Action::Done(response) => return Ok(response),
                // A modem that restarts has reported the submission's end just before.
                action => self.note(action)?,
            }
        }
    }

    /// Runs the set-up to its end.
    ///
    /// # Errors
    /// The link broke or fell silent. The inner error: the modem is there and cannot be used.
    pub async fn set_up(&mut self, setup: &mut Setup) -> Result<Result<Capabilities, Blocked>, Lost> {
        let mut step = setup.next(None);
        loop {
            step = match step {
                Step::Ask(command) => {
                    let response = self.ask(command).await?;
                    if response.result == crate::at::FinalResult::Timeout {
                        self.resynced().await?;
                    }
                    setup.next(Some(&response))
                }
                Step::Wait(pause) => {
                    let until = instant() + pause;
                    while tokio::time::timeout_at(until, self.pump()).await.is_ok_and(|read| read.is_ok()) {}
                    setup.next(None)
                }
                Step::Ready(capabilities) => return Ok(Ok(*capabilities)),
                Step::Blocked(blocked) => return Ok(Err(blocked)),
            };
        }
    }

    /// Resynchronises and sets up: what every fresh link goes through.
    ///
    /// # Errors
    /// As [`Session::set_up`].
    pub async fn begin(&mut self, wishes: Wishes) -> Result<Result<Capabilities, Blocked>, Lost> {
        self.resync().await?;
        self.set_up(&mut Setup::new(wishes)).await
    }

    /// Waits while nothing is asked; returns when a late answer was heard. Safe to drop at any point.
    ///
    /// # Errors
    /// The session is over.
    pub async fn idle(&mut self) -> Result<(), Lost> {
        while self.late.is_empty() {
            let action = self.next().await?;
            self.note(action)?;
        }
        Ok(())
    }

    /// References of late `+CMGS` lines heard so far; emptied by the call.
    pub fn take_late(&mut self) -> Vec<Option<u8>> {
        std::mem::take(&mut self.late)
    }

    /// Closes the link so that the peer frees its slot.
    pub async fn close(mut self) {
        // The link may be gone already; there is nobody to tell.
        let _ = self.link.shutdown().await;
    }

    fn note(&mut self, action: Action) -> Result<(), Lost> {
        match action {
            Action::LateReference(reference) => self.late.push(reference),
            Action::Unsolicited(line) if !self.is_modem && self.last_words.is_none() && is_notice(&line) => {
                self.last_words = Some(line.chars().take(MAX_WORDS).map(masked).collect());
            }
            Action::Booted => return Err(Lost::Booted),
            Action::Dead => return Err(Lost::Mute { words: self.last_words.take() }),
            _ => {}
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Action, Lost> {
        loop {
            if let Some(action) = self.waiting.pop_front() {
                return Ok(action);
            }
            self.pump().await?;
        }
    }

    /// One turn: bytes or the deadline, whichever comes first. Cancel-safe.
    async fn pump(&mut self) -> Result<(), Lost> {
        let mut buffer = [0_u8; 1024];
        let reading = self.link.read(&mut buffer);
        let read = match self.client.deadline() {
            Some(deadline) => match tokio::time::timeout_at(deadline, reading).await {
                Ok(read) => read,
                Err(_) => return self.feed(Input::Timer).await,
            },
            None => reading.await,
        };
        let read = match read {
            Ok(read) if read > 0 => read,
            ended => {
                // An acceptance heard just before is not lost with the link.
                let known = self.client.handle(Input::Closed, instant());
                if known.is_empty() {
                    return Err(ended.map_or_else(Lost::Io, |_| self.closed()));
                }
                self.waiting.extend(known);
                return Ok(());
            }
        };
        if let Some(listener) = &mut self.listener {
            listener(Heard::Read(&buffer[..read]));
        }
        // A flood must not starve the deadline: it is looked at after every read.
        self.feed(Input::Bytes(&buffer[..read])).await?;
        if self.client.deadline().is_some_and(|deadline| deadline <= instant()) {
            self.feed(Input::Timer).await?;
        }
        Ok(())
    }

    /// The other side closed the link; what it said before may be the reason.
    fn closed(&mut self) -> Lost {
        while let Some(action) = self.waiting.pop_front() {
            // Whatever it was, the link is gone.
            drop(self.note(action));
        }
        let words = self.last_words.take().map(|words| format!("; it said `{words}`")).unwrap_or_default();
        let sentence = format!("the modem's side closed the connection{words}");
        Lost::Io(io::Error::new(io::ErrorKind::UnexpectedEof, sentence))
    }

    async fn feed(&mut self, input: Input<'_>) -> Result<(), Lost> {
        for action in self.client.handle(input, instant()) {
            match action {
                Action::Write(bytes) => {
                    if let Some(listener) = &mut self.listener {
                        listener(Heard::Wrote(&bytes));
                    }
                    tokio::time::timeout(WRITE_TIME, self.link.write_all(&bytes))
                        .await
                        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the modem takes no bytes"))??;
                    self.link.flush().await?;
                }
                other => self.waiting.push_back(other),
            }
        }
        Ok(())
    }
}

/// How long a write of at most a PDU may block.
const WRITE_TIME: Duration = Duration::from_secs(10);
/// How much of an in-band notice is kept.
const MAX_WORDS: usize = 80;
