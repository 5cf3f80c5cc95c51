//! Commands about messages (27.005 §3 and §4).

use crate::modem::sim::{
    answer::{Answer, End},
    body::{Body, Purpose, Shape},
    card::Stored,
    command::{Argument, Command, Verb},
    commands::{Modem, Reply},
    entry::Submission,
    general::chosen,
    script::Profile,
    submit::{from_hex, ucs2},
};

/// Runs a command of this file; none when it is not one of them.
pub(super) fn run(modem: &mut Modem, command: &Command) -> Option<Reply> {
    let answer = match command.name.as_str() {
        "+CMGF" => format(modem, command),
        "+CSCS" => charset(modem, command),
        "+CSCA" => service_centre(modem, command),
        "+CSMS" => service(modem, command),
        "+CSMP" => parameters(modem, command),
        "+CPMS" => memories(modem, command),
        "+CNMI" => indications(modem, command),
        "+CMMS" => keep_link(modem, command),
        "+CMGL" => list(modem, command),
        "+CMGR" => read(modem, command),
        "+CMGD" => delete(modem, command),
        "+CMSS" => return Some(send_stored(modem, command)),
        "+CMGS" => return Some(compose(modem, command, Purpose::Send)),
        "+CMGW" => return Some(compose(modem, command, Purpose::Store)),
        _ => return None,
    };
    Some(Reply::Answer(answer))
}

fn error() -> Answer {
    Answer::end(End::Error)
}

fn format(modem: &mut Modem, command: &Command) -> Answer {
    let (pdu, text) = (modem.script.has_pdu(), modem.script.text);
    let old = modem.script.profile == Profile::AdvantechOld;
    match &command.verb {
        Verb::Read if old => Answer::ok(),
        Verb::Read => Answer::line(format!("+CMGF: {}", u8::from(modem.settings.text_mode))),
        Verb::Test => {
            Answer::line(format!("+CMGF: ({})", if pdu && text { "0,1" } else { ["1", "0"][usize::from(pdu)] }))
        }
        Verb::Run => error(),
        Verb::Set(arguments) => match chosen(arguments, 0..=1) {
            Some(0) if pdu => {
                modem.settings.text_mode = false;
                Answer::ok()
            }
            Some(1) if text => {
                modem.settings.text_mode = true;
                Answer::ok()
            }
            // The firmware that says OK and stays as it was.
            Some(0) if old => Answer::ok(),
            _ => error(),
        },
    }
}

fn charset(modem: &mut Modem, command: &Command) -> Answer {
    let quoted = |names: &[String]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
    match &command.verb {
        Verb::Read => Answer::line(format!("+CSCS: \"{}\"", modem.settings.charset)),
        Verb::Test => Answer::line(format!("+CSCS: ({})", quoted(&modem.script.charsets))),
        Verb::Set(arguments) => match arguments.as_slice() {
            [name] if modem.script.charsets.contains(&name.text) => {
                modem.settings.charset = name.text.clone();
                Answer::ok()
            }
            _ => error(),
        },
        Verb::Run => error(),
    }
}

fn service_centre(modem: &mut Modem, command: &Command) -> Answer {
    match &command.verb {
        Verb::Read => {
            let kind = if modem.card.smsc.starts_with('+') { 145 } else { 129 };
            Answer::line(format!("+CSCA: \"{}\",{kind}", modem.card.smsc))
        }
        Verb::Test => Answer::ok(),
        Verb::Set(arguments) => match arguments.first().filter(|first| is_number(&first.text)) {
            Some(number) => {
                modem.card.smsc = number.text.clone();
                Answer::ok()
            }
            None => Answer::end(End::Cms(304)),
        },
        Verb::Run => error(),
    }
}

fn service(modem: &mut Modem, command: &Command) -> Answer {
    match &command.verb {
        Verb::Read => Answer::line(format!("+CSMS: {},1,1,1", modem.settings.service)),
        Verb::Test => Answer::line("+CSMS: (0,1)".to_owned()),
        Verb::Set(arguments) => match chosen(arguments, 0..=1) {
            Some(service) => {
                modem.settings.service = service;
                Answer::line("+CSMS: 1,1,1".to_owned())
            }
            None => error(),
        },
        Verb::Run => error(),
    }
}

fn parameters(modem: &mut Modem, command: &Command) -> Answer {
    match &command.verb {
        Verb::Read => Answer::line(format!("+CSMP: {}", joined(&modem.settings.parameters))),
        Verb::Test => Answer::ok(),
        Verb::Set(arguments) => overwrite(&mut modem.settings.parameters, arguments, u8::MAX),
        Verb::Run => error(),
    }
}

fn indications(modem: &mut Modem, command: &Command) -> Answer {
    match &command.verb {
        Verb::Read => Answer::line(format!("+CNMI: {}", joined(&modem.settings.indications))),
        Verb::Test => Answer::line("+CNMI: (0-3),(0-3),(0-3),(0-2),(0,1)".to_owned()),
        Verb::Set(arguments) => overwrite(&mut modem.settings.indications, arguments, 3),
        Verb::Run => error(),
    }
}

fn joined(numbers: &[u8]) -> String {
    numbers.iter().map(u8::to_string).collect::<Vec<_>>().join(",")
}

/// Puts numbers over settings from the left; an empty argument leaves its setting alone.
fn overwrite(settings: &mut [u8], arguments: &[Argument], largest: u8) -> Answer {
    if arguments.len() > settings.len() {
        return error();
    }
    let mut wanted = settings.to_vec();
    for (setting, argument) in wanted.iter_mut().zip(arguments) {
        if argument.text.is_empty() && !argument.quoted {
            continue;
        }
        match argument.number().and_then(|number| u8::try_from(number).ok()).filter(|number| *number <= largest) {
            Some(number) => *setting = number,
            None => return error(),
        }
    }
    settings.copy_from_slice(&wanted);
    Answer::ok()
}

fn memories(modem: &mut Modem, command: &Command) -> Answer {
    let (used, total) = modem.card.usage();
    match &command.verb {
        Verb::Read => {
            let one = |memory: &String| format!("\"{memory}\",{used},{total}");
            Answer::line(format!("+CPMS: {}", modem.settings.memories.iter().map(one).collect::<Vec<_>>().join(",")))
        }
        Verb::Test => Answer::line(format!("+CPMS: {}", [MEMORIES; 3].join(","))),
        Verb::Set(arguments) if (1..=3).contains(&arguments.len()) => {
            if arguments.iter().any(|argument| argument.text != "SM" && argument.text != "ME") {
                return Answer::end(End::Cms(302));
            }
            for (memory, argument) in modem.settings.memories.iter_mut().zip(arguments) {
                memory.clone_from(&argument.text);
            }
            Answer::line(format!("+CPMS: {used},{total},{used},{total},{used},{total}"))
        }
        Verb::Set(_) | Verb::Run => error(),
    }
}

fn keep_link(modem: &mut Modem, command: &Command) -> Answer {
    match &command.verb {
        Verb::Read => Answer::line(format!("+CMMS: {}", modem.settings.keep_link)),
        Verb::Test => Answer::line("+CMMS: (0-2)".to_owned()),
        Verb::Set(arguments) => match chosen(arguments, 0..=2) {
            Some(level) => {
                modem.settings.keep_link = level;
                Answer::ok()
            }
            None => error(),
        },
        Verb::Run => error(),
    }
}

fn list(modem: &Modem, command: &Command) -> Answer {
    let text_mode = modem.settings.text_mode;
    let wanted = match &command.verb {
        Verb::Test if text_mode => return Answer::line(format!("+CMGL: ({})", quoted_states())),
        Verb::Test => return Answer::line("+CMGL: (0-4)".to_owned()),
        Verb::Run => Some("0"),
        Verb::Set(arguments) => match arguments.as_slice() {
            [state] => state_number(&state.text, text_mode),
            _ => None,
        },
        Verb::Read => None,
    };
    let Some(wanted) = wanted else { return error() };
    let mut lines = Vec::new();
    for (index, stored) in modem.card.all_stored() {
        if wanted == "4" || wanted == state_of(stored).0 {
            lines.extend(shown(&format!("+CMGL: {index},"), stored, text_mode));
        }
    }
    Answer { lines, end: Some(End::Ok) }
}

fn read(modem: &Modem, command: &Command) -> Answer {
    let Verb::Set(arguments) = &command.verb else {
        return if command.verb == Verb::Test { Answer::ok() } else { error() };
    };
    let index = arguments.first().and_then(Argument::number).map(usize::from);
    match index.and_then(|index| modem.card.stored(index)) {
        Some(stored) => Answer { lines: shown("+CMGR: ", stored, modem.settings.text_mode), end: Some(End::Ok) },
        None => Answer::end(End::Cms(INVALID_INDEX)),
    }
}

fn delete(modem: &mut Modem, command: &Command) -> Answer {
    let Verb::Set(arguments) = &command.verb else {
        return if command.verb == Verb::Test { Answer::ok() } else { error() };
    };
    let numbers: Option<Vec<u16>> = arguments.iter().map(Argument::number).collect();
    match numbers.as_deref() {
        Some(&[index]) if modem.card.delete(usize::from(index), 0) => Answer::ok(),
        Some(&[index, flag @ 0..=4]) if modem.card.delete(usize::from(index), flag) => Answer::ok(),
        Some([_] | [_, 0..=4]) => Answer::end(End::Cms(INVALID_INDEX)),
        _ => error(),
    }
}

fn send_stored(modem: &Modem, command: &Command) -> Reply {
    let Verb::Set(arguments) = &command.verb else { return Reply::Answer(error()) };
    let index = arguments.first().and_then(Argument::number).map(usize::from);
    match index.and_then(|index| modem.card.stored(index).map(|stored| (index, stored.submission.clone()))) {
        Some((index, submission)) => Reply::Send(index, submission),
        None => Reply::Answer(Answer::end(End::Cms(INVALID_INDEX))),
    }
}

/// `AT+CMGS` and `AT+CMGW`: by length in PDU mode, by number in text mode.
fn compose(modem: &Modem, command: &Command, purpose: Purpose) -> Reply {
    let arguments = match &command.verb {
        Verb::Set(arguments) => arguments.as_slice(),
        Verb::Test => return Reply::Answer(Answer::ok()),
        Verb::Run | Verb::Read => return Reply::Answer(error()),
    };
    let shape = if modem.settings.text_mode { text_shape(modem, arguments) } else { pdu_shape(arguments) };
    match shape {
        Some(shape) => Reply::Prompt(Body::new(shape, purpose)),
        None => Reply::Answer(Answer::end(End::Cms(304 + u16::from(modem.settings.text_mode)))),
    }
}

fn pdu_shape(arguments: &[Argument]) -> Option<Shape> {
    let octets = arguments.first().and_then(Argument::number).map(usize::from)?;
    (1..=MAX_TPDU).contains(&octets).then_some(Shape::Pdu { octets })
}

fn text_shape(modem: &Modem, arguments: &[Argument]) -> Option<Shape> {
    let (address, kind) = match arguments {
        [address] => (address, None),
        [address, kind] => (address, Some(kind.number()?)),
        _ => return None,
    };
    // A string wants quotes (27.005 §3.1); the routers take a bare number too.
    if !address.quoted && modem.script.profile == Profile::Generic {
        return None;
    }
    let charset = modem.settings.charset.clone();
    let plain = if charset == "UCS2" { ucs2(&from_hex(&address.text).ok()?).ok()? } else { address.text.clone() };
    let number = if kind == Some(145) && !plain.starts_with('+') { format!("+{plain}") } else { plain };
    is_number(&number).then_some(Shape::Text { charset, number, parameters: modem.settings.parameters })
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (1..=20).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit() || "*#abc".contains(c))
}

/// The lines that show a stored message behind `+CMGL: 1,` or `+CMGR: `.
fn shown(head: &str, stored: &Stored, text_mode: bool) -> Vec<String> {
    let Submission { number, text, pdu, .. } = &stored.submission;
    let (digit, words) = state_of(stored);
    if text_mode {
        return vec![format!("{head}\"{words}\",\"{number}\",,"), text.clone()];
    }
    // Written in text mode and read in PDU mode: shown empty, since nothing here encodes.
    let pdu = pdu.clone().unwrap_or_default();
    let smsc_octets = pdu.get(..2).and_then(|length| usize::from_str_radix(length, 16).ok()).unwrap_or_default();
    vec![format!("{head}{digit},,{}", (pdu.len() / 2).saturating_sub(1 + smsc_octets)), pdu]
}

fn state_of(stored: &Stored) -> (&'static str, &'static str) {
    if stored.sent { ("3", "STO SENT") } else { ("2", "STO UNSENT") }
}

fn state_number(text: &str, text_mode: bool) -> Option<&'static str> {
    let known = STATES.iter().find(|(digit, words)| if text_mode { *words == text } else { *digit == text });
    known.map(|(digit, _)| *digit)
}

fn quoted_states() -> String {
    STATES.map(|(_, words)| format!("\"{words}\"")).join(",")
}

/// 27.005 §3.1, `<stat>`.
const STATES: [(&str, &str); 5] =
    [("0", "REC UNREAD"), ("1", "REC READ"), ("2", "STO UNSENT"), ("3", "STO SENT"), ("4", "ALL")];

/// Both name the one storage there is.
const MEMORIES: &str = "(\"SM\",\"ME\")";

/// `+CMS ERROR: 321`, invalid memory index.
const INVALID_INDEX: u16 = 321;

/// A SUBMIT with twelve octets of address, seven of validity and 140 of data.
const MAX_TPDU: usize = 164;
