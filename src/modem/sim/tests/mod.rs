//! The engine as a client sees it: bytes in, bytes out, and what the ledger says.

mod commands;
mod dialogue;
mod faults;
mod server;

use std::time::Duration;

use crate::modem::sim::{
    engine::{Effect, Engine, Event},
    entry::EntryKind,
    script::Script,
};

// Read by hand in `submit`: "hellohello" to +33639980001, 23 octets of TPDU.
pub(super) const HELLO: &str = "0011000B913336990800F10000A70AE8329BFD4697D9EC37";

pub(super) struct Bench {
    pub(super) engine: Engine,
    now: Duration,
    pub(super) entries: Vec<EntryKind>,
    pub(super) closed: bool,
}

impl Bench {
    pub(super) fn new(yaml: &str) -> Self {
        let script = Script::parse(yaml).unwrap();
        let mut bench = Self { engine: Engine::new(script), now: Duration::ZERO, entries: Vec::new(), closed: false };
        bench.turn(Event::Connected);
        bench
    }

    /// Echo off, errors with numbers: what most tests want, with its answers thrown away.
    pub(super) fn ready(yaml: &str) -> Self {
        let mut bench = Self::new(yaml);
        bench.send("ATE0\rAT+CMEE=1\r");
        bench
    }

    pub(super) fn turn(&mut self, event: Event<'_>) -> String {
        let mut wire = Vec::new();
        for effect in self.engine.handle(event, self.now) {
            match effect {
                Effect::Write(bytes) => wire.extend(bytes),
                Effect::Close => self.closed = true,
                Effect::Ledger(kind) => self.entries.push(kind),
            }
        }
        String::from_utf8_lossy(&wire).into_owned()
    }

    pub(super) fn send(&mut self, text: &str) -> String {
        self.turn(Event::Bytes(text.as_bytes()))
    }

    pub(super) fn reconnect(&mut self) -> String {
        self.turn(Event::Disconnected);
        self.turn(Event::Connected)
    }

    /// Lets so many seconds pass, with a timer at every deadline.
    pub(super) fn wait(&mut self, seconds: u64) -> String {
        let end = self.now + Duration::from_secs(seconds);
        let mut wire = String::new();
        while let Some(deadline) = self.engine.deadline().filter(|deadline| *deadline <= end) {
            self.now = deadline;
            wire.push_str(&self.turn(Event::Timer));
        }
        self.now = end;
        wire
    }

    /// Sends the hand-made message up to and with its commit.
    pub(super) fn submit(&mut self) -> String {
        assert_eq!(self.send("AT+CMGS=23\r"), "\r\n> ");
        self.send(&format!("{HELLO}\x1A"))
    }

    pub(super) fn accepted(&self) -> Vec<(u8, &str)> {
        let accepted = self.entries.iter().filter_map(|kind| match kind {
            EntryKind::Accepted(accepted) => Some((accepted.reference, accepted.text.as_str())),
            _ => None,
        });
        accepted.collect()
    }

    pub(super) fn violations(&self) -> Vec<&str> {
        let violations = self.entries.iter().filter_map(|kind| match kind {
            EntryKind::Violation { what } => Some(what.as_str()),
            _ => None,
        });
        violations.collect()
    }
}

/// Each command gives these information lines and this final result, in this order on one modem.
pub(super) fn check(yaml: &str, dialogue: &[(&str, &str)]) {
    let mut bench = Bench::ready(yaml);
    for (command, expected) in dialogue {
        let wire = bench.send(&format!("{command}\r"));
        let told: Vec<&str> = wire.split("\r\n").filter(|line| !line.is_empty()).collect();
        assert_eq!(told.join(" / "), *expected, "{command}");
    }
    assert_eq!(bench.violations(), Vec::<&str>::new());
}
