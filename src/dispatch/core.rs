//! The decisions of dispatch, without a clock, a lane or a disk.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::{Instant, Now};
use crate::dispatch::config::{InDoubtPolicy, Limits};
use crate::dispatch::doubt::{Doubt, Doubts, Fate, fate};
use crate::dispatch::event::{Action, Event, GiveUp};
use crate::dispatch::lane::Lane;
use crate::message::{Fault, LaneName, Reason, TextId, TextState, Verdict};
use crate::outbox::{TextRow, Write, retry};

/// The machine: [`Core::new`], [`Core::handle`], [`Core::deadline`] and no other way in.
///
/// What holds: a text is in at most one lane's hands. [`Action::Fire`] for a text is only ever preceded by the
/// [`Action::Write`] of its start in the same batch. Whoever performs the actions stops at one that fails and gives it
/// and all behind it back as [`Event::NotDone`].
pub struct Core {
    limits: Limits,
    lanes: BTreeMap<LaneName, Lane>,
    in_doubt: Doubts,
    /// Outcomes that could not be put on disk yet; tried again, in order.
    owed: VecDeque<Action>,
    /// Texts may be waiting that nobody has asked for.
    look: bool,
    /// When queued texts become due, or are looked at for their age.
    wake: Option<Instant>,
    draining: bool,
}

/// How often the queue is looked at even if nothing seems due: clocks jump, and texts grow old while no lane is up.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How long to wait before a write that failed is tried again.
const WRITE_AGAIN: Duration = Duration::from_secs(1);
/// How many texts are asked for beyond the number of lanes: enough to pass over what is in hand or too old.
const LOOK_AHEAD: usize = 16;
/// Longest rest of a lane that keeps being at fault.
const LONGEST_REST: Duration = Duration::from_secs(900);

impl Core {
    /// A core for these lanes, all of them down.
    #[must_use]
    pub fn new(limits: Limits, lanes: impl IntoIterator<Item = LaneName>) -> Self {
        Self {
            limits,
            lanes: lanes.into_iter().map(|name| (name, Lane::default())).collect(),
            in_doubt: Doubts::default(),
            owed: VecDeque::new(),
            look: true,
            wake: None,
            draining: false,
        }
    }

    /// When [`Event::Timer`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let doubts = self.in_doubt.deadline().filter(|_| self.limits.in_doubt != InDoubtPolicy::Hold);
        let rests = self.lanes.values().filter_map(|lane| lane.rests_until);
        let untold = self.lanes.values().filter_map(Lane::tell_at);
        doubts.into_iter().chain(rests).chain(untold).chain(self.wake).min()
    }

    /// Whether nothing is in any lane's hands and everything is on disk.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.owed.is_empty() && self.lanes.values().all(|lane| lane.hands.is_none())
    }

    /// Takes one event, returns what is to be done, in order.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Action> {
        let mut actions = Vec::new();
        for lane in self.lanes.values_mut().filter(|lane| !lane.up && lane.down_since.is_none()) {
            lane.down_since = Some(now.instant);
        }
        match event {
            Event::Queued => self.look = true,
            Event::Waiting { texts, next_due } => self.waiting(texts, next_due, now, &mut actions),
            Event::Recovered(rows) => self.recovered(rows, now, &mut actions),
            Event::LaneUp(name, registered) => self.lane_up(name, registered, &mut actions),
            Event::LaneHealth(name, registered) => {
                self.lane(&name).registered = registered;
                self.look |= registered != Some(false);
            }
            Event::LaneDown(name) => {
                let lane = self.lane(&name);
                lane.up = false;
                lane.down_since.get_or_insert(now.instant);
            }
            Event::Armed(name, text) => self.armed(name, text, now, &mut actions),
            Event::Verdict(name, text, verdict) => self.verdict(&name, text, verdict, now, &mut actions),
            Event::Late(name, reference) => self.late(&name, reference, now, &mut actions),
            Event::NoSuchPerson(name, text) => {
                if let Some(row) = self.take(&name, text) {
                    self.give_up(row, TextState::Failed, Reason::NoSuchPerson, None, &mut actions);
                }
            }
            Event::NotDone(action) => self.not_done(*action, now, &mut actions),
            Event::Timer => self.timer(now, &mut actions),
            Event::Drain => self.draining = true,
        }
        self.ask(now, &mut actions);
        actions
    }

    fn lane_up(&mut self, name: LaneName, registered: Option<bool>, actions: &mut Vec<Action>) {
        self.look = true;
        let lane = self.lane(&name);
        (lane.up, lane.registered, lane.down_since) = (true, registered, None);
        actions.extend(lane.back(&name).map(Action::Trouble));
    }

    /// Tells once of every lane that has been down for long.
    fn tell_of_down_lanes(&mut self, now: Now, actions: &mut Vec<Action>) {
        let told = self.lanes.iter_mut().filter_map(|(name, lane)| lane.long_down(name, now.instant));
        actions.extend(told.map(Action::Trouble));
    }

    fn lane(&mut self, name: &LaneName) -> &mut Lane {
        self.lanes.entry(name.clone()).or_default()
    }

    fn take(&mut self, name: &LaneName, text: TextId) -> Option<TextRow> {
        let lane = self.lanes.get_mut(name)?;
        lane.hands.take_if(|row| row.id == text)
    }

    /// Asks for texts if a lane could take one, or if nobody has looked for a while.
    fn ask(&mut self, now: Now, actions: &mut Vec<Action>) {
        let free = self.lanes.values().any(Lane::is_free);
        if self.look && (free || self.wake.is_none()) && self.owed.is_empty() && !self.draining {
            self.look = false;
            let old_before = now.before(self.limits.expire_after);
            actions.push(Action::Look { limit: 2 * self.lanes.len() + LOOK_AHEAD, old_before });
        }
    }

    fn waiting(&mut self, texts: Vec<TextRow>, next_due: Option<Timestamp>, now: Now, actions: &mut Vec<Action>) {
        let due = next_due.map_or(LOOK_EVERY, |due| now.until(due));
        self.wake = Some(now.instant + due.min(LOOK_EVERY));
        if self.draining {
            return;
        }
        for row in texts {
            if self.is_in_hand(row.id) {
                continue;
            }
            // It is queued on disk, so whatever doubt there was, an operator has ended it.
            self.in_doubt.forget(row.id);
            if now.age(row.valid_from) > self.limits.expire_after {
                self.give_up(row, TextState::Expired, Reason::TooOld, None, actions);
                continue;
            }
            if self.limits.in_doubt != InDoubtPolicy::Hold && self.in_doubt.holds_back(&row) {
                continue;
            }
            let Some(name) = self.free_lane(&row) else { continue };
            actions.push(Action::Submit(name.clone(), Box::new(row.clone())));
            self.lane(&name).hands = Some(row);
        }
    }

    fn is_in_hand(&self, text: TextId) -> bool {
        self.lanes.values().any(|lane| lane.hands.as_ref().is_some_and(|row| row.id == text))
    }

    /// A free lane, another one than the last that could not, if there is a choice; else the least faulty.
    fn free_lane(&self, row: &TextRow) -> Option<LaneName> {
        let free = self.lanes.iter().filter(|(_, lane)| lane.is_free());
        free.min_by_key(|(name, lane)| (row.attempts > 0 && row.lane.as_ref() == Some(name), lane.faults))
            .map(|(name, _)| name.clone())
    }

    fn armed(&mut self, name: LaneName, text: TextId, now: Now, actions: &mut Vec<Action>) {
        let lane = self.lane(&name);
        if lane.hands.as_ref().is_none_or(|row| row.id != text) {
            return actions.push(Action::Abort(name));
        }
        actions.push(Action::Write(Write::Start { text, lane: name.clone(), at: now.utc }));
        actions.push(Action::Fire(name));
    }

    fn verdict(&mut self, name: &LaneName, text: TextId, verdict: Verdict, now: Now, actions: &mut Vec<Action>) {
        let Some(row) = self.take(name, text) else { return };
        self.look = true;
        match verdict {
            Verdict::Accepted { reference } => {
                self.lane(name).faults = 0;
                actions.push(Action::Write(Write::Accepted { text, at: now.utc, reference }));
                actions.push(Action::ended(row, TextState::Accepted, Some(name.clone()), None));
            }
            Verdict::InDoubt { reason } => self.doubt(name, row, reason, now, actions),
            Verdict::NotSent { fault, reason } => self.not_sent(name, row, fault, reason, now, actions),
        }
    }

    fn not_sent(
        &mut self,
        name: &LaneName,
        row: TextRow,
        fault: Fault,
        reason: Reason,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        if let Fault::Modem { rest_s } = fault {
            let lane = self.lane(name);
            lane.faults += 1;
            let rest = Duration::from_secs(rest_s.into()).saturating_mul(lane.faults).min(LONGEST_REST);
            lane.rests_until = Some(now.instant + rest);
        } else {
            self.lane(name).faults = 0;
        }
        if retry::gives_up(fault, row.refusals) {
            return self.give_up(row, TextState::Failed, reason, Some(name.clone()), actions);
        }
        // What the network refuses on one lane is tried on another at once, if one is free that has not tried.
        let another = (row.attempts as usize + 1) < self.lanes.len()
            && self.lanes.iter().any(|(other, lane)| other != name && lane.is_free());
        let at_once = another && matches!(fault, Fault::Network { .. });
        let wait = if at_once { Duration::ZERO } else { retry::wait(fault, row.attempts + 1, row.id) };
        actions.push(Action::Write(Write::Requeue {
            text: row.id,
            at: now.utc,
            not_before: now.after(wait),
            reason,
            refused: matches!(fault, Fault::Text),
            marked: false,
        }));
        actions.push(Action::Again { lane: Some(name.clone()), reason, marked: false });
    }

    fn doubt(&mut self, name: &LaneName, row: TextRow, reason: Reason, now: Now, actions: &mut Vec<Action>) {
        let row = TextRow { attempts: row.attempts + 1, reason: Some(reason), ..row };
        actions.push(Action::Write(Write::InDoubt { text: row.id, at: now.utc, reason }));
        actions.push(Action::ended(row.clone(), TextState::InDoubt, Some(name.clone()), Some(reason)));
        let grace_over = now.instant + self.limits.in_doubt_grace;
        if reason == Reason::Io {
            actions.push(Action::Listen(name.clone(), grace_over));
        }
        // Who has waited for the answer to the last second has had the grace already.
        let until = if reason == Reason::Timeout { now.instant } else { grace_over };
        self.in_doubt.add(row, Some(name.clone()), until);
        self.resolve_doubts(now, actions);
    }

    fn recovered(&mut self, rows: Vec<TextRow>, now: Now, actions: &mut Vec<Action>) {
        let grace_over = now.instant + self.limits.in_doubt_grace;
        // Lanes open nothing before they are told.
        actions.extend(self.lanes.keys().map(|lane| Action::Listen(lane.clone(), now.instant)));
        for row in rows {
            // A lane that is no longer configured can bring no evidence.
            let lane = row.lane.clone().filter(|lane| self.lanes.contains_key(lane));
            let until = if lane.is_some() { grace_over } else { now.instant };
            if let Some(lane) = &lane {
                actions.push(Action::Listen(lane.clone(), until));
            }
            self.in_doubt.add(row, lane, until);
        }
        self.resolve_doubts(now, actions);
    }

    fn late(&mut self, name: &LaneName, reference: Option<u8>, now: Now, actions: &mut Vec<Action>) {
        let Some(row) = self.in_doubt.settle(name) else { return };
        actions.push(Action::Write(Write::Accepted { text: row.id, at: now.utc, reference }));
        actions.push(Action::ended(row, TextState::Accepted, Some(name.clone()), None));
    }

    /// What becomes of texts in doubt whose grace is over.
    fn resolve_doubts(&mut self, now: Now, actions: &mut Vec<Action>) {
        if self.limits.in_doubt == InDoubtPolicy::Hold {
            return;
        }
        for Doubt { row, lane, .. } in self.in_doubt.over(now.instant) {
            let (text, reason) = (row.id, row.reason.unwrap_or(Reason::Timeout));
            let Fate::Resend { wait, counts } = fate(self.limits.in_doubt, &row) else {
                self.give_up(row, TextState::Failed, reason, lane, actions);
                continue;
            };
            let not_before = now.after(wait);
            actions.push(Action::Write(Write::Requeue {
                text,
                at: now.utc,
                not_before,
                reason,
                refused: counts,
                marked: true,
            }));
            actions.push(Action::Again { lane, reason, marked: true });
            self.look = true;
        }
    }

    fn give_up(
        &mut self,
        row: TextRow,
        state: TextState,
        reason: Reason,
        lane: Option<LaneName>,
        actions: &mut Vec<Action>,
    ) {
        actions.push(Action::GiveUp(Box::new(GiveUp { row, state, reason, lane })));
        // What tells the fallback is queued by the same write.
        self.look = true;
    }

    fn not_done(&mut self, action: Action, now: Now, actions: &mut Vec<Action>) {
        self.wake = Some(now.instant + WRITE_AGAIN);
        match action {
            Action::Write(Write::Start { text, lane: name, .. }) => {
                // Not on disk, so not sent: the lane leaves its prompt and the text stays as it is.
                if self.take(&name, text).is_some() {
                    self.lane(&name).rests_until = Some(now.instant + WRITE_AGAIN);
                }
                actions.push(Action::Abort(name));
            }
            Action::Submit(name, row) => drop(self.take(&name, row.id)),
            Action::Look { .. } => self.look = true,
            // Without its start on disk nothing is fired, and there is nothing to abort.
            Action::Fire(_) | Action::Abort(_) => {}
            Action::Write(_)
            | Action::GiveUp(_)
            | Action::Listen(..)
            | Action::Ended { .. }
            | Action::Again { .. }
            | Action::Trouble(_) => self.owed.push_back(action),
        }
    }

    fn timer(&mut self, now: Now, actions: &mut Vec<Action>) {
        for lane in self.lanes.values_mut() {
            if lane.rests_until.is_some_and(|until| until <= now.instant) {
                lane.rests_until = None;
                self.look = true;
            }
        }
        if self.wake.is_some_and(|wake| wake <= now.instant) {
            self.wake = None;
            self.look = true;
        }
        actions.extend(self.owed.drain(..));
        self.resolve_doubts(now, actions);
        self.tell_of_down_lanes(now, actions);
    }
}
