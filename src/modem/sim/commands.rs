//! From a command line to its answer: which commands a modem knows, and what stands before them.

use std::sync::Arc;

use crate::modem::sim::{
    answer::{Answer, End, Manner},
    body::Body,
    card::{Card, Lock},
    command::{Command, Line, Verb},
    entry::Submission,
    general, messages,
    script::{Profile, Script},
    settings::Settings,
};

/// The modem behind the line: settings and card, without time or connection.
#[derive(Debug)]
pub(super) struct Modem {
    pub(super) script: Arc<Script>,
    pub(super) settings: Settings,
    pub(super) card: Card,
}

/// What a command comes to.
#[derive(Debug)]
pub(super) enum Reply {
    /// It is answered.
    Answer(Answer),
    /// A body is wanted.
    Prompt(Body),
    /// A stored message is to be sent: its index, and the message.
    Send(usize, Submission),
    /// It is answered, then the modem restarts.
    Restart,
}

impl Modem {
    pub(super) fn new(script: Arc<Script>) -> Self {
        Self { settings: Settings::new(&script), card: Card::new(&script), script }
    }

    /// The power was off.
    pub(super) fn restart(&mut self) {
        self.settings = Settings::new(&self.script);
        self.card.restart();
    }

    /// The settings that shape answers now.
    pub(super) fn manner(&self) -> Manner<'_> {
        let Settings { verbose, quiet, errors, .. } = self.settings;
        Manner { verbose, quiet, errors, line_end: &self.script.line_end }
    }

    /// Registered as the script says, if the radio is on and the card open.
    pub(super) fn registration(&self) -> u8 {
        if self.settings.functionality == 1 && self.card.lock() == Lock::Ready { self.script.registration } else { 0 }
    }

    /// Runs the commands of a line in order; the first that is not plainly answered with `OK` ends it.
    pub(super) fn run(&mut self, line: &Line) -> Reply {
        if line.a_chain && self.script.profile != Profile::Generic {
            return Reply::Answer(Answer::end(End::Error));
        }
        let mut lines = Vec::new();
        let mut left = line.commands.len();
        for command in &line.commands {
            left -= 1;
            match self.run_one(command) {
                Reply::Answer(answer) if answer.end == Some(End::Ok) => lines.extend(answer.lines),
                Reply::Answer(answer) => {
                    lines.extend(answer.lines);
                    return Reply::Answer(Answer { lines, end: answer.end });
                }
                // A command that wants a body, sends or restarts has to be the last one.
                _ if left > 0 => return Reply::Answer(Answer::end(End::Error)),
                other => return other,
            }
        }
        Reply::Answer(Answer { lines, end: Some(End::Ok) })
    }

    fn run_one(&mut self, command: &Command) -> Reply {
        if !self.knows(&command.name) {
            return Reply::Answer(Answer::ok());
        }
        if let Some(locked) = self.locked_out(command) {
            return Reply::Answer(Answer::end(locked));
        }
        let reply = general::run(self, command).or_else(|| messages::run(self, command));
        reply.unwrap_or(Reply::Answer(Answer::end(End::Error)))
    }

    /// What is not known here is answered `OK`, so the standards' modem "knows" everything and says `ERROR`.
    fn knows(&self, name: &str) -> bool {
        match self.script.profile {
            Profile::Generic => true,
            Profile::Advantech => ADVANTECH_OLD.contains(&name) || ADVANTECH.contains(&name),
            Profile::AdvantechOld => ADVANTECH_OLD.contains(&name),
        }
    }

    fn locked_out(&self, command: &Command) -> Option<End> {
        if command.verb == Verb::Test {
            return None;
        }
        let lock = self.card.lock();
        let (cms, cme) = match lock {
            Lock::Ready => return None,
            Lock::Pin => (311, 11),
            Lock::Puk => (316, 12),
        };
        match command.name.as_str() {
            "+CMGS" | "+CMGW" | "+CMSS" | "+CMGL" | "+CMGR" | "+CMGD" | "+CPMS" | "+CSCA" => Some(End::Cms(cms)),
            "+CIMI" | "+CCID" => Some(End::Cme(cme)),
            _ => None,
        }
    }
}

/// What the older firmware of the router's AT-SMS service knows.
const ADVANTECH_OLD: [&str; 7] = ["", "E", "+CMGF", "+CMGS", "+CMGR", "+CMGL", "+CMGD"];

/// What the newer one knows besides: storage, service centre, identity and the state of the radio.
const ADVANTECH: [&str; 13] = [
    "+CMGW", "+CMSS", "+CPMS", "+CSCA", "+CSCS", "+CREG", "+CSQ", "+COPS", "+CGMI", "+CGMM", "+CGMR", "+CGSN", "+CIMI",
];
