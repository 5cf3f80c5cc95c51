//! The simulated modem as a machine: events and the time in, effects out.

use std::{mem, sync::Arc, time::Duration};

use crate::modem::sim::{
    answer::Answer,
    body::Body,
    commands::Modem,
    entry::{EntryKind, Submission},
    fault::{Act, Fault, Faults, Happening},
    output::Output,
    script::{LateResult, Script},
    sending::Ending,
};

/// What happens to the modem.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A client has the line. Bytes before that are not heard.
    Connected,
    /// The client wrote.
    Bytes(&'a [u8]),
    /// The client has gone.
    Disconnected,
    /// The deadline has come.
    Timer,
}

/// What the modem does, to be performed in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Write to the client, each in a piece of its own.
    Write(Vec<u8>),
    /// Close the connection; the engine counts it as closed already.
    Close,
    /// Note in the ledger.
    Ledger(EntryKind),
}

/// A modem that follows a [`Script`].
///
/// Time is an argument: how long since any fixed moment, never going back. What the modem has been told, and what
/// it is sending, outlives the connection, as with a real one.
#[derive(Debug)]
pub struct Engine {
    pub(super) script: Arc<Script>,
    pub(super) modem: Modem,
    pub(super) faults: Faults,
    pub(super) input: Input,
    pub(super) link: Link,
    pub(super) busy: Option<Busy>,
    pub(super) next_reference: u8,
    pub(super) now: Duration,
    output: Output,
    schedule: Vec<(Duration, Due)>,
    flood: Option<Flood>,
    effects: Vec<Effect>,
}

/// What has been heard and not yet understood.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) line: Vec<u8>,
    pub(super) spoiled: bool,
    pub(super) body: Option<Body>,
}

/// The connection, or its absence.
#[derive(Debug, Default)]
pub(super) struct Link {
    pub(super) connected: bool,
    /// Which connection it is, from 1.
    pub(super) count: u64,
    pub(super) muted: bool,
    held: Vec<u8>,
}

/// A submission whose result is still to come.
#[derive(Debug)]
pub(super) struct Busy {
    pub(super) on_connection: u64,
    /// From then on its client may speak again.
    pub(super) until: Duration,
    pub(super) complained: bool,
}

/// Something that happens by itself.
#[derive(Debug)]
pub(super) enum Due {
    /// A late answer to a command.
    Answer(Answer, Vec<String>),
    /// A late prompt.
    Prompt(Body),
    /// The network takes a text.
    Accept { submission: Submission, reference: u8, slot: Option<usize> },
    /// The end of a submission, and which one.
    Result { ending: Ending, slot: Option<usize> },
}

#[derive(Debug)]
struct Flood {
    lines: Vec<String>,
    period: Duration,
    next: Duration,
}

impl Engine {
    /// A modem just switched on, with nobody connected.
    #[must_use]
    pub fn new(script: Script) -> Self {
        let script = Arc::new(script);
        Self {
            modem: Modem::new(Arc::clone(&script)),
            faults: Faults::new(&script.faults),
            input: Input::default(),
            link: Link::default(),
            busy: None,
            next_reference: script.first_reference,
            now: Duration::ZERO,
            output: Output::new(&script),
            schedule: Vec::new(),
            flood: None,
            effects: Vec::new(),
            script,
        }
    }

    /// The script it follows.
    #[must_use]
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// Takes an event. Whatever was due before it happens first.
    pub fn handle(&mut self, event: Event<'_>, now: Duration) -> Vec<Effect> {
        self.now = self.now.max(now);
        self.run_due();
        match event {
            Event::Connected => self.connect(),
            Event::Bytes(bytes) => bytes.iter().for_each(|byte| self.hear(*byte)),
            Event::Disconnected => self.disconnect(),
            Event::Timer => {}
        }
        let effects = mem::take(&mut self.effects);
        if self.script.chunk.is_some() { effects } else { joined(effects) }
    }

    /// When it wants an [`Event::Timer`], on the same scale as `now`; none while nothing is to come.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        let due = self.schedule.iter().map(|(at, _)| *at).min();
        [due, self.output.deadline(), self.flood.as_ref().map(|flood| flood.next)].into_iter().flatten().min()
    }

    fn hear(&mut self, byte: u8) {
        if self.link.connected {
            self.byte(byte);
            self.run_due();
        }
    }

    fn connect(&mut self) {
        if self.link.connected {
            self.disconnect();
        }
        self.link.connected = true;
        self.link.count += 1;
        self.note(EntryKind::Connected);
        for Fault { act, .. } in self.faults.strike(Happening::Connect) {
            match act {
                Act::Drop => return self.close(),
                Act::Banner(text) => self.say(text.as_bytes()),
                Act::Urc { lines, repeat } => self.say_unsolicited(lines, repeat),
                Act::Boot => self.boot(),
                // `mute` and `ignore`; nothing else is let in at this point.
                _ => self.link.muted = true,
            }
        }
        let held = mem::take(&mut self.link.held);
        self.say(&held);
    }

    fn disconnect(&mut self) {
        if self.link.connected {
            self.link.connected = false;
            self.link.muted = false;
            self.output.clear();
            self.flood = None;
            self.note(EntryKind::Disconnected);
        }
    }

    /// Closes the connection from this end.
    pub(super) fn close(&mut self) {
        self.effects.push(Effect::Close);
        self.disconnect();
    }

    /// Does what is due, earliest first, then lets the transmitter go on.
    fn run_due(&mut self) {
        while let Some(due) = self.pop_due() {
            match due {
                Due::Answer(answer, urcs) => self.answer(&answer, &urcs),
                Due::Prompt(body) => self.prompt(body),
                Due::Accept { submission, reference, slot } => self.accept(submission, reference, slot),
                Due::Result { ending, slot } => self.finish(&ending, slot),
            }
        }
        if let Some(flood) = self.flood.as_mut().filter(|flood| flood.next <= self.now) {
            flood.next = self.now + flood.period;
            let lines = flood.lines.clone();
            self.say_lines(&lines);
        }
        self.transmit();
    }

    fn pop_due(&mut self) -> Option<Due> {
        // The first of the earliest: equal times keep the order in which they were planned.
        let (place, _) = self.schedule.iter().enumerate().min_by_key(|(_, (at, _))| *at)?;
        let (at, _) = self.schedule.get(place)?;
        if *at > self.now { None } else { Some(self.schedule.remove(place).1) }
    }

    /// Plans something. Beyond [`MAX_SCHEDULE`] the modem has lost count of its duties and forgets the new one.
    pub(super) fn plan(&mut self, at: Duration, due: Due) {
        if self.schedule.len() < MAX_SCHEDULE {
            self.schedule.push((at, due));
        }
    }

    pub(super) fn note(&mut self, kind: EntryKind) {
        self.effects.push(Effect::Ledger(kind));
    }

    pub(super) fn violation(&mut self, what: String) {
        self.note(EntryKind::Violation { what });
    }

    /// Whether what is said now reaches a client.
    pub(super) fn is_heard(&self) -> bool {
        self.link.connected && !self.link.muted
    }

    pub(super) fn say(&mut self, bytes: &[u8]) {
        if self.is_heard() && !bytes.is_empty() {
            self.output.push(bytes, self.now);
            self.transmit();
        }
    }

    /// Keeps what nobody hears for the next client, if the script says so.
    pub(super) fn hold(&mut self, bytes: &[u8]) {
        if self.script.late_result == LateResult::ToNextClient && self.link.held.len() < MAX_HELD {
            self.link.held.extend_from_slice(bytes);
        }
    }

    fn transmit(&mut self) {
        while let Some(bytes) = self.output.pop(self.now) {
            self.effects.push(Effect::Write(bytes));
        }
    }

    pub(super) fn answer(&mut self, answer: &Answer, urcs: &[String]) {
        let bytes = answer.bytes(&self.modem.manner(), urcs);
        self.say(&bytes);
        if let Some(end) = answer.end.filter(|_| self.is_heard() && !self.modem.settings.quiet) {
            self.note(EntryKind::Answered { result: end.text(self.modem.settings.errors) });
        }
    }

    pub(super) fn say_lines(&mut self, lines: &[String]) {
        let eol = &self.script.line_end;
        let text: String = lines.iter().map(|line| format!("{eol}{line}{eol}")).collect();
        self.say(text.as_bytes());
    }

    pub(super) fn say_unsolicited(&mut self, lines: Vec<String>, repeat: Option<Duration>) {
        self.say_lines(&lines);
        self.flood(lines, repeat);
    }

    pub(super) fn flood(&mut self, lines: Vec<String>, repeat: Option<Duration>) {
        self.flood = repeat.map(|period| Flood { lines, period, next: self.now + period });
    }

    pub(super) fn end_flood(&mut self) {
        self.flood = None;
    }

    /// The modem restarts: it forgets settings, half a line, a body, and what it owed as answers. What the
    /// network was handed stays handed.
    pub(super) fn boot(&mut self) {
        self.modem.restart();
        self.input = Input::default();
        self.busy = None;
        self.flood = None;
        self.schedule.retain(|(_, due)| matches!(due, Due::Accept { .. }));
        self.say_lines(&BOOT_LINES.map(str::to_owned));
    }
}

/// Writes of one turn with nothing between them are one write.
fn joined(effects: Vec<Effect>) -> Vec<Effect> {
    let mut joined: Vec<Effect> = Vec::with_capacity(effects.len());
    for effect in effects {
        match (joined.last_mut(), effect) {
            (Some(Effect::Write(before)), Effect::Write(more)) => before.extend(more),
            (_, effect) => joined.push(effect),
        }
    }
    joined
}

/// What a restart prints.
const BOOT_LINES: [&str; 2] = ["RDY", "+CFUN: 1"];

/// More answers and results than a client can have outstanding.
const MAX_SCHEDULE: usize = 1_024;

/// More than the results of many lost connections.
const MAX_HELD: usize = 65_536;
