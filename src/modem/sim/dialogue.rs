//! The receiver of the engine: bytes become lines and bodies, lines become answers.
//!
//! This is where a client is judged: what is not AT at the point where it arrives is a violation.

use std::time::Duration;

use crate::modem::sim::{
    answer::{Answer, End},
    body::{Body, Purpose},
    card::Stored,
    command::{self, Line},
    commands::Reply,
    engine::{Due, Engine},
    entry::EntryKind,
    fault::{Act, Fault, Happening},
    script::Escape,
};

impl Engine {
    pub(super) fn byte(&mut self, byte: u8) {
        if self.byte_while_busy(byte) {
            return;
        }
        match self.input.body.take() {
            Some(body) => self.body_byte(body, byte),
            None => self.command_byte(byte),
        }
    }

    /// Whether the byte came while its client had to wait for a result. It is lost then, as on the modems that
    /// may abort a submission for it.
    fn byte_while_busy(&mut self, byte: u8) -> bool {
        let (now, connection) = (self.now, self.link.count);
        let Some(busy) = self.busy.as_mut().filter(|busy| busy.on_connection == connection && now < busy.until) else {
            return false;
        };
        if !busy.complained && !matches!(byte, b'\r' | b'\n') {
            busy.complained = true;
            self.violation(format!("byte while busy: 0x{byte:02X} before the result of a submission"));
        }
        true
    }

    fn command_byte(&mut self, byte: u8) {
        match byte {
            ESC => {
                self.input.line.clear();
                self.input.spoiled = false;
            }
            b'\n' => {}
            b'\r' => {
                self.echo(byte);
                self.line_end();
            }
            0x20..=0x7E => {
                self.echo(byte);
                if self.input.line.len() < MAX_LINE {
                    self.input.line.push(byte);
                } else {
                    self.spoil(format!("a command line longer than {MAX_LINE} characters"));
                }
            }
            _ => {
                self.spoil(format!("byte 0x{byte:02X} outside a message body"));
                if byte == CTRL_Z {
                    self.line_end();
                }
            }
        }
    }

    /// Complains once a line.
    fn spoil(&mut self, what: String) {
        if !self.input.spoiled {
            self.input.spoiled = true;
            self.violation(what);
        }
    }

    fn echo(&mut self, byte: u8) {
        if self.modem.settings.echo {
            self.say(&[byte]);
        }
    }

    fn line_end(&mut self) {
        let bytes = std::mem::take(&mut self.input.line);
        if std::mem::take(&mut self.input.spoiled) {
            return self.answer(&Answer::end(End::Error), &[]);
        }
        if bytes.is_empty() {
            return;
        }
        self.end_flood();
        let line = String::from_utf8_lossy(&bytes).into_owned();
        self.note(EntryKind::Command { line: masked(&line) });
        match command::parse(&line) {
            Ok(parsed) => self.command_line(&line, &parsed),
            Err(what) => {
                self.violation(what);
                self.answer(&Answer::end(End::Error), &[]);
            }
        }
    }

    fn command_line(&mut self, line: &str, parsed: &Line) {
        let mut turn = Turn::default();
        for fault in self.faults.strike(Happening::Line(line)) {
            turn.take(fault);
        }
        self.link.muted |= turn.mute;
        if let Some((lines, repeat)) = turn.flood.take() {
            self.flood(lines, Some(repeat));
        }
        if turn.drop {
            return self.close();
        }
        if turn.boot {
            return self.boot();
        }
        if turn.no_prompt {
            return;
        }
        if let Some(answer) = turn.instead.take() {
            return self.deliver(answer, turn);
        }
        match self.modem.run(parsed) {
            Reply::Answer(mut answer) => {
                if turn.plain_ok && answer.end == Some(End::Ok) {
                    answer.lines.clear();
                }
                self.deliver(answer, turn);
            }
            Reply::Prompt(_) if turn.ignore => {}
            Reply::Prompt(body) if turn.delay > Duration::ZERO => {
                self.plan(self.now + turn.delay, Due::Prompt(body));
            }
            Reply::Prompt(body) => {
                self.say_lines(&turn.urcs);
                self.prompt(body);
            }
            Reply::Send(slot, submission) => self.submit(submission, Some(slot)),
            Reply::Restart => {
                self.answer(&Answer::ok(), &turn.urcs);
                self.boot();
            }
        }
    }

    fn deliver(&mut self, answer: Answer, turn: Turn) {
        if turn.ignore {
            return;
        }
        if turn.delay > Duration::ZERO {
            self.plan(self.now + turn.delay, Due::Answer(answer, turn.urcs));
        } else {
            self.answer(&answer, &turn.urcs);
        }
    }

    pub(super) fn prompt(&mut self, body: Body) {
        self.input.body = Some(body);
        let prompt = self.script.prompt.clone();
        self.say(prompt.as_bytes());
        if self.is_heard() {
            self.note(EntryKind::Prompted);
        }
    }

    fn body_byte(&mut self, mut body: Body, byte: u8) {
        match (byte, self.script.escape) {
            (ESC, Escape::Ok) => self.answer(&Answer::ok(), &[]),
            (ESC, Escape::Error) => self.answer(&Answer::end(End::Error), &[]),
            (ESC, Escape::Silent) => {}
            (ESC, Escape::Ignored) => self.input.body = Some(body),
            (CTRL_Z, _) => {
                self.echo(byte);
                self.body_end(body);
            }
            _ => {
                self.echo(byte);
                if let Err(what) = body.push(byte) {
                    self.violation(what);
                }
                if byte == b'\r' && body.is_text() && self.script.prompt_again {
                    let prompt = self.script.prompt.clone();
                    self.say(prompt.as_bytes());
                }
                self.input.body = Some(body);
            }
        }
    }

    fn body_end(&mut self, body: Body) {
        let purpose = body.purpose;
        match (body.finish(), purpose) {
            (Ok(submission), Purpose::Send) => self.submit(submission, None),
            (Ok(submission), Purpose::Store) => {
                let answer = match self.modem.card.store(Stored { submission, sent: false }) {
                    Some(index) => Answer::line(format!("+CMGW: {index}")),
                    None => Answer::end(End::Cms(STORAGE_FULL)),
                };
                self.answer(&answer, &[]);
            }
            (Err(what), _) => {
                if let Some(what) = what {
                    self.violation(what);
                }
                self.answer(&Answer::end(End::Error), &[]);
            }
        }
    }
}

/// What the faults make of one command line.
#[derive(Debug, Default)]
struct Turn {
    instead: Option<Answer>,
    delay: Duration,
    urcs: Vec<String>,
    flood: Option<(Vec<String>, Duration)>,
    ignore: bool,
    no_prompt: bool,
    plain_ok: bool,
    drop: bool,
    boot: bool,
    mute: bool,
}

impl Turn {
    fn take(&mut self, fault: Fault) {
        match fault.act {
            Act::Ignore => self.ignore = true,
            Act::NoPrompt => self.no_prompt = true,
            Act::Error => self.instead = Some(Answer::end(End::Error)),
            Act::Cms(code) => self.instead = Some(Answer::end(End::Cms(code))),
            Act::Cme(code) => self.instead = Some(Answer::end(End::Cme(code))),
            Act::Answer(lines) => self.instead = Some(Answer { lines, end: None }),
            Act::Late(after) => self.delay += after,
            Act::Drop => self.drop = true,
            Act::Urc { lines, repeat } => {
                self.flood = repeat.map(|period| (lines.clone(), period));
                self.urcs.extend(lines);
            }
            Act::PlainOk => self.plain_ok = true,
            Act::Mute => self.mute = true,
            Act::Boot => self.boot = true,
            // Only at other points; the script's reader sees to that.
            Act::LateAccept(_) | Act::Banner(_) => {}
        }
    }
}

/// The line with a PIN taken out: a ledger may end up in a log.
fn masked(line: &str) -> String {
    let upper = line.to_ascii_uppercase();
    match upper.find("+CPIN=") {
        Some(at) if !upper.ends_with("+CPIN=?") => format!("{}***", upper.get(..at + 6).unwrap_or_default()),
        _ => line.to_owned(),
    }
}

/// Aborts a message; before a command, clears half a line.
const ESC: u8 = 0x1B;

/// Commits a message.
const CTRL_Z: u8 = 0x1A;

/// The longest a command line may be; modems differ, this is among the usual.
const MAX_LINE: usize = 560;

/// `+CMS ERROR: 322`, memory full.
const STORAGE_FULL: u16 = 322;
