//! How a simulated modem behaves, as data.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error};

use crate::modem::sim::{duration, fault::Fault};

/// Everything a simulated modem can be told about itself. The default is a polite modem that sends at once.
///
/// Written as YAML; unknown keys are mistakes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// The family whose habits it has.
    pub profile: Profile,
    /// Whether it echoes before the first `ATE` and after a restart.
    pub echo: bool,
    /// From the commit to the network taking the text.
    #[serde(deserialize_with = "duration::deserialize")]
    pub network_time: Duration,
    /// From the network taking the text to the final result.
    #[serde(deserialize_with = "duration::deserialize")]
    pub result_time: Duration,
    /// How long after a commit a client on the same connection has to keep silent: until the result or for so
    /// long. A byte before that is a violation.
    #[serde(deserialize_with = "duration::deserialize")]
    pub patience: Duration,
    /// Answers leave in pieces of so many bytes.
    #[serde(deserialize_with = "chunk")]
    pub chunk: Option<usize>,
    /// Pause between two pieces.
    #[serde(deserialize_with = "duration::deserialize")]
    pub chunk_pause: Duration,
    /// The PIN the SIM asks for.
    pub pin: Option<String>,
    /// Wrong PINs it forgives; at 0 it asks for the PUK.
    pub pin_tries: u8,
    /// `+CREG` status, 0 to 11 (27.007 §7.2); 1, 4 to 7, 9 and 10 let texts through.
    #[serde(deserialize_with = "registration")]
    pub registration: u8,
    /// `+CEREG` status where it differs, as on modems that know LTE only.
    #[serde(deserialize_with = "registration_some")]
    pub eps_registration: Option<u8>,
    /// `+CSQ`: 0 to 31, or 99 for unknown.
    #[serde(deserialize_with = "signal")]
    pub signal: u8,
    /// The service centre stored on the SIM; empty for none.
    pub smsc: String,
    /// What `AT+CSCS` offers, of `GSM IRA UCS2 HEX 8859-1`; the first is in force at start.
    #[serde(deserialize_with = "charsets")]
    pub charsets: Vec<String>,
    /// Whether it has PDU mode; by default all but `advantech-old` do.
    pub pdu: Option<bool>,
    /// Whether it has text mode.
    pub text: bool,
    /// What becomes of a second client; by default as the profile's device does.
    pub clients: Option<Clients>,
    /// `AT+CGMI`.
    pub manufacturer: String,
    /// `AT+CGMM`.
    pub model: String,
    /// `AT+CGMR`.
    pub revision: String,
    /// `AT+CGSN`.
    pub imei: String,
    /// What becomes of a result that falls due while nobody is connected.
    pub late_result: LateResult,
    /// TP-MR of the first text.
    pub first_reference: u8,
    /// Bytes of the prompt.
    pub prompt: String,
    /// Say the prompt again after each CR inside a text-mode body.
    pub prompt_again: bool,
    /// What ends and begins answer lines.
    pub line_end: String,
    /// What ESC does at the prompt.
    pub escape: Escape,
    /// Places for stored messages.
    pub slots: usize,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            profile: Profile::Generic,
            echo: true,
            network_time: Duration::ZERO,
            result_time: Duration::ZERO,
            patience: Duration::from_secs(185),
            chunk: None,
            chunk_pause: Duration::ZERO,
            pin: None,
            pin_tries: 3,
            registration: 1,
            eps_registration: None,
            signal: 21,
            smsc: "+33639980999".to_owned(),
            charsets: vec!["GSM".to_owned(), "IRA".to_owned()],
            pdu: None,
            text: true,
            clients: None,
            manufacturer: "Nightbell".to_owned(),
            model: "SIM-1".to_owned(),
            revision: "1.0".to_owned(),
            imei: "001000000000001".to_owned(),
            late_result: LateResult::Lost,
            first_reference: 0,
            prompt: "\r\n> ".to_owned(),
            prompt_again: false,
            line_end: "\r\n".to_owned(),
            escape: Escape::Ok,
            slots: 10,
            faults: Vec::new(),
        }
    }
}

impl Script {
    /// Reads a script; an empty one is the default.
    ///
    /// # Errors
    /// `line:column: ` and one sentence, ready to be shown behind the name of the file.
    pub fn parse(yaml: &str) -> Result<Self, String> {
        serde_saphyr::from_str::<Option<Self>>(yaml).map(Option::unwrap_or_default).map_err(|error| {
            let place = error.location().map(|at| format!("{}:{}: ", at.line(), at.column())).unwrap_or_default();
            format!("{place}{}", one_line(&error))
        })
    }

    /// Whether PDU mode is there.
    #[must_use]
    pub fn has_pdu(&self) -> bool {
        self.pdu.unwrap_or(self.profile != Profile::AdvantechOld)
    }

    /// What becomes of a second client.
    #[must_use]
    pub fn clients(&self) -> Clients {
        self.clients.unwrap_or(if self.profile == Profile::Generic { Clients::Many } else { Clients::One })
    }
}

/// The family whose habits the modem has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// By the standards: what it does not know is an `ERROR`.
    #[default]
    Generic,
    /// A router's AT-SMS service over TCP: what it does not know is an `OK` without information lines, several
    /// commands on a line are an `ERROR`, one client at a time.
    Advantech,
    /// The older firmware of that family: text mode only, whatever `AT+CMGF=0` answers, and a plain `OK` after a
    /// send.
    AdvantechOld,
}

/// What becomes of a second client while one is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clients {
    /// It is closed at once.
    One,
    /// It takes the line over; the first is closed.
    Many,
}

/// What becomes of a result that falls due while nobody is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateResult {
    /// The next client reads it first.
    ToNextClient,
    /// Nobody ever sees it.
    Lost,
}

/// What ESC does at the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escape {
    /// It aborts, and the modem says `OK`.
    Ok,
    /// It aborts, and the modem says `ERROR`.
    Error,
    /// It aborts, and the modem says nothing.
    Silent,
    /// The modem pays no attention to it.
    Ignored,
}

fn one_line(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let line = text.lines().next().unwrap_or_default().trim();
    // The rest is advice to a programmer.
    line.split_once(", set DuplicateKeyPolicy").map_or(line, |(told, _)| told).to_owned()
}

fn chunk<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    match Option::<usize>::deserialize(deserializer)? {
        Some(0) => Err(D::Error::custom("`chunk: 0` sends nothing; write 1 or more, or leave it out")),
        other => Ok(other),
    }
}

fn registration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    match u8::deserialize(deserializer)? {
        status @ 0..=11 => Ok(status),
        other => Err(D::Error::custom(format!("`{other}` is no registration status; write 0 to 11, 1 is home"))),
    }
}

fn registration_some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    registration(deserializer).map(Some)
}

fn signal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    match u8::deserialize(deserializer)? {
        level @ (0..=31 | 99) => Ok(level),
        other => Err(D::Error::custom(format!("`{other}` is no signal; write 0 to 31, or 99 for unknown"))),
    }
}

fn charsets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    if names.is_empty() {
        return Err(D::Error::custom("`charsets` is empty; name at least GSM"));
    }
    match names.iter().find(|name| !CHARSETS.contains(&name.as_str())) {
        Some(name) => Err(D::Error::custom(format!(
            "`{}` is no character set here; write {}",
            name.escape_debug(),
            CHARSETS.join(", ")
        ))),
        None => Ok(names),
    }
}

/// The names `AT+CSCS` may take here (27.007 §5.5).
pub(super) const CHARSETS: [&str; 5] = ["GSM", "IRA", "UCS2", "HEX", "8859-1"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modem::sim::fault::{Act, Point, When};

    #[test]
    fn an_empty_script_is_the_polite_modem() {
        for yaml in ["", "# nothing\n", "{}"] {
            assert_eq!(Script::parse(yaml), Ok(Script::default()), "{yaml:?}");
        }
    }

    #[test]
    fn every_key_reads() {
        let script = Script::parse(
            "profile: advantech-old\necho: false\nnetwork_time: 3s\nresult_time: 250ms\npatience: 1s\nchunk: 3\n\
             chunk_pause: 10ms\npin: \"0042\"\npin_tries: 1\nregistration: 5\neps_registration: 0\nsignal: 99\n\
             smsc: \"\"\ncharsets: [IRA]\npdu: true\ntext: false\nclients: many\nmanufacturer: A\nmodel: B\n\
             revision: C\nimei: \"1\"\nlate_result: to_next_client\nfirst_reference: 254\nprompt: \">\"\n\
             prompt_again: true\nline_end: \"\\n\"\nescape: silent\nslots: 2\n",
        )
        .unwrap();
        assert_eq!(script.profile, Profile::AdvantechOld);
        assert_eq!(script.network_time, Duration::from_secs(3));
        assert_eq!(script.chunk_pause, Duration::from_millis(10));
        assert_eq!((script.pin.as_deref(), script.pin_tries), (Some("0042"), 1));
        assert_eq!((script.registration, script.eps_registration, script.signal), (5, Some(0), 99));
        assert_eq!((script.prompt.as_str(), script.line_end.as_str()), (">", "\n"));
        assert_eq!((script.has_pdu(), script.clients()), (true, Clients::Many));
        assert_eq!((script.escape, script.late_result), (Escape::Silent, LateResult::ToNextClient));
    }

    #[test]
    fn every_fault_reads() {
        let cases = [
            ("{ on: connect, do: drop }", Fault::always(Point::Connect, Act::Drop)),
            ("{ on: connect, do: banner, text: busy }", Fault::always(Point::Connect, Act::Banner("busy".into()))),
            ("{ on: cmgs, nth: 2, do: no_prompt }", Fault::nth(Point::Cmgs, 2, Act::NoPrompt)),
            ("{ on: submit, do: ignore }", Fault::always(Point::Submit, Act::Ignore)),
            ("{ on: submit, do: cms, code: 38 }", Fault::always(Point::Submit, Act::Cms(38))),
            (
                "{ on: submit, do: cms, code: 500, accepted: true }",
                Fault { accepted: true, ..Fault::always(Point::Submit, Act::Cms(500)) },
            ),
            (
                "{ on: submit, every: 3, do: late, after: 200s }",
                Fault { when: When::Every(3), ..Fault::always(Point::Submit, Act::Late(Duration::from_secs(200))) },
            ),
            (
                "{ on: 'command:AT+CREG', do: urc, lines: ['RING'], repeat: 1s }",
                Fault::always(
                    Point::Command("AT+CREG".into()),
                    Act::Urc { lines: vec!["RING".into()], repeat: Some(Duration::from_secs(1)) },
                ),
            ),
        ];
        for (yaml, fault) in cases {
            assert_eq!(Script::parse(&format!("faults: [ {yaml} ]")).map(|s| s.faults), Ok(vec![fault]), "{yaml}");
        }
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let cases = [
            ("echo: true\necho_: false", "2:1: ", "echo_"),
            ("network_time: 3", "1:15: ", "`3` is no duration"),
            ("registration: 12", "1:15: ", "0 to 11"),
            ("signal: 32", "1:9: ", "0 to 31"),
            ("chunk: 0", "1:8: ", "1 or more"),
            ("charsets: [KLINGON]", "1:11: ", "`KLINGON`"),
            ("profile: nokia", "1:10: ", "nokia"),
            ("faults:\n  - { on: submit, do: explode }", "2:", "`do: explode`"),
            ("faults:\n  - { on: nowhere, do: error }", "2:", "`on: nowhere`"),
            ("faults:\n  - { on: submit, do: cms }", "2:", "needs `code`"),
            ("faults:\n  - { on: submit, do: error, code: 5 }", "2:", "`code` means nothing"),
            ("faults:\n  - { on: submit, do: no_prompt }", "2:", "cannot happen"),
            ("faults:\n  - { on: cmgs, do: error, accepted: true }", "2:", "`accepted`"),
            ("faults:\n  - { on: cmgs, do: error, nth: 0 }", "2:", "count from 1"),
            ("faults:\n  - { on: cmgs, do: error, nth: 1, every: 2 }", "2:", "not both"),
            ("faults:\n  - { on: submit, do: urc, lines: [x], repeat: 1ms }", "2:", "at least"),
            ("echo: true\necho: false", "2:1: ", "duplicate mapping key: echo"),
        ];
        for (yaml, place, says) in cases {
            let told = Script::parse(yaml).unwrap_err();
            assert!(told.starts_with(place) && told.contains(says), "{yaml:?} told {told:?}");
            assert_eq!(told.lines().count(), 1, "{told:?}");
        }
    }
}
