//! From the commit to the result: what the engine makes of a submission.

use std::time::Duration;

use crate::modem::sim::{
    answer::{Answer, End},
    card::Lock,
    engine::{Busy, Due, Engine},
    entry::{Accepted, EntryKind, Submission},
    fault::{Act, Fault, Happening},
    script::Profile,
};

/// What the client is told in the end.
#[derive(Clone, Debug)]
pub(super) enum Ending {
    /// `+CMGS: mr` and `OK`.
    Sent { reference: u8 },
    /// `OK` alone.
    PlainOk,
    /// An error.
    Refused(End),
    /// The lines of a script.
    Lines(Vec<String>),
    /// Nothing, ever.
    Silence,
}

impl Engine {
    /// Takes a message at its commit; `slot` where it comes from the card.
    pub(super) fn submit(&mut self, submission: Submission, slot: Option<usize>) {
        self.note(EntryKind::Submitted(submission.clone()));
        let mut course = Course::new(self.refusal(&submission), self.script.profile);
        for fault in self.faults.strike(Happening::Submit { number: &submission.number }) {
            course.take(fault);
        }
        let accept_at = self.now + self.script.network_time + course.accept_delay;
        let result_at = accept_at + self.script.result_time + course.result_delay;
        let sent = course.end.is_none() && course.instead.is_none() && !course.ignore;
        let reference = self.next_reference;
        if course.accepted || sent {
            self.next_reference = reference.wrapping_add(1);
        }
        let until = result_at.min(self.now + self.script.patience);
        self.busy = Some(Busy { on_connection: self.link.count, until, complained: false });
        if course.accepted {
            self.plan(accept_at, Due::Accept { submission, reference, slot });
        }
        self.link.muted |= course.mute;
        self.say_unsolicited(std::mem::take(&mut course.urcs), course.repeat);
        let (boot, drop) = (course.boot, course.drop);
        self.plan(result_at, Due::Result { ending: course.ending(reference), slot });
        if boot {
            self.boot();
        }
        if drop {
            self.close();
        }
    }

    /// Why this modem cannot send now: no coverage, no service centre.
    fn refusal(&self, submission: &Submission) -> Option<End> {
        let own_smsc = submission.pdu.as_deref().is_some_and(|pdu| !pdu.starts_with("00"));
        match self.modem.registration() {
            _ if self.modem.card.lock() != Lock::Ready => Some(End::Cms(311)),
            0 | 2 | 3 | 8 | 11 => Some(End::Cms(331)),
            _ if self.modem.card.smsc.is_empty() && !own_smsc => Some(End::Cms(330)),
            _ => None,
        }
    }

    pub(super) fn accept(&mut self, submission: Submission, reference: u8, slot: Option<usize>) {
        if let Some(slot) = slot {
            self.modem.card.mark_sent(slot);
        }
        let Submission { number, text, pdu, part, .. } = submission;
        self.note(EntryKind::Accepted(Accepted { reference, number, text, pdu, part }));
    }

    /// The end of a submission: its client may speak again.
    pub(super) fn finish(&mut self, ending: &Ending, slot: Option<usize>) {
        self.busy = None;
        self.end_flood();
        let command = if slot.is_some() { "+CMSS" } else { "+CMGS" };
        let answer = match ending {
            Ending::Sent { reference } => Answer::line(format!("{command}: {reference}")),
            Ending::PlainOk => Answer::ok(),
            Ending::Refused(end) => Answer::end(*end),
            Ending::Lines(lines) => Answer { lines: lines.clone(), end: None },
            Ending::Silence => return,
        };
        if let Ending::Refused(end) = ending {
            self.note(EntryKind::Refused { code: end.code() });
        }
        if self.link.connected {
            self.answer(&answer, &[]);
        } else {
            let bytes = answer.bytes(&self.modem.manner(), &[]);
            self.hold(&bytes);
        }
    }
}

/// What the network and the faults make of one submission.
#[derive(Debug)]
struct Course {
    accepted: bool,
    end: Option<End>,
    instead: Option<Vec<String>>,
    plain_ok: bool,
    ignore: bool,
    accept_delay: Duration,
    result_delay: Duration,
    urcs: Vec<String>,
    repeat: Option<Duration>,
    mute: bool,
    boot: bool,
    drop: bool,
}

impl Course {
    fn new(refusal: Option<End>, profile: Profile) -> Self {
        Self {
            accepted: refusal.is_none(),
            end: refusal,
            instead: None,
            plain_ok: profile == Profile::AdvantechOld,
            ignore: false,
            accept_delay: Duration::ZERO,
            result_delay: Duration::ZERO,
            urcs: Vec::new(),
            repeat: None,
            mute: false,
            boot: false,
            drop: false,
        }
    }

    fn take(&mut self, fault: Fault) {
        self.accepted &= fault.accepted;
        match fault.act {
            Act::Ignore => self.ignore = true,
            Act::Error => self.end = Some(End::Error),
            Act::Cms(code) => self.end = Some(End::Cms(code)),
            Act::Cme(code) => self.end = Some(End::Cme(code)),
            Act::Late(after) => self.result_delay += after,
            Act::LateAccept(after) => self.accept_delay += after,
            Act::Drop => self.drop = true,
            Act::Urc { lines, repeat } => {
                self.urcs.extend(lines);
                self.repeat = repeat.or(self.repeat);
            }
            Act::Answer(lines) => self.instead = Some(lines),
            Act::PlainOk => self.plain_ok = true,
            Act::Mute => self.mute = true,
            Act::Boot => self.boot = true,
            // Only at other points; the script's reader sees to that.
            Act::NoPrompt | Act::Banner(_) => {}
        }
    }

    fn ending(self, reference: u8) -> Ending {
        match (self.ignore, self.instead, self.end) {
            (true, _, _) => Ending::Silence,
            (false, Some(lines), _) => Ending::Lines(lines),
            (false, None, Some(end)) => Ending::Refused(end),
            (false, None, None) if self.plain_ok => Ending::PlainOk,
            (false, None, None) => Ending::Sent { reference },
        }
    }
}
