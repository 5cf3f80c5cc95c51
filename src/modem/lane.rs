//! The task that keeps one modem in service, for ever. Shell.
//!
//! A lane never sees the outbox. It reports [`Report::Armed`] when the body stands behind the prompt, and writes the
//! commit byte only on [`Order::Fire`]: whoever gives that order has the attempt on disk.

use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::at::{Command, FinalResult};
use crate::clock::{Instant, instant};
use crate::message::{Fault, LaneName, Reason, TextId, Verdict};
use crate::modem::Blocked;
use crate::modem::answers;
use crate::modem::direct::{PROMPT_WITHIN, refuses_pdu};
use crate::modem::form::form;
use crate::modem::lost::Lost;
use crate::modem::orders::{Job, Order, Report};
use crate::modem::outcome;
use crate::modem::session::Session;
use crate::modem::setup::{Capabilities, Mode, ModeChoice, Setup, Wishes};
use crate::modem::transport::Source;

/// One modem's task.
pub struct Lane {
    /// Its name in reports.
    pub name: LaneName,
    /// Where the modem is.
    pub source: Source,
    /// How it is to be set up.
    pub wishes: Wishes,
    /// How long the network may take to answer.
    pub answer_within: Duration,
    /// Orders; closed means: finish and leave.
    pub orders: mpsc::Receiver<Order>,
    /// Reports.
    pub reports: mpsc::Sender<(LaneName, Report)>,
    /// Until when a fresh link is only listened to, because a submission of this lane is in doubt.
    pub listen_until: watch::Receiver<Option<Instant>>,
}

/// Why a lane's life on one link ended.
enum End {
    /// The orders are closed.
    Finished,
    /// Try again.
    Lost(Lost),
    /// The modem cannot be used as it is.
    Blocked(Blocked),
}

impl From<Lost> for End {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A modem whose SIM cannot be used is looked at again after so long; nothing is entered.
const BLOCKED_PAUSE: Duration = Duration::from_secs(60);
/// How often an idle modem is asked how it is; doubles as proof that it is there.
const HEALTH_EVERY: Duration = Duration::from_secs(30);
/// The same while it is not registered and texts wait for it.
const HEALTH_WHILE_SEARCHING: Duration = Duration::from_secs(5);
/// How long the order behind `Armed` may take before the prompt is left.
const ORDER_TIME: Duration = Duration::from_secs(30);

impl Lane {
    /// Runs until the orders are closed. Never gives up, never exits for a fault.
    pub async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        // Nothing is opened before it is known whether a submission of this lane is in doubt.
        if self.listen_until.wait_for(Option::is_some).await.is_err() {
            return;
        }
        loop {
            let began = instant();
            let why = match self.live().await {
                End::Finished => return,
                End::Lost(lost) => {
                    if instant().duration_since(began) > LONGEST_PAUSE {
                        pause = FIRST_PAUSE;
                    }
                    lost.to_string()
                }
                End::Blocked(blocked) => {
                    pause = BLOCKED_PAUSE;
                    blocked.sentence().to_owned()
                }
            };
            self.report(Report::Down { why }).await;
            if !self.rest(pause).await {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Waits between two tries; a text handed over meanwhile goes back untouched. False: the orders are closed.
    async fn rest(&mut self, pause: Duration) -> bool {
        let until = instant() + pause;
        loop {
            match tokio::time::timeout_at(until, self.orders.recv()).await {
                Err(_) => return true,
                Ok(None) => return false,
                Ok(Some(Order::Submit(job))) => {
                    let verdict = not_sent(Reason::Io);
                    self.report(Report::Verdict(job.text, verdict)).await;
                }
                Ok(Some(Order::Fire | Order::Abort)) => {}
            }
        }
    }

    async fn live(&mut self) -> End {
        let link = match self.source.open().await {
            Ok(link) => link,
            Err(error) => return End::Lost(Lost::Io(error)),
        };
        let mut session = Session::new(link, None);
        let end = match self.serve(&mut session).await {
            Ok(end) | Err(end) => end,
        };
        self.report_late(&mut session).await;
        session.close().await;
        end
    }

    async fn serve(&mut self, session: &mut Session) -> Result<End, End> {
        let until = *self.listen_until.borrow();
        if let Some(until) = until.filter(|until| *until > instant()) {
            session.listen(until).await?;
            self.report_late(session).await;
        }
        session.resync().await?;
        let mut capabilities = self.set_up(session).await?;
        self.report_late(session).await;
        let mut health_due = instant() + health_pause(capabilities.registered);
        loop {
            tokio::select! {
                order = self.orders.recv() => match order {
                    None => return Ok(End::Finished),
                    Some(Order::Submit(job)) => {
                        self.submit(session, &mut capabilities, *job).await?;
                        health_due = instant() + HEALTH_EVERY;
                    }
                    Some(Order::Fire | Order::Abort) => {}
                },
                heard = session.idle() => heard?,
                () = tokio::time::sleep_until(health_due) => {
                    let registered = self.look(session).await?;
                    health_due = instant() + health_pause(registered);
                }
            }
            self.report_late(session).await;
        }
    }

    async fn set_up(&mut self, session: &mut Session) -> Result<Capabilities, End> {
        let mut setup = Setup::new(self.wishes.clone());
        let outcome = session.set_up(&mut setup).await;
        if setup.pin_was_tried() && !matches!(outcome, Ok(Ok(_))) {
            // Three wrong PINs block a SIM; one try is ours.
            self.wishes.pin = None;
        }
        let capabilities = outcome?.map_err(End::Blocked)?;
        self.report(Report::Up(Box::new(capabilities.clone()))).await;
        Ok(capabilities)
    }

    /// Asks an idle modem how it is.
    async fn look(&mut self, session: &mut Session) -> Result<Option<bool>, End> {
        let signal = self.ask(session, "AT+CSQ").await?;
        let mut registered = answers::registration(&self.ask(session, "AT+CREG?").await?, "+CREG");
        if registered != Some(true)
            && answers::registration(&self.ask(session, "AT+CEREG?").await?, "+CEREG") == Some(true)
        {
            registered = Some(true);
        }
        self.report(Report::Health { registered, signal_dbm: answers::signal_dbm(&signal) }).await;
        Ok(registered)
    }

    async fn ask(&mut self, session: &mut Session, line: &str) -> Result<crate::at::Response, End> {
        let response = session.ask(Command::new(line, Duration::from_secs(10))).await?;
        if response.result == FinalResult::Timeout {
            session.resynced().await?;
        }
        Ok(response)
    }

    async fn submit(&mut self, session: &mut Session, capabilities: &mut Capabilities, job: Job) -> Result<(), End> {
        let form = form(capabilities.mode, &job.number, &job.body, job.again);
        let prompt = session.ask_for_prompt(Command::with_prompt(form.command, PROMPT_WITHIN)).await;
        let response = match prompt {
            Ok(None) => return self.submit_body(session, capabilities, job.text, &form.body).await,
            Ok(Some(response)) => response,
            Err(lost) => {
                self.verdict(job.text, not_sent(Reason::Io)).await;
                return Err(lost.into());
            }
        };
        let mut verdict = outcome::before_prompt(&response);
        let falls_back =
            capabilities.mode == Mode::Pdu && self.wishes.mode == ModeChoice::Auto && refuses_pdu(&verdict);
        if falls_back {
            // The read-back promised PDU mode and the modem does not take one: not the text's fault.
            self.wishes.mode = ModeChoice::Text;
            verdict = Verdict::NotSent { fault: Fault::Modem { rest_s: 0 }, reason: Reason::NoPrompt };
        }
        self.verdict(job.text, verdict).await;
        match response.result {
            // The client has begun to resynchronise by itself.
            FinalResult::Timeout => session.resynced().await?,
            _ if falls_back => session.resync().await?,
            _ => return Ok(()),
        }
        *capabilities = self.set_up(session).await?;
        Ok(())
    }

    async fn submit_body(
        &mut self,
        session: &mut Session,
        capabilities: &mut Capabilities,
        text: TextId,
        body: &[u8],
    ) -> Result<(), End> {
        let left = match session.body(body).await {
            Ok(left) => left,
            Err(lost) => {
                self.verdict(text, not_sent(Reason::Io)).await;
                return Err(lost.into());
            }
        };
        if let Some(response) = left {
            self.verdict(text, outcome::before_prompt(&response)).await;
            return Ok(());
        }
        self.report(Report::Armed(text)).await;
        // The modem may leave its prompt while the attempt is put on disk: then nothing is committed.
        let order = tokio::select! {
            biased;
            left = session.left_prompt() => Err(left),
            order = tokio::time::timeout(ORDER_TIME, self.orders.recv()) => Ok(order),
        };
        match order {
            Ok(Ok(Some(Order::Fire))) => {}
            Ok(_) => {
                self.verdict(text, not_sent(Reason::Io)).await;
                session.resync().await?;
                return Ok(());
            }
            Err(Ok(response)) => {
                self.verdict(text, outcome::before_prompt(&response)).await;
                return Ok(());
            }
            Err(Err(lost)) => {
                self.verdict(text, not_sent(Reason::Io)).await;
                return Err(lost.into());
            }
        }
        let response = match session.commit(self.answer_within).await {
            Ok(response) => response,
            Err(lost) => {
                self.report_late(session).await;
                self.verdict(text, Verdict::InDoubt { reason: Reason::Io }).await;
                return Err(lost.into());
            }
        };
        self.verdict(text, outcome::after_commit(&response)).await;
        if response.result == FinalResult::Timeout {
            session.resynced().await?;
            self.report_late(session).await;
            *capabilities = self.set_up(session).await?;
        }
        if self.wishes.mode == ModeChoice::Auto && capabilities.mode == Mode::Pdu && response.is_ok() {
            // Proven: a later refusal is about that text, not about PDU mode.
            self.wishes.mode = ModeChoice::Pdu;
        }
        Ok(())
    }

    async fn verdict(&self, text: TextId, verdict: Verdict) {
        self.report(Report::Verdict(text, verdict)).await;
    }

    async fn report_late(&self, session: &mut Session) {
        for reference in session.take_late() {
            self.report(Report::Late(reference)).await;
        }
    }

    async fn report(&self, report: Report) {
        // Nobody listens any more only while the process ends.
        let _ = self.reports.send((self.name.clone(), report)).await;
    }
}

fn not_sent(reason: Reason) -> Verdict {
    Verdict::NotSent { fault: Fault::Modem { rest_s: 0 }, reason }
}

fn health_pause(registered: Option<bool>) -> Duration {
    if registered == Some(false) { HEALTH_WHILE_SEARCHING } else { HEALTH_EVERY }
}
