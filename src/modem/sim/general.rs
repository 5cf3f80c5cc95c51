//! Commands that are not about messages: V.250, identity, SIM, registration (27.007).

use crate::modem::sim::{
    answer::{Answer, End},
    card::Lock,
    command::{Argument, Command, Verb},
    commands::{Modem, Reply},
    settings::Settings,
};

/// Runs a command of this file; none when it is not one of them.
pub(super) fn run(modem: &mut Modem, command: &Command) -> Option<Reply> {
    let answer = match command.name.as_str() {
        "" => Answer::ok(),
        "E" | "V" | "Q" => switch(modem, command),
        "Z" | "&F" => reset(modem),
        "I" => identity(modem),
        "+CMEE" => errors(modem, command),
        "+CGMI" | "+GMI" => told(&command.verb, &modem.script.manufacturer),
        "+CGMM" | "+GMM" => told(&command.verb, &modem.script.model),
        "+CGMR" | "+GMR" => told(&command.verb, &modem.script.revision),
        "+CGSN" | "+GSN" => told(&command.verb, &modem.script.imei),
        "+CIMI" => told(&command.verb, IMSI),
        "+CCID" => told(&command.verb, &format!("+CCID: {ICCID}")),
        "+CPIN" => pin(modem, command),
        "+CFUN" => return Some(functionality(modem, command)),
        "+CREG" | "+CGREG" | "+CEREG" => registration(modem, command),
        "+CSQ" => signal(modem, command),
        "+COPS" => operator(modem, command),
        name if name.starts_with(['&', '\\', 'S', 'X', 'L', 'M']) => Answer::ok(),
        _ => return None,
    };
    Some(Reply::Answer(answer))
}

/// A number from a list, read in place of one argument.
pub(super) fn chosen(arguments: &[Argument], allowed: std::ops::RangeInclusive<u16>) -> Option<u8> {
    match arguments {
        [only] => only.number().filter(|n| allowed.contains(n)).and_then(|n| u8::try_from(n).ok()),
        _ => None,
    }
}

fn switch(modem: &mut Modem, command: &Command) -> Answer {
    let on = match &command.verb {
        Verb::Run => Some(0),
        Verb::Set(arguments) => chosen(arguments, 0..=1),
        Verb::Read | Verb::Test => None,
    };
    let Some(on) = on.map(|digit| digit == 1) else { return Answer::end(End::Error) };
    match command.name.as_str() {
        "E" => modem.settings.echo = on,
        "V" => modem.settings.verbose = on,
        _ => modem.settings.quiet = on,
    }
    Answer::ok()
}

fn reset(modem: &mut Modem) -> Answer {
    // The radio is no setting of the dialogue: it stays on or off.
    let functionality = modem.settings.functionality;
    modem.settings = Settings { functionality, ..Settings::new(&modem.script) };
    Answer::ok()
}

fn identity(modem: &Modem) -> Answer {
    let script = &modem.script;
    let lines = vec![script.manufacturer.clone(), script.model.clone(), script.revision.clone()];
    Answer { lines, end: Some(End::Ok) }
}

fn told(verb: &Verb, what: &str) -> Answer {
    match verb {
        Verb::Run => Answer::line(what.to_owned()),
        Verb::Test => Answer::ok(),
        Verb::Read | Verb::Set(_) => Answer::end(End::Error),
    }
}

fn errors(modem: &mut Modem, command: &Command) -> Answer {
    match &command.verb {
        Verb::Read => Answer::line(format!("+CMEE: {}", modem.settings.errors)),
        Verb::Test => Answer::line("+CMEE: (0-2)".to_owned()),
        Verb::Run => Answer::end(End::Error),
        Verb::Set(arguments) => match chosen(arguments, 0..=2) {
            Some(level) => {
                modem.settings.errors = level;
                Answer::ok()
            }
            None => Answer::end(End::Error),
        },
    }
}

fn pin(modem: &mut Modem, command: &Command) -> Answer {
    match &command.verb {
        Verb::Read => Answer::line(format!(
            "+CPIN: {}",
            match modem.card.lock() {
                Lock::Ready => "READY",
                Lock::Pin => "SIM PIN",
                Lock::Puk => "SIM PUK",
            }
        )),
        Verb::Test => Answer::ok(),
        Verb::Run => Answer::end(End::Error),
        Verb::Set(arguments) => match arguments.as_slice() {
            [pin] => Answer::end(modem.card.enter_pin(&pin.text)),
            // A PUK and a new PIN: no gateway's business, and never right here.
            [_, _] => Answer::end(End::Cme(16)),
            _ => Answer::end(End::Error),
        },
    }
}

fn functionality(modem: &mut Modem, command: &Command) -> Reply {
    let restarts = |arguments: &[Argument]| matches!(arguments, [_, rst] if rst.number() == Some(1));
    Reply::Answer(match &command.verb {
        Verb::Read => Answer::line(format!("+CFUN: {}", modem.settings.functionality)),
        Verb::Test => Answer::line("+CFUN: (0,1,4),(0,1)".to_owned()),
        Verb::Set(arguments) if restarts(arguments) => return Reply::Restart,
        Verb::Set(arguments) => match arguments.first().and_then(Argument::number) {
            Some(level @ (0 | 1 | 4)) => {
                modem.settings.functionality = level as u8;
                Answer::ok()
            }
            _ => Answer::end(End::Cme(4)),
        },
        Verb::Run => Answer::end(End::Error),
    })
}

fn registration(modem: &mut Modem, command: &Command) -> Answer {
    match &command.verb {
        Verb::Read => {
            let own = modem.registration();
            let status = match modem.script.eps_registration {
                Some(eps) if command.name == "+CEREG" => eps,
                _ => own,
            };
            Answer::line(format!("{}: {},{status}", command.name, modem.settings.registration_reports))
        }
        Verb::Test => Answer::line(format!("{}: (0-2)", command.name)),
        Verb::Run => Answer::end(End::Error),
        Verb::Set(arguments) => match chosen(arguments, 0..=2) {
            Some(level) => {
                modem.settings.registration_reports = level;
                Answer::ok()
            }
            None => Answer::end(End::Error),
        },
    }
}

fn signal(modem: &Modem, command: &Command) -> Answer {
    match command.verb {
        Verb::Run => Answer::line(format!("+CSQ: {},99", modem.script.signal)),
        Verb::Test => Answer::line("+CSQ: (0-31,99),(0-7,99)".to_owned()),
        Verb::Read | Verb::Set(_) => Answer::end(End::Error),
    }
}

fn operator(modem: &Modem, command: &Command) -> Answer {
    match command.verb {
        Verb::Read if matches!(modem.registration(), 1 | 5..=7 | 9 | 10) => {
            Answer::line(format!("+COPS: 0,0,\"{OPERATOR}\""))
        }
        Verb::Read => Answer::line("+COPS: 0".to_owned()),
        Verb::Set(_) => Answer::ok(),
        // A scan takes minutes and no gateway should ask for it.
        Verb::Test | Verb::Run => Answer::end(End::Error),
    }
}

/// Mobile country code 001 is the standards' test network.
const IMSI: &str = "001010000000001";

/// No issuer has these digits.
const ICCID: &str = "8900000000000000001";

/// A network of our own.
const OPERATOR: &str = "NIGHTNET";
