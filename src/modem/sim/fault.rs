//! What goes wrong and when: the `faults:` of a script.

use std::time::Duration;

use serde::Deserialize;

use crate::modem::sim::duration;

/// One rule: at a point of the dialogue, at some of its occurrences, something goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Fault {
    /// Where it strikes.
    pub on: Point,
    /// At which occurrences of that point.
    pub when: When,
    /// Only for this recipient; for [`Point::Submit`].
    pub to: Option<String>,
    /// What happens.
    pub act: Act,
    /// Whether the network takes the text all the same; for [`Point::Submit`]. What hides the answer
    /// leaves it true unless the script says otherwise, what refuses makes it false.
    pub accepted: bool,
}

impl Fault {
    /// A rule that always strikes, with the default of `accepted` for its act.
    #[must_use]
    pub fn always(on: Point, act: Act) -> Self {
        let accepted = act.accepts_by_default();
        Self { on, when: When::Always, to: None, act, accepted }
    }

    /// The same rule for the `n`th occurrence only, counted from 1.
    #[must_use]
    pub fn nth(on: Point, n: u32, act: Act) -> Self {
        Self { when: When::Nth(n), ..Self::always(on, act) }
    }
}

/// A point of the dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Point {
    /// A client has come.
    Connect,
    /// A command line beginning with this, in either case (`AT+CMGF`).
    Command(String),
    /// The `AT+CMGS=` line, before the prompt.
    Cmgs,
    /// The commit: 0x1A after `AT+CMGS`, or the line `AT+CMSS=`.
    Submit,
}

/// Which occurrences of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Each.
    Always,
    /// This one, counted from 1.
    Nth(u32),
    /// Each whose count is a multiple of this.
    Every(u32),
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It is done, and never answered.
    Ignore,
    /// The `>` never comes; the modem still reads commands.
    NoPrompt,
    /// `ERROR` without a code.
    Error,
    /// `+CMS ERROR: n`.
    Cms(u16),
    /// `+CME ERROR: n`.
    Cme(u16),
    /// The answer (or the prompt) comes this much later; the network takes the text in time.
    Late(Duration),
    /// The network takes the text this much later, and the answer follows that.
    LateAccept(Duration),
    /// The connection is closed instead of an answer.
    Drop,
    /// Unsolicited lines in the middle of the answer.
    Urc {
        /// The lines, without line ends.
        lines: Vec<String>,
        /// Say them again after each of these periods, until the next command or the end of the submission.
        repeat: Option<Duration>,
    },
    /// These lines instead of the whole answer, final result included.
    Answer(Vec<String>),
    /// `OK` without the information lines that belong before it.
    PlainOk,
    /// Nothing more is said on this connection, though everything is done.
    Mute,
    /// A text in band, as a busy port server prints.
    Banner(String),
    /// The modem restarts: a banner, and echo, `CMEE`, `CMGF` and the PIN are forgotten.
    Boot,
}

impl Act {
    fn accepts_by_default(&self) -> bool {
        !matches!(self, Self::Error | Self::Cms(_) | Self::Cme(_) | Self::Answer(_) | Self::Boot)
    }
}

/// What happens now, to be held against the rules.
#[derive(Clone, Copy, Debug)]
pub(super) enum Happening<'a> {
    Connect,
    Line(&'a str),
    Submit { number: &'a str },
}

/// The rules of a script and how often each point has been met.
#[derive(Debug)]
pub(super) struct Faults {
    rules: Vec<(Fault, u32)>,
}

impl Faults {
    pub(super) fn new(faults: &[Fault]) -> Self {
        Self { rules: faults.iter().map(|fault| (fault.clone(), 0)).collect() }
    }

    /// The rules that strike now, in the order of the script. Counts the occurrence.
    pub(super) fn strike(&mut self, happening: Happening<'_>) -> Vec<Fault> {
        let mut struck = Vec::new();
        for (fault, count) in &mut self.rules {
            if !fault.concerns(happening) {
                continue;
            }
            *count = count.saturating_add(1);
            let strikes = match fault.when {
                When::Always => true,
                When::Nth(n) => *count == n,
                When::Every(n) => n > 0 && count.is_multiple_of(n),
            };
            if strikes {
                struck.push(fault.clone());
            }
        }
        struck
    }
}

impl Fault {
    fn concerns(&self, happening: Happening<'_>) -> bool {
        let begins =
            |line: &str, with: &str| line.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
        match (&self.on, happening) {
            (Point::Connect, Happening::Connect) => true,
            (Point::Command(prefix), Happening::Line(line)) => begins(line, prefix),
            (Point::Cmgs, Happening::Line(line)) => begins(line, "AT+CMGS="),
            (Point::Submit, Happening::Submit { number }) => self.to.as_deref().is_none_or(|to| to == number),
            _ => false,
        }
    }
}

/// A rule as written in YAML: flat, so that every mistake keeps its line and column.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    on: String,
    #[serde(rename = "do")]
    act: String,
    nth: Option<u32>,
    every: Option<u32>,
    to: Option<String>,
    code: Option<u16>,
    accepted: Option<bool>,
    #[serde(default, deserialize_with = "duration::deserialize_some")]
    after: Option<Duration>,
    lines: Option<Vec<String>>,
    #[serde(default, deserialize_with = "duration::deserialize_some")]
    repeat: Option<Duration>,
    text: Option<String>,
}

impl TryFrom<Written> for Fault {
    type Error = String;

    fn try_from(mut written: Written) -> Result<Self, String> {
        let on = point(&written.on)?;
        let when = match (written.nth, written.every) {
            (None, None) => When::Always,
            (Some(n), None) if n > 0 => When::Nth(n),
            (None, Some(n)) if n > 0 => When::Every(n),
            (Some(_), Some(_)) => return Err("a fault has `nth` or `every`, not both".to_owned()),
            _ => return Err("`nth` and `every` count from 1".to_owned()),
        };
        let act = written.take_act()?;
        written.nothing_left_over()?;
        fits(&on, &act, &written.act)?;
        if on != Point::Submit && (written.to.is_some() || written.accepted.is_some()) {
            return Err("`to` and `accepted` belong to a fault `on: submit`".to_owned());
        }
        let accepted = written.accepted.unwrap_or_else(|| act.accepts_by_default());
        Ok(Self { on, when, to: written.to, act, accepted })
    }
}

impl Written {
    fn take_act(&mut self) -> Result<Act, String> {
        let name = self.act.clone();
        let needs = |key: &str, example: &str| format!("`do: {name}` needs `{key}`, say `{key}: {example}`");
        Ok(match self.act.as_str() {
            "ignore" => Act::Ignore,
            "no_prompt" => Act::NoPrompt,
            "error" => Act::Error,
            "cms" => Act::Cms(self.code.take().ok_or_else(|| needs("code", "500"))?),
            "cme" => Act::Cme(self.code.take().ok_or_else(|| needs("code", "100"))?),
            "late" => Act::Late(self.after.take().ok_or_else(|| needs("after", "60s"))?),
            "late_accept" => Act::LateAccept(self.after.take().ok_or_else(|| needs("after", "60s"))?),
            "drop" => Act::Drop,
            "urc" => {
                let lines = self.lines.take().ok_or_else(|| needs("lines", "['+CREG: 2']"))?;
                let repeat = self.repeat.take();
                if repeat.is_some_and(|period| period < SHORTEST_PERIOD) {
                    return Err(format!("`repeat` is at least {}ms", SHORTEST_PERIOD.as_millis()));
                }
                Act::Urc { lines, repeat }
            }
            "answer" => Act::Answer(self.lines.take().ok_or_else(|| needs("lines", "['COMMAND NOT SUPPORT']"))?),
            "plain_ok" => Act::PlainOk,
            "mute" => Act::Mute,
            "banner" => Act::Banner(self.text.take().ok_or_else(|| needs("text", "port is busy"))?),
            "boot" => Act::Boot,
            other => {
                return Err(format!("`do: {}` is nothing a modem does; write one of {ACTS}", other.escape_debug()));
            }
        })
    }

    fn nothing_left_over(&self) -> Result<(), String> {
        let left = [
            ("code", self.code.is_some()),
            ("after", self.after.is_some()),
            ("lines", self.lines.is_some()),
            ("repeat", self.repeat.is_some()),
            ("text", self.text.is_some()),
        ];
        match left.into_iter().find(|(_, present)| *present) {
            Some((key, _)) => Err(format!("`{key}` means nothing to `do: {}`; take it out", self.act)),
            None => Ok(()),
        }
    }
}

fn point(text: &str) -> Result<Point, String> {
    match text {
        "connect" => Ok(Point::Connect),
        "cmgs" => Ok(Point::Cmgs),
        "submit" => Ok(Point::Submit),
        other => match other.strip_prefix("command:") {
            Some(prefix) if !prefix.trim().is_empty() => Ok(Point::Command(prefix.trim().to_owned())),
            _ => Err(format!(
                "`on: {}` is no point of the dialogue; write connect, command:AT+CMGF, cmgs or submit",
                other.escape_debug()
            )),
        },
    }
}

fn fits(on: &Point, act: &Act, name: &str) -> Result<(), String> {
    let fits = match act {
        Act::Ignore | Act::Drop | Act::Mute | Act::Boot | Act::Urc { .. } => true,
        Act::Banner(_) => *on == Point::Connect,
        Act::NoPrompt => *on == Point::Cmgs,
        Act::LateAccept(_) => *on == Point::Submit,
        Act::Error | Act::Cms(_) | Act::Cme(_) | Act::Late(_) | Act::Answer(_) | Act::PlainOk => *on != Point::Connect,
    };
    if fits { Ok(()) } else { Err(format!("`do: {name}` cannot happen at this `on:`; see the table of faults")) }
}

/// For the sentence about an unknown act.
const ACTS: &str =
    "ignore, no_prompt, error, cms, cme, late, late_accept, drop, urc, answer, plain_ok, mute, banner, boot";

/// A flood faster than this would keep the machine busy with nothing else.
const SHORTEST_PERIOD: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(when: When) -> Vec<usize> {
        let mut faults = Faults::new(&[Fault { when, ..Fault::always(Point::Cmgs, Act::Error) }]);
        (1..=6).filter(|_| !faults.strike(Happening::Line("at+cmgs=18")).is_empty()).collect()
    }

    #[test]
    fn strikes_at_the_occurrences_it_names() {
        assert_eq!(counts(When::Always), [1, 2, 3, 4, 5, 6]);
        assert_eq!(counts(When::Nth(3)), [3]);
        assert_eq!(counts(When::Every(2)), [2, 4, 6]);
    }

    #[test]
    fn only_the_named_point_counts() {
        let mut faults = Faults::new(&[
            Fault::nth(Point::Command("AT+CMGF".to_owned()), 1, Act::Error),
            Fault { to: Some("+33639980001".to_owned()), ..Fault::always(Point::Submit, Act::Cms(1)) },
        ]);
        assert!(faults.strike(Happening::Connect).is_empty());
        assert!(faults.strike(Happening::Line("AT+CMG")).is_empty());
        assert!(faults.strike(Happening::Submit { number: "+33639980002" }).is_empty());
        assert_eq!(faults.strike(Happening::Line("AT+CMGF=1")).len(), 1);
        assert_eq!(faults.strike(Happening::Submit { number: "+33639980001" }).len(), 1);
    }
}
