//! The client: one command in flight.

use std::time::Duration;

use crate::at::dialogue::{Action, Command, Input, Response, reference};
use crate::at::framer::{Framer, Token};
use crate::at::result::{FinalResult, is_boot_banner};
use crate::at::resync::{Resync, Step};
use crate::clock::Instant;

/// A sans-IO AT client. `new`, [`handle`](Client::handle), [`deadline`](Client::deadline) and no other way in.
///
/// What holds: actions are to be performed in order. A second `Send` while a command is in flight is a
/// mistake of the caller and asserted. Between [`Input::Commit`] and [`Action::Done`] the client writes not one
/// byte: some modems abort the submission on any character although the text may still go out.
#[derive(Debug)]
pub struct Client {
    framer: Framer,
    state: State,
    /// Lines still belonging to a two-line unsolicited code (`+CMT`, `+CDS`, `+CBM`).
    swallow: u8,
}

#[derive(Debug)]
enum State {
    Idle,
    /// A command is out.
    Awaiting(InFlight),
    /// The prompt was seen; the caller holds the pen.
    AtPrompt,
    /// 0x1A is out.
    Submitted(InFlight),
    Resyncing(Resync),
}

#[derive(Debug)]
struct InFlight {
    prefix: String,
    wants_prompt: bool,
    info: Vec<String>,
    deadline: Instant,
}

impl Client {
    /// A client that trusts the line; start with [`Input::Resync`] on a fresh one.
    #[must_use]
    pub fn new() -> Self {
        Self { framer: Framer::default(), state: State::Idle, swallow: 0 }
    }

    /// When [`Input::Timer`] is due; nothing the modem says moves it further away.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Awaiting(command) | State::Submitted(command) => Some(command.deadline),
            State::Resyncing(resync) => Some(resync.deadline()),
            State::Idle | State::AtPrompt => None,
        }
    }

    /// Takes one input, returns what is to be done, in order.
    pub fn handle(&mut self, input: Input<'_>, now: Instant) -> Vec<Action> {
        match input {
            Input::Bytes(bytes) => self.bytes(bytes, now),
            Input::Send(command) => self.send(command, now),
            Input::Body(body) => {
                assert!(matches!(self.state, State::AtPrompt), "a body is written at a prompt");
                self.framer.wrote(body);
                vec![Action::Write(body.to_vec())]
            }
            Input::Commit { within } => self.commit(now + within),
            Input::Resync => self.resync(now),
            Input::Timer => self.timer(now),
            Input::Closed => {
                let mut actions = Vec::new();
                if matches!(&self.state, State::Submitted(submission) if !submission.info.is_empty()) {
                    self.cut_off(&mut actions);
                }
                actions
            }
        }
    }

    fn send(&mut self, command: Command, now: Instant) -> Vec<Action> {
        assert!(matches!(self.state, State::Idle), "one command in flight");
        let mut bytes = command.line.clone().into_bytes();
        self.framer.wrote(&bytes);
        bytes.push(b'\r');
        self.state = State::Awaiting(InFlight {
            prefix: command.own_prefix().to_owned(),
            wants_prompt: command.wants_prompt,
            info: Vec::new(),
            deadline: now + command.within,
        });
        vec![Action::Write(bytes)]
    }

    fn commit(&mut self, deadline: Instant) -> Vec<Action> {
        assert!(matches!(self.state, State::AtPrompt), "the commit byte follows a prompt");
        self.state =
            State::Submitted(InFlight { prefix: "+CMGS".to_owned(), wants_prompt: false, info: Vec::new(), deadline });
        vec![Action::Write(vec![CTRL_Z])]
    }

    fn resync(&mut self, now: Instant) -> Vec<Action> {
        self.framer.clear();
        self.swallow = 0;
        self.state = State::Resyncing(Resync::start(now));
        // ESC leaves a prompt, CR ends a half-typed line. Never 0x1A: it would send what somebody else typed.
        vec![Action::Write(vec![ESC]), Action::Write(vec![b'\r'])]
    }

    fn bytes(&mut self, bytes: &[u8], now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        for byte in bytes {
            let awaited = matches!(&self.state, State::Awaiting(command) if command.wants_prompt);
            match self.framer.push(*byte, awaited) {
                Some(Token::Prompt) => {
                    self.state = State::AtPrompt;
                    actions.push(Action::Prompt);
                }
                Some(Token::Line(line)) => self.line(line, now, &mut actions),
                None => {}
            }
        }
        actions
    }

    fn line(&mut self, line: String, now: Instant, actions: &mut Vec<Action>) {
        if self.swallow > 0 {
            self.swallow -= 1;
            return actions.push(Action::Unsolicited(line));
        }
        if is_boot_banner(&line) {
            return self.booted(line, actions);
        }
        match &mut self.state {
            State::Resyncing(resync) => {
                let step = resync.line(FinalResult::parse(&line).is_some(), now);
                Self::stray(line, &mut self.swallow, actions);
                self.step(step, actions);
            }
            State::Awaiting(command) => {
                if let Some(result) = FinalResult::parse(&line) {
                    self.finish(result, actions);
                } else if belongs(&line, &command.prefix) && command.info.len() < MAX_INFO_LINES {
                    command.info.push(line);
                } else {
                    Self::stray(line, &mut self.swallow, actions);
                }
            }
            State::Submitted(submission) => {
                if let Some(result) = FinalResult::parse(&line) {
                    // After `+CMGS: mr` the network has it, whatever the modem adds.
                    let accepted = !submission.info.is_empty();
                    self.finish(if accepted { FinalResult::Ok } else { result }, actions);
                } else if line.starts_with("+CMGS") {
                    submission.deadline = submission.deadline.min(now + OK_GRACE);
                    submission.info.push(line);
                } else if line != ">" {
                    Self::stray(line, &mut self.swallow, actions);
                }
            }
            // The modem has left its prompt by itself: nothing may be committed any more.
            State::AtPrompt if FinalResult::parse(&line).is_some() => {
                let result = FinalResult::parse(&line).unwrap_or(FinalResult::Timeout);
                self.state = State::Idle;
                actions.push(Action::Done(Response { info: Vec::new(), result }));
            }
            State::Idle | State::AtPrompt => Self::stray(line, &mut self.swallow, actions),
        }
    }

    /// A line outside any command: a URC, a late answer, or noise.
    fn stray(line: String, swallow: &mut u8, actions: &mut Vec<Action>) {
        if let Some(rest) = line.strip_prefix("+CMGS") {
            return actions.push(Action::LateReference(reference(rest)));
        }
        if TWO_LINE_CODES.iter().any(|code| line.starts_with(code)) {
            *swallow = 1;
        }
        actions.push(Action::Unsolicited(line));
    }

    fn booted(&mut self, line: String, actions: &mut Vec<Action>) {
        actions.push(Action::Unsolicited(line));
        self.cut_off(actions);
        self.state = State::Idle;
        actions.push(Action::Booted);
    }

    /// The answer under way will not be finished. After `+CMGS: mr` the network has the text all the same.
    fn cut_off(&mut self, actions: &mut Vec<Action>) {
        match &self.state {
            State::Submitted(submission) if !submission.info.is_empty() => self.finish(FinalResult::Ok, actions),
            State::Awaiting(_) | State::Submitted(_) => self.finish(FinalResult::Timeout, actions),
            _ => {}
        }
    }

    fn finish(&mut self, result: FinalResult, actions: &mut Vec<Action>) {
        if let State::Awaiting(command) | State::Submitted(command) = std::mem::replace(&mut self.state, State::Idle) {
            actions.push(Action::Done(Response { info: command.info, result }));
        }
    }

    fn timer(&mut self, now: Instant) -> Vec<Action> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        let mut actions = Vec::new();
        match &mut self.state {
            State::Resyncing(resync) => {
                let step = resync.timer(now);
                self.step(step, &mut actions);
            }
            State::Submitted(submission) if !submission.info.is_empty() => {
                // `+CMGS: mr` came, its OK did not: accepted, but the line is suspect.
                self.finish(FinalResult::Ok, &mut actions);
                actions.extend(self.resync(now));
            }
            State::Awaiting(_) | State::Submitted(_) => {
                self.finish(FinalResult::Timeout, &mut actions);
                actions.extend(self.resync(now));
            }
            State::Idle | State::AtPrompt => {}
        }
        actions
    }

    fn step(&mut self, step: Step, actions: &mut Vec<Action>) {
        match step {
            Step::Wait => {}
            Step::Probe => {
                self.framer.wrote(b"AT");
                actions.push(Action::Write(b"AT\r".to_vec()));
            }
            Step::Clean => {
                self.state = State::Idle;
                actions.push(Action::Resynced);
            }
            Step::Dead => {
                self.state = State::Idle;
                actions.push(Action::Dead);
            }
        }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether an information line can be the answer to the command with this prefix. A line that carries another
/// command's prefix is unsolicited (`+CREG: 1` while `+CSQ` is asked); one without a prefix is data.
fn belongs(line: &str, prefix: &str) -> bool {
    if !prefix.is_empty() && line.starts_with(prefix) {
        return true;
    }
    !line.starts_with(['+', '^', '*', '#', '_', '$', '%']) && !UNSOLICITED_WORDS.contains(&line)
}

/// Lines without a prefix that belong to no command.
const UNSOLICITED_WORDS: [&str; 7] =
    ["RING", "NO CARRIER", "BUSY", "SMS Ready", "Call Ready", "SMS DONE", "UNDER-VOLTAGE WARNING"];

/// Unsolicited codes followed by one more line in PDU mode (quirk 72).
const TWO_LINE_CODES: [&str; 3] = ["+CMT:", "+CDS:", "+CBM:"];

/// Information lines kept of one answer: more than any command sent here has; the rest is reported unsolicited.
const MAX_INFO_LINES: usize = 64;

/// How long the `OK` may lag behind `+CMGS: mr` (quirk 35).
const OK_GRACE: Duration = Duration::from_secs(5);

const ESC: u8 = 0x1b;
const CTRL_Z: u8 = 0x1a;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::at::result::ErrorCode;

    /// A transcript: what the caller does, and what the modem says.
    enum Turn {
        Send(&'static str),
        Submit(&'static str),
        Hear(&'static str),
        Body(&'static str),
        Commit,
        Wait(u64),
    }
    use Turn::{Body, Commit, Hear, Send, Submit, Wait};

    /// Plays a transcript, each thing heard cut into pieces of `piece` bytes; returns everything but writes.
    fn play(turns: &[Turn], piece: usize) -> Vec<Action> {
        let mut client = Client::new();
        let mut now = Instant::now();
        let mut out = Vec::new();
        for turn in turns {
            let actions = match turn {
                Send(line) => client.handle(Input::Send(Command::new(*line, Duration::from_secs(5))), now),
                Submit(line) => client.handle(Input::Send(Command::with_prompt(*line, Duration::from_secs(10))), now),
                Hear(text) => {
                    text.as_bytes().chunks(piece).flat_map(|piece| client.handle(Input::Bytes(piece), now)).collect()
                }
                Body(body) => client.handle(Input::Body(body.as_bytes()), now),
                Commit => client.handle(Input::Commit { within: Duration::from_secs(185) }, now),
                Wait(seconds) => {
                    now += Duration::from_secs(*seconds);
                    client.handle(Input::Timer, now)
                }
            };
            out.extend(actions);
        }
        out
    }

    fn check(turns: &[Turn], expected: &[Action]) {
        let whole = play(turns, usize::MAX);
        let heard: Vec<Action> = whole.iter().filter(|action| !matches!(action, Action::Write(_))).cloned().collect();
        assert_eq!(heard, expected);
        for piece in 1..40 {
            assert_eq!(play(turns, piece), whole, "cut into pieces of {piece}");
        }
    }

    fn done(info: &[&str], result: FinalResult) -> Action {
        Action::Done(Response { info: info.iter().map(|line| (*line).to_owned()).collect(), result })
    }

    fn urc(line: &str) -> Action {
        Action::Unsolicited(line.to_owned())
    }

    #[test]
    fn one_command_one_answer() {
        check(
            &[Send("AT+CSQ"), Hear("AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n")],
            &[done(&["+CSQ: 20,99"], FinalResult::Ok)],
        );
    }

    #[test]
    fn unsolicited_lines_are_told_from_answers_at_any_point() {
        check(
            &[Send("AT+CSQ"), Hear("+CREG: 1\r\n+CSQ: 20,99\r\n^RSSI:17\r\nRING\r\nOK\r\n+CMTI: \"SM\",3\r\n")],
            &[
                urc("+CREG: 1"),
                urc("^RSSI:17"),
                urc("RING"),
                done(&["+CSQ: 20,99"], FinalResult::Ok),
                urc("+CMTI: \"SM\",3"),
            ],
        );
    }

    #[test]
    fn content_of_a_message_forges_no_result() {
        check(
            &[Send("AT+CSQ"), Hear("+CMT: \"\",5\r\nOK\r\n+CSQ: 1,1\r\nOK\r\n")],
            &[urc("+CMT: \"\",5"), urc("OK"), done(&["+CSQ: 1,1"], FinalResult::Ok)],
        );
    }

    #[test]
    fn submission_goes_prompt_body_commit_result() {
        check(
            &[
                Submit("AT+CMGS=18"),
                Hear("AT+CMGS=18\r\r\n> "),
                Body("0011"),
                Commit,
                Hear("0011\x1a\r\n> \r\n+CMGS: 42,\"26/11/22\"\r\n\r\nOK\r\n"),
            ],
            &[Action::Prompt, done(&["+CMGS: 42,\"26/11/22\""], FinalResult::Ok)],
        );
    }

    #[test]
    fn flood_does_not_move_the_deadline() {
        check(
            &[Send("AT+CSQ"), Hear("^RSSI:1\r\n"), Wait(3), Hear("^RSSI:2\r\n"), Wait(3)],
            &[urc("^RSSI:1"), urc("^RSSI:2"), done(&[], FinalResult::Timeout)],
        );
    }

    #[test]
    fn late_ok_does_not_finish_next_command() {
        // The old OK arrives together with the probe's: two finals in one window, so the line is probed again.
        check(
            &[
                Send("AT+CSQ"),
                Wait(5),
                Wait(1),
                Hear("+CSQ: 3,3\r\nOK\r\nOK\r\n"),
                Hear("OK\r\n"),
                Wait(1),
                Send("AT+CREG?"),
                Hear("+CREG: 0,1\r\nOK\r\n"),
            ],
            &[
                done(&[], FinalResult::Timeout),
                urc("+CSQ: 3,3"),
                urc("OK"),
                urc("OK"),
                urc("OK"),
                Action::Resynced,
                done(&["+CREG: 0,1"], FinalResult::Ok),
            ],
        );
    }

    #[test]
    fn late_reference_is_evidence_not_an_answer() {
        check(
            &[
                Submit("AT+CMGS=18"),
                Hear("> "),
                Body("00"),
                Commit,
                Wait(185),
                Hear("+CMGS: 7\r\nOK\r\n"),
                Wait(1),
                Hear("OK\r\n"),
                Wait(1),
            ],
            &[
                Action::Prompt,
                done(&[], FinalResult::Timeout),
                Action::LateReference(Some(7)),
                urc("OK"),
                urc("OK"),
                Action::Resynced,
            ],
        );
    }

    #[test]
    fn reference_without_ok_is_accepted_after_a_grace() {
        check(
            &[Submit("AT+CMGS=18"), Hear("> "), Body("00"), Commit, Hear("+CMGS: 7\r\n"), Wait(4), Wait(1)],
            &[Action::Prompt, done(&["+CMGS: 7"], FinalResult::Ok)],
        );
    }

    #[test]
    fn error_after_reference_is_still_accepted() {
        check(
            &[Submit("AT+CMGS=18"), Hear("> "), Body("00"), Commit, Hear("+CMGS: 7\r\nERROR\r\n")],
            &[Action::Prompt, done(&["+CMGS: 7"], FinalResult::Ok)],
        );
    }

    #[test]
    fn error_instead_of_prompt_ends_the_command() {
        check(
            &[Submit("AT+CMGS=18"), Hear("\r\n+CMS ERROR: 304\r\n")],
            &[done(&[], FinalResult::Error(ErrorCode::Cms(304)))],
        );
    }

    #[test]
    fn error_behind_the_prompt_ends_the_command_before_anything_is_committed() {
        check(
            &[Submit("AT+CMGS=18"), Hear("\r\n> \r\n+CMS ERROR: 515\r\n")],
            &[Action::Prompt, done(&[], FinalResult::Error(ErrorCode::Cms(515)))],
        );
    }

    #[test]
    fn ok_instead_of_prompt_ends_the_command() {
        check(&[Submit("AT+CMGS=18"), Hear("\r\nOK\r\n")], &[done(&[], FinalResult::Ok)]);
    }

    #[test]
    fn missing_prompt_leads_to_escape_before_anything_else() {
        let actions = play(&[Submit("AT+CMGS=18"), Wait(10)], usize::MAX);
        assert_eq!(
            actions[1..],
            [done(&[], FinalResult::Timeout), Action::Write(vec![ESC]), Action::Write(vec![b'\r'])]
        );
    }

    #[test]
    fn silent_modem_is_dead_after_five_probes() {
        let mut turns = vec![Send("AT"), Wait(5)];
        turns.extend((0..10).map(|_| Wait(6)));
        let actions = play(&turns, usize::MAX);
        assert_eq!(actions.last(), Some(&Action::Dead));
        assert_eq!(actions.iter().filter(|action| **action == Action::Write(b"AT\r".to_vec())).count(), 1 + 5);
    }

    #[test]
    fn reboot_in_a_submission_leaves_it_unknown() {
        check(
            &[Submit("AT+CMGS=18"), Hear("> "), Body("00"), Commit, Hear("\r\nRDY\r\n")],
            &[Action::Prompt, urc("RDY"), done(&[], FinalResult::Timeout), Action::Booted],
        );
    }

    #[test]
    fn acceptance_that_was_heard_counts_whatever_comes_after() {
        check(
            &[Submit("AT+CMGS=18"), Hear("> "), Body("00"), Commit, Hear("+CMGS: 5\r\nRDY\r\n")],
            &[Action::Prompt, urc("RDY"), done(&["+CMGS: 5"], FinalResult::Ok), Action::Booted],
        );
        let mut client = Client::new();
        let now = Instant::now();
        client.handle(Input::Send(Command::with_prompt("AT+CMGS=18", Duration::from_secs(10))), now);
        client.handle(Input::Bytes(b"> "), now);
        client.handle(Input::Commit { within: Duration::from_secs(185) }, now);
        assert!(client.handle(Input::Closed, now).is_empty(), "nothing heard yet, so nothing known");
        client.handle(Input::Bytes(b"+CMGS: 5\r\n"), now);
        assert_eq!(client.handle(Input::Closed, now), [done(&["+CMGS: 5"], FinalResult::Ok)]);
    }

    #[test]
    fn nothing_is_written_between_commit_and_result() {
        let turns =
            [Submit("AT+CMGS=18"), Hear("> "), Body("00"), Commit, Hear("+CREG: 2\r\n> \r\nRING\r\n"), Wait(184)];
        let actions = play(&turns, usize::MAX);
        let last_write = actions.iter().rposition(|action| matches!(action, Action::Write(_)));
        assert_eq!(actions[last_write.expect("a write")], Action::Write(vec![CTRL_Z]));
    }
}
