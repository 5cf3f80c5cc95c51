//! How a modem is set up: which command comes next, decided from the answers so far.
//!
//! A capability is proven by reading it back, never by an `OK`: some modems answer `OK` to anything
//! (quirk 14). What cannot be read back is absent.

use std::time::Duration;

use crate::at::{Command, ErrorCode, Response};
use crate::modem::Blocked;
use crate::modem::answers::{charset, identity, registration, signal_dbm};
use crate::sms::WireCharset;

/// Which mode the operator wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModeChoice {
    /// PDU mode where it reads back, else text mode.
    #[default]
    Auto,
    /// PDU mode or nothing.
    Pdu,
    /// Text mode.
    Text,
}

impl ModeChoice {
    /// From the config.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "pdu" => Some(Self::Pdu),
            "text" => Some(Self::Text),
            _ => None,
        }
    }
}

/// How texts are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `AT+CMGF=0`: hex only on the wire.
    Pdu,
    /// `AT+CMGF=1`, in this character set.
    Text(WireCharset),
}

/// What the set-up found out. Absent means unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// How texts are handed over.
    pub mode: Mode,
    /// `AT+CGMI`.
    pub manufacturer: Option<String>,
    /// `AT+CGMM`.
    pub model: Option<String>,
    /// `AT+CGMR`.
    pub firmware: Option<String>,
    /// The SIM's state as `AT+CPIN?` says it.
    pub sim: Option<String>,
    /// The service centre's number as `AT+CSCA?` says it; a number, so never logged.
    pub smsc: Option<String>,
    /// Registered with a network (`+CREG`, `+CEREG`: 1, 5, 6, 7, 9, 10).
    pub registered: Option<bool>,
    /// Signal strength; `+CSQ: 99` is unknown.
    pub signal_dbm: Option<i16>,
}

/// What an operator configured for one modem's set-up.
#[derive(Clone, Default)]
pub struct Wishes {
    /// PDU or text mode.
    pub mode: ModeChoice,
    /// The SIM's PIN, if it has one and it may still be tried.
    pub pin: Option<String>,
    /// The service centre to set when the SIM has none, `+` and digits.
    pub smsc: Option<String>,
}

/// What to do next.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// Send this, hand the answer to [`Setup::next`].
    Ask(Command),
    /// Wait, then call [`Setup::next`] without an answer.
    Wait(Duration),
    /// Texts can be sent.
    Ready(Box<Capabilities>),
    /// This modem cannot be used as it is.
    Blocked(Blocked),
}

/// The machine: [`Setup::new`], then [`Setup::next`] with each answer.
pub struct Setup {
    wishes: Wishes,
    stage: Stage,
    sim_waits: u8,
    pin_tried: bool,
    found: Capabilities,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    Echo,
    ErrorCodes,
    Manufacturer,
    Model,
    Firmware,
    Sim,
    Pin,
    Smsc,
    SetSmsc,
    PduMode,
    PduReadBack,
    TextMode,
    TextReadBack,
    CharsetGsm,
    GsmReadBack,
    CharsetIra,
    IraReadBack,
    Registration,
    LteRegistration,
    Signal,
}

/// How long a plain command may take; absolute.
const SHORT: Duration = Duration::from_secs(5);
/// How long a command that asks SIM or network may take.
const LONG: Duration = Duration::from_secs(10);
/// How long a PIN may take.
const PIN_TIME: Duration = Duration::from_secs(30);
/// A SIM is busy for up to a minute after power-up (quirk 48).
const SIM_WAIT: Duration = Duration::from_secs(2);
const MAX_SIM_WAITS: u8 = 30;

impl Setup {
    /// A set-up from the beginning.
    #[must_use]
    pub fn new(wishes: Wishes) -> Self {
        let found = Capabilities {
            mode: Mode::Pdu,
            manufacturer: None,
            model: None,
            firmware: None,
            sim: None,
            smsc: None,
            registered: None,
            signal_dbm: None,
        };
        Self { wishes, stage: Stage::Start, sim_waits: 0, pin_tried: false, found }
    }

    /// Whether the PIN left for the SIM: it must not be tried again by whoever calls next.
    #[must_use]
    pub fn pin_was_tried(&self) -> bool {
        self.pin_tried
    }

    /// Digests the answer to the last [`Step::Ask`] (none at the start and after a wait) and says what is next.
    pub fn next(&mut self, answer: Option<&Response>) -> Step {
        let Some(answer) = answer else {
            return if self.stage == Stage::Start { self.go(Stage::Echo) } else { self.go(self.stage) };
        };
        match self.stage {
            Stage::Start => self.go(Stage::Echo),
            Stage::Echo => self.go(Stage::ErrorCodes),
            Stage::ErrorCodes => self.go(Stage::Manufacturer),
            Stage::Manufacturer => {
                self.found.manufacturer = identity(answer, "+CGMI");
                self.go(Stage::Model)
            }
            Stage::Model => {
                self.found.model = identity(answer, "+CGMM");
                self.go(Stage::Firmware)
            }
            Stage::Firmware => {
                self.found.firmware = identity(answer, "+CGMR");
                self.go(Stage::Sim)
            }
            Stage::Sim => self.sim(answer),
            Stage::Pin => self.pin(answer),
            Stage::Smsc => self.smsc(answer),
            Stage::SetSmsc => self.choose_mode(),
            Stage::PduMode => self.go(Stage::PduReadBack),
            Stage::PduReadBack => self.pdu_read_back(answer),
            Stage::TextMode => self.go(Stage::TextReadBack),
            Stage::TextReadBack => self.go(Stage::CharsetGsm),
            Stage::CharsetGsm => self.go(Stage::GsmReadBack),
            Stage::GsmReadBack => match charset(answer.value("+CSCS")) {
                Some(WireCharset::Gsm) => self.text_mode(WireCharset::Gsm),
                _ => self.go(Stage::CharsetIra),
            },
            Stage::CharsetIra => self.go(Stage::IraReadBack),
            Stage::IraReadBack => match charset(answer.value("+CSCS")) {
                Some(charset) => self.text_mode(charset),
                None => Step::Blocked(Blocked::NoCharset),
            },
            Stage::Registration => {
                self.found.registered = registration(answer, "+CREG");
                let enough = self.found.registered == Some(true);
                self.go(if enough { Stage::Signal } else { Stage::LteRegistration })
            }
            Stage::LteRegistration => {
                // LTE-only modems show +CREG 0 or 3 while +CEREG says registered (quirk 52).
                if let Some(true) = registration(answer, "+CEREG") {
                    self.found.registered = Some(true);
                }
                self.go(Stage::Signal)
            }
            Stage::Signal => {
                self.found.signal_dbm = signal_dbm(answer);
                Step::Ready(Box::new(self.found.clone()))
            }
        }
    }

    fn go(&mut self, stage: Stage) -> Step {
        self.stage = stage;
        let (line, within) = match stage {
            Stage::Start | Stage::Echo => ("ATQ0V1E0", SHORT),
            Stage::ErrorCodes => ("AT+CMEE=1", SHORT),
            Stage::Manufacturer => ("AT+CGMI", SHORT),
            Stage::Model => ("AT+CGMM", SHORT),
            Stage::Firmware => ("AT+CGMR", SHORT),
            Stage::Sim => ("AT+CPIN?", LONG),
            Stage::Pin => {
                self.pin_tried = true;
                let pin = self.wishes.pin.as_deref().unwrap_or_default();
                return Step::Ask(Command::new(format!("AT+CPIN=\"{pin}\""), PIN_TIME));
            }
            Stage::Smsc => ("AT+CSCA?", LONG),
            Stage::SetSmsc => {
                let smsc = self.wishes.smsc.as_deref().unwrap_or_default();
                return Step::Ask(Command::new(format!("AT+CSCA=\"{smsc}\",145"), LONG));
            }
            Stage::PduMode => ("AT+CMGF=0", SHORT),
            Stage::PduReadBack | Stage::TextReadBack => ("AT+CMGF?", SHORT),
            Stage::TextMode => ("AT+CMGF=1", SHORT),
            Stage::CharsetGsm => ("AT+CSCS=\"GSM\"", SHORT),
            Stage::CharsetIra => ("AT+CSCS=\"IRA\"", SHORT),
            Stage::GsmReadBack | Stage::IraReadBack => ("AT+CSCS?", SHORT),
            Stage::Registration => ("AT+CREG?", LONG),
            Stage::LteRegistration => ("AT+CEREG?", LONG),
            Stage::Signal => ("AT+CSQ", LONG),
        };
        Step::Ask(Command::new(line, within))
    }

    fn sim(&mut self, answer: &Response) -> Step {
        match answer.error() {
            Some(ErrorCode::Cme(14) | ErrorCode::Cms(314)) => return self.wait_for_sim(),
            Some(ErrorCode::Cme(10 | 13 | 15) | ErrorCode::Cms(310 | 313 | 315)) => {
                return Step::Blocked(Blocked::NoSim);
            }
            _ => {}
        }
        let state = answer.value("+CPIN").map(|state| state.trim_matches('"').to_ascii_uppercase());
        let step = match state.as_deref() {
            Some("SIM PIN") if self.pin_tried => Step::Blocked(Blocked::PinRefused),
            Some("SIM PIN") if self.wishes.pin.is_some() => self.go(Stage::Pin),
            Some("SIM PIN") => Step::Blocked(Blocked::PinMissing),
            Some("SIM PUK" | "PH-SIM PUK") => Step::Blocked(Blocked::PukNeeded),
            // READY, SIM PIN2, or a modem that cannot tell: try.
            _ => self.go(Stage::Smsc),
        };
        self.found.sim = state;
        step
    }

    fn pin(&mut self, answer: &Response) -> Step {
        match answer.error() {
            // 16: incorrect password. Whatever else it says, the PIN is not sent a second time.
            Some(ErrorCode::Cme(16) | ErrorCode::Plain | ErrorCode::Cms(_)) => Step::Blocked(Blocked::PinRefused),
            Some(ErrorCode::Cme(12)) => Step::Blocked(Blocked::PukNeeded),
            _ => self.wait_for_sim(),
        }
    }

    fn wait_for_sim(&mut self) -> Step {
        self.stage = Stage::Sim;
        self.sim_waits += 1;
        if self.sim_waits > MAX_SIM_WAITS { Step::Blocked(Blocked::NoSim) } else { Step::Wait(SIM_WAIT) }
    }

    fn smsc(&mut self, answer: &Response) -> Step {
        let number = answer.value("+CSCA").and_then(|value| value.split(',').next());
        let number = number.map(|number| number.trim_matches('"')).filter(|number| !number.is_empty());
        self.found.smsc = number.map(str::to_owned);
        if self.found.smsc.is_none() && self.wishes.smsc.is_some() {
            self.found.smsc.clone_from(&self.wishes.smsc);
            return self.go(Stage::SetSmsc);
        }
        self.choose_mode()
    }

    fn choose_mode(&mut self) -> Step {
        self.go(if self.wishes.mode == ModeChoice::Text { Stage::TextMode } else { Stage::PduMode })
    }

    fn text_mode(&mut self, charset: WireCharset) -> Step {
        self.found.mode = Mode::Text(charset);
        self.go(Stage::Registration)
    }

    fn pdu_read_back(&mut self, answer: &Response) -> Step {
        if answer.value("+CMGF") == Some("0") {
            self.found.mode = Mode::Pdu;
            return self.go(Stage::Registration);
        }
        if self.wishes.mode == ModeChoice::Pdu {
            return Step::Blocked(Blocked::NoPduMode);
        }
        self.go(Stage::TextMode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::at::FinalResult;

    /// Runs a set-up against a table of answers; a command without a row is answered `OK`, as some modems do.
    fn run(wishes: Wishes, answers: &[(&str, &str)]) -> (Vec<String>, Step) {
        let mut setup = Setup::new(wishes);
        let mut asked = Vec::new();
        let mut step = setup.next(None);
        loop {
            step = match step {
                Step::Ask(command) => {
                    let line = format!("{command:?}");
                    let line = line.split('"').nth(1).unwrap_or_default().trim_end_matches('\\').to_owned();
                    let said = answers.iter().find(|(asked, _)| line.starts_with(asked)).map_or("OK", |(_, said)| said);
                    asked.push(line);
                    setup.next(Some(&response(said)))
                }
                Step::Wait(_) => setup.next(None),
                done => return (asked, done),
            };
            assert!(asked.len() < 100, "the set-up ends");
        }
    }

    fn response(said: &str) -> Response {
        let mut lines: Vec<String> = said.split('|').map(str::to_owned).collect();
        let result = lines.pop().and_then(|last| FinalResult::parse(&last)).expect("a final result");
        Response { info: lines, result }
    }

    fn ready(step: Step) -> Capabilities {
        match step {
            Step::Ready(found) => *found,
            other => panic!("{other:?}"),
        }
    }

    const GOOD: [(&str, &str); 8] = [
        ("AT+CGMI", "Acme|OK"),
        ("AT+CGMM", "+CGMM: \"M1\"|OK"),
        ("AT+CPIN?", "+CPIN: READY|OK"),
        ("AT+CSCA?", "+CSCA: \"+33639989999\",145|OK"),
        ("AT+CMGF?", "+CMGF: 0|OK"),
        ("AT+CREG?", "+CREG: 000,001|OK"),
        ("AT+CSQ", "+CSQ: 20,99|OK"),
        ("AT+CGMR", "1.0|OK"),
    ];

    #[test]
    fn well_behaved_modem_is_ready_in_pdu_mode() {
        let found = ready(run(Wishes::default(), &GOOD).1);
        assert_eq!(found.mode, Mode::Pdu);
        assert_eq!((found.manufacturer.as_deref(), found.model.as_deref()), (Some("Acme"), Some("M1")));
        assert_eq!((found.registered, found.signal_dbm), (Some(true), Some(-73)));
    }

    #[test]
    fn ok_to_anything_proves_nothing() {
        let (asked, step) = run(Wishes::default(), &[]);
        assert_eq!(ready(step).mode, Mode::Text(WireCharset::Unknown), "no read-back, so text mode, charset unknown");
        assert!(asked.iter().any(|line| line == "AT+CMGF=1"));
    }

    #[test]
    fn charset_is_what_reads_back() {
        let answers = [("AT+CMGF?", "+CMGF: 1|OK"), ("AT+CSCS?", "+CSCS: \"IRA\"|OK")];
        assert_eq!(ready(run(Wishes::default(), &answers).1).mode, Mode::Text(WireCharset::Ira));
    }

    #[test]
    fn charset_that_would_garble_the_text_blocks() {
        for name in ["UCS2", "\"HEX\""] {
            let answers = [("AT+CMGF?", "+CMGF: 1|OK".to_owned()), ("AT+CSCS?", format!("+CSCS: {name}|OK"))];
            let answers = answers.each_ref().map(|(asked, said)| (*asked, said.as_str()));
            assert_eq!(run(Wishes::default(), &answers).1, Step::Blocked(Blocked::NoCharset), "{name}");
        }
    }

    #[test]
    fn pin_goes_out_once() {
        let wishes = || Wishes { pin: Some("1234".to_owned()), ..Wishes::default() };
        for refusal in ["+CME ERROR: 16", "ERROR", "+CME ERROR: incorrect password"] {
            let answers = [("AT+CPIN?", "+CPIN: SIM PIN|OK"), ("AT+CPIN=", refusal)];
            let (asked, step) = run(wishes(), &answers);
            assert_eq!(step, Step::Blocked(Blocked::PinRefused), "{refusal}");
            assert_eq!(asked.iter().filter(|line| line.starts_with("AT+CPIN=")).count(), 1);
        }
        // Accepted, says the modem, and asks again: still only once.
        let (asked, step) = run(wishes(), &[("AT+CPIN?", "+CPIN: SIM PIN|OK")]);
        assert_eq!(step, Step::Blocked(Blocked::PinRefused));
        assert_eq!(asked.iter().filter(|line| line.starts_with("AT+CPIN=")).count(), 1);
    }

    #[test]
    fn what_blocks_is_named() {
        let cases = [
            ("+CPIN: SIM PIN|OK", Blocked::PinMissing),
            ("+CPIN: SIM PUK|OK", Blocked::PukNeeded),
            ("+CME ERROR: 10", Blocked::NoSim),
            ("+CME ERROR: 14", Blocked::NoSim),
        ];
        for (said, blocked) in cases {
            assert_eq!(run(Wishes::default(), &[("AT+CPIN?", said)]).1, Step::Blocked(blocked), "{said}");
        }
        let wishes = Wishes { mode: ModeChoice::Pdu, ..Wishes::default() };
        assert_eq!(run(wishes, &[]).1, Step::Blocked(Blocked::NoPduMode));
    }

    #[test]
    fn missing_service_centre_is_set_from_the_config_only() {
        let wishes = Wishes { smsc: Some("+33639989999".to_owned()), ..Wishes::default() };
        let (asked, _) = run(wishes.clone(), &[("AT+CSCA?", "+CSCA: \"\",129|OK")]);
        assert!(asked.iter().any(|line| line.starts_with("AT+CSCA=")));
        let (asked, _) = run(wishes, &GOOD);
        assert!(!asked.iter().any(|line| line.starts_with("AT+CSCA=")));
    }

    #[test]
    fn registration_states_are_read_in_every_shape() {
        let cases = [
            ("+CREG: 0,1|OK", Some(true)),
            ("+CREG: 5|OK", Some(true)),
            ("+CREG: 2,1,\"0B,\"0100701\",7|OK", Some(true)),
            ("+CREG: 002,003|OK", Some(false)),
            ("+CREG: 0,11|OK", Some(false)),
            ("+CREG: 2,,|OK", None),
            ("OK", None),
        ];
        for (said, expected) in cases {
            assert_eq!(registration(&response(said), "+CREG"), expected, "{said}");
        }
    }

    #[test]
    fn unknown_signal_is_absent() {
        assert_eq!(signal_dbm(&response("+CSQ: 99,99|OK")), None);
        assert_eq!(signal_dbm(&response("OK")), None);
    }
}
