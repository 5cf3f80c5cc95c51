//! The one loop: events to the core, its actions to the lanes and the ledger. Shell.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};
use tracing::{error, info, warn};

use crate::clock::{Instant, Now, Timestamp, now};
use crate::dispatch::core::Core;
use crate::dispatch::event::{Action, Event, GiveUp};
use crate::dispatch::show::{LaneStatus, Show};
use crate::message::{LaneName, Reason, TextId, TextKind, TextState, Trouble};
use crate::modem::orders::{Job, Order, Report};
use crate::outbox::{Outbox, TextRow, Write, WriteError};
use crate::plan::{Rules, undelivered};

/// Everything the loop works with.
pub struct Dispatch {
    /// The decisions.
    pub core: Core,
    /// The ledger.
    pub outbox: Outbox,
    /// The lanes' ends of the wires.
    pub lanes: BTreeMap<LaneName, LaneHandle>,
    /// What lanes report.
    pub reports: mpsc::Receiver<(LaneName, Report)>,
    /// Rung whenever texts were queued.
    pub queued: Arc<Notify>,
    /// Turns true when it is time to finish what is in hand and leave.
    pub drain: watch::Receiver<bool>,
    /// People and templates as they are now.
    pub rules: watch::Receiver<Arc<Rules>>,
    /// Where troubles go.
    pub troubles: mpsc::Sender<Trouble>,
    /// What people see.
    pub show: Show,
    /// When a lane was told to write its commit byte.
    pub fired: BTreeMap<LaneName, Instant>,
}

/// The loop's end of a lane.
pub struct LaneHandle {
    /// Orders to it.
    pub orders: mpsc::Sender<Order>,
    /// Until when a fresh link is only listened to.
    pub listen_until: watch::Sender<Option<Instant>>,
}

/// What wakes the loop.
enum Heard {
    Event(Event),
    Report(LaneName, Report),
}

impl Dispatch {
    /// Runs until drained. Texts that a crash has left between the commit byte and its answer are found first.
    ///
    /// # Errors
    /// The ledger cannot be read or written at the start.
    pub async fn run(mut self) -> Result<(), String> {
        let recovered = self.recover().await?;
        let mut draining = false;
        self.handle(Event::Recovered(recovered)).await;
        while !(draining && self.core.is_idle()) {
            let deadline = self.core.deadline();
            let timer = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            let heard = tokio::select! {
                Some((lane, report)) = self.reports.recv() => Heard::Report(lane, report),
                () = self.queued.notified() => Heard::Event(Event::Queued),
                _ = self.drain.wait_for(|drain| *drain), if !draining => {
                    draining = true;
                    Heard::Event(Event::Drain)
                }
                () = timer => Heard::Event(Event::Timer),
            };
            let event = match heard {
                Heard::Event(event) => event,
                Heard::Report(lane, report) => self.report(lane, report),
            };
            self.handle(event).await;
        }
        Ok(())
    }

    async fn recover(&mut self) -> Result<Vec<TextRow>, String> {
        let at = now();
        let found = self.outbox.write(Write::Recover { at }).await.map_err(|error| error.to_string())?;
        let rows = self.outbox.read(|ledger| ledger.in_state(TextState::InDoubt, MAX_DOUBTS)).await;
        let rows = rows.map_err(|error| error.to_string())?;
        for row in rows.iter().filter(|row| found.texts.contains(&row.id)) {
            warn!(text = row.id.0, page = %row.page, recipient = %row.recipient, "in doubt: the process ended during its submission");
            let lane = row.lane.as_ref().map_or("", LaneName::as_str);
            self.show.metrics.in_doubt.with_label_values(&[lane, "crash"]).inc();
        }
        Ok(rows)
    }

    /// Feeds the core and performs what it wants, until nothing more comes of it.
    async fn handle(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let mut actions = self.core.handle(event, Now::read()).into_iter();
            let mut follow = Vec::new();
            while let Some(action) = actions.next() {
                match self.perform(action).await {
                    Ok(event) => follow.extend(event),
                    Err(action) => {
                        follow.push(Event::NotDone(Box::new(action)));
                        follow.extend(actions.by_ref().map(|action| Event::NotDone(Box::new(action))));
                    }
                }
            }
            events.extend(follow.into_iter().rev());
        }
    }

    /// Performs one action. The action comes back if it could not be done and what follows must not be.
    async fn perform(&mut self, action: Action) -> Result<Option<Event>, Action> {
        match action {
            Action::Look { limit, old_before } => Ok(self.look(limit, old_before).await),
            Action::Submit(lane, row) => Ok(self.submit(lane, *row)),
            Action::Write(write) => self.write(write).await,
            Action::GiveUp(give_up) => self.give_up(*give_up).await,
            Action::Fire(lane) => {
                self.show.metrics.attempts.with_label_values(&[lane.as_str()]).inc();
                self.fired.insert(lane.clone(), crate::clock::instant());
                self.order(&lane, Order::Fire);
                Ok(None)
            }
            Action::Abort(lane) => {
                self.order(&lane, Order::Abort);
                Ok(None)
            }
            Action::Listen(lane, until) => {
                if let Some(handle) = self.lanes.get(&lane) {
                    handle.listen_until.send_replace(Some(until));
                }
                Ok(None)
            }
            Action::Ended { row, state, lane, reason } => {
                self.show.ended(&row, state, lane.as_ref(), reason.map(|reason| reason.label()).as_deref());
                Ok(None)
            }
            Action::Again { lane, reason, marked } => {
                self.show.again(lane.as_ref(), &reason.label(), marked);
                Ok(None)
            }
            Action::Trouble(trouble) => {
                // A full wire means the trouble is already known many times over.
                let _ = self.troubles.try_send(trouble);
                Ok(None)
            }
        }
    }

    async fn look(&self, limit: usize, old_before: Timestamp) -> Option<Event> {
        let at = now();
        let found = self
            .outbox
            .read(move |ledger| {
                let mut texts = ledger.queued_before(old_before, MAX_OLD)?;
                texts.extend(ledger.waiting(at, limit)?);
                Ok((texts, ledger.next_due(at)?))
            })
            .await;
        match found {
            Ok((texts, next_due)) => Some(Event::Waiting { texts, next_due }),
            Err(error) => {
                error!(%error, "the queue cannot be looked at");
                Some(Event::NotDone(Box::new(Action::Look { limit, old_before })))
            }
        }
    }

    fn submit(&self, lane: LaneName, row: TextRow) -> Option<Event> {
        let rules = self.rules.borrow().clone();
        let Some(number) = rules.policy.number(&row.recipient) else {
            return Some(Event::NoSuchPerson(lane, row.id));
        };
        let job = Job { text: row.id, number: number.clone(), body: row.outgoing(), again: row.marked };
        self.order(&lane, Order::Submit(Box::new(job)));
        None
    }

    fn order(&self, lane: &LaneName, order: Order) {
        if let Some(handle) = self.lanes.get(lane) {
            // A lane has at most one text in hand, so its wire is never full while it lives.
            if let Err(error) = handle.orders.try_send(order) {
                error!(%lane, %error, "the lane takes no orders");
            }
        }
    }

    async fn write(&self, write: Write) -> Result<Option<Event>, Action> {
        match self.outbox.write(write.clone()).await {
            Ok(_) => Ok(None),
            Err(WriteError::State(state)) if !matches!(write, Write::Start { .. }) => {
                // An operator was faster; what is on disk stands.
                warn!(?state, "a text was moved by somebody else in between");
                Ok(None)
            }
            Err(error) => {
                error!(%error, "the ledger does not take an outcome; trying again");
                Err(Action::Write(write))
            }
        }
    }

    async fn give_up(&self, give_up: GiveUp) -> Result<Option<Event>, Action> {
        let GiveUp { row, state, reason, lane } = &give_up;
        let rules = self.rules.borrow().clone();
        // What tells of a text that failed is not itself told of, which would go round in a circle; but for somebody
        // who has left the routing file in the meantime, whoever is there now is told.
        let goes_round = row.kind == TextKind::Undelivered && *reason != Reason::NoSuchPerson;
        let told = if goes_round {
            Vec::new()
        } else {
            undelivered(&row.recipient, row.page, &row.body, *reason, &rules.policy)
        };
        let write = Write::GiveUp { text: row.id, at: now(), state: *state, reason: *reason, told };
        match self.outbox.write(write).await {
            Ok(_) => {
                self.show.ended(row, *state, lane.as_ref(), Some(&reason.label()));
                Ok(None)
            }
            Err(WriteError::State(found)) => {
                warn!(?found, "a text was moved by somebody else in between");
                Ok(None)
            }
            Err(error) => {
                error!(%error, "the ledger does not take an outcome; trying again");
                Err(Action::GiveUp(Box::new(give_up)))
            }
        }
    }

    /// Turns a lane's report into an event, and shows it to people.
    fn report(&mut self, name: LaneName, report: Report) -> Event {
        match report {
            Report::Up(capabilities) => {
                self.show.lane_up(&name, &capabilities);
                Event::LaneUp(name, capabilities.registered)
            }
            Report::Health { registered, signal_dbm } => {
                self.show.lane(&name, |status| (status.registered, status.signal_dbm) = (registered, signal_dbm));
                Event::LaneHealth(name, registered)
            }
            Report::Down { why } => {
                self.show.metrics.reconnects.with_label_values(&[name.as_str()]).inc();
                let known = self.show.status.borrow().get(&name).and_then(|status| status.why.clone());
                if known.as_ref() != Some(&why) {
                    warn!(modem = %name, why, "out of service; trying again for ever");
                }
                self.show.lane(&name, |status| *status = LaneStatus { why: Some(why), ..LaneStatus::default() });
                Event::LaneDown(name)
            }
            Report::Armed(text) => Event::Armed(name, text),
            Report::Verdict(text, verdict) => {
                if let Some(since) = self.fired.remove(&name) {
                    self.show
                        .metrics
                        .send_duration
                        .with_label_values(&[name.as_str()])
                        .observe(crate::clock::instant().duration_since(since).as_secs_f64());
                }
                Event::Verdict(name, TextId(text.0), verdict)
            }
            Report::Late(reference) => {
                info!(modem = %name, "a late answer came to an earlier submission");
                Event::Late(name, reference)
            }
        }
    }
}

/// How many texts grown too old are ended at one look.
const MAX_OLD: usize = 64;

/// More texts than lanes can hardly be in doubt; a broken ledger must not fill the memory.
const MAX_DOUBTS: usize = 10_000;
