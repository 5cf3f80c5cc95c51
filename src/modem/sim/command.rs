//! The grammar of a command line (V.250 §5.2 to §5.4).

/// One command of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// `E`, `&F`, `S3`, `+CMGF`, `^CURC`; upper case. Empty for a bare `AT`.
    pub(super) name: String,
    pub(super) verb: Verb,
}

/// What a command asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// `AT+X`, `ATZ`.
    Run,
    /// `AT+X?`
    Read,
    /// `AT+X=?`
    Test,
    /// `AT+X=…`, and `ATE0` with its digits as the only argument.
    Set(Vec<Argument>),
}

/// One argument between commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Argument {
    /// Without its quotes.
    pub(super) text: String,
    pub(super) quoted: bool,
}

impl Argument {
    /// The number it is, where it is one.
    pub(super) fn number(&self) -> Option<u16> {
        if self.quoted { None } else { self.text.parse().ok() }
    }
}

/// The commands of a line. `a_chain` tells whether a `;` joined several.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) commands: Vec<Command>,
    pub(super) a_chain: bool,
}

/// Reads a line of printable ASCII without its CR.
///
/// # Errors
/// One sentence: what makes it no AT command line.
pub(super) fn parse(line: &str) -> Result<Line, String> {
    let head = line.get(..2).unwrap_or_default();
    if !head.eq_ignore_ascii_case("AT") {
        return Err("a line that does not begin with AT".to_owned());
    }
    let mut rest = line.get(2..).unwrap_or_default().trim();
    let mut commands = Vec::new();
    let mut a_chain = false;
    while let Some(first) = rest.chars().next() {
        match first {
            '+' | '^' | '$' | '%' | '*' | '#' => {
                let end = end_of_extended(rest)?;
                let (command, tail) = rest.split_at(end);
                commands.push(extended(command)?);
                a_chain |= !tail.is_empty();
                rest = tail.strip_prefix(';').unwrap_or(tail).trim_start();
            }
            ';' | ' ' => {
                a_chain |= first == ';';
                rest = rest.get(1..).unwrap_or_default();
            }
            _ => {
                let (command, tail) = basic(rest)?;
                commands.push(command);
                rest = tail;
            }
        }
    }
    if commands.is_empty() {
        commands.push(Command { name: String::new(), verb: Verb::Run });
    }
    Ok(Line { commands, a_chain })
}

/// The place of the `;` that ends it, or its end. A `;` between quotes is text.
fn end_of_extended(text: &str) -> Result<usize, String> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' if !quoted => return Ok(at),
            _ => {}
        }
    }
    if quoted { Err("a command line with an open quote".to_owned()) } else { Ok(text.len()) }
}

fn extended(text: &str) -> Result<Command, String> {
    let split = text.find(['=', '?']).unwrap_or(text.len());
    let (name, rest) = text.split_at(split);
    let name = name.trim();
    let known = |c: char| c.is_ascii_alphanumeric() || "!%-./:_".contains(c);
    if name.len() < 2 || !name.chars().skip(1).all(known) {
        return Err("an extended command without a proper name".to_owned());
    }
    let verb = match rest.trim() {
        "" => Verb::Run,
        "?" => Verb::Read,
        "=?" => Verb::Test,
        other => match other.strip_prefix('=') {
            Some(list) => Verb::Set(arguments(list)?),
            None => return Err("something behind the `?` of a command".to_owned()),
        },
    };
    Ok(Command { name: name.to_ascii_uppercase(), verb })
}

fn arguments(list: &str) -> Result<Vec<Argument>, String> {
    let mut found = Vec::new();
    let mut rest = list.trim();
    loop {
        let (argument, tail) = match rest.strip_prefix('"') {
            Some(inside) => {
                let (text, tail) = inside.split_once('"').ok_or("a command line with an open quote")?;
                (Argument { text: text.to_owned(), quoted: true }, tail.trim_start())
            }
            None => {
                let (text, tail) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
                if text.contains('"') {
                    return Err("a quote in the middle of an argument".to_owned());
                }
                (Argument { text: text.trim().to_owned(), quoted: false }, tail)
            }
        };
        found.push(argument);
        match tail.strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None if tail.is_empty() => return Ok(found),
            None => return Err("something behind the closing quote of an argument".to_owned()),
        }
    }
}

/// `E0`, `&F`, `S0=3`, `S3?`; returns what follows.
fn basic(text: &str) -> Result<(Command, &str), String> {
    let prefix = usize::from(text.starts_with(['&', '\\']));
    let letter = text.get(prefix..prefix + 1).filter(|c| c.chars().all(|c| c.is_ascii_alphabetic()));
    let letter = letter.ok_or("a command that begins with neither a letter nor `+`")?;
    let after = text.get(prefix + 1..).unwrap_or_default();
    let (number, tail) = after.split_at(after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len());
    let mut name = text.get(..=prefix).unwrap_or_default().to_ascii_uppercase();
    let argument = |text: &str| Verb::Set(vec![Argument { text: text.to_owned(), quoted: false }]);
    if prefix == 0 && letter.eq_ignore_ascii_case("S") {
        name.push_str(number);
        if let Some(rest) = tail.strip_prefix('?') {
            return Ok((Command { name, verb: Verb::Read }, rest));
        }
        if let Some(rest) = tail.strip_prefix('=') {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (value, rest) = rest.split_at(digits);
            return Ok((Command { name, verb: argument(value) }, rest));
        }
        return Ok((Command { name, verb: Verb::Run }, tail));
    }
    let verb = if number.is_empty() { Verb::Run } else { argument(number) };
    Ok((Command { name, verb }, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        let words = |command: &Command| match &command.verb {
            Verb::Run => command.name.clone(),
            Verb::Read => format!("{}?", command.name),
            Verb::Test => format!("{}=?", command.name),
            Verb::Set(arguments) => {
                let quote = |a: &Argument| if a.quoted { format!("'{}'", a.text) } else { a.text.clone() };
                format!("{}({})", command.name, arguments.iter().map(quote).collect::<Vec<_>>().join("|"))
            }
        };
        parse(line).unwrap().commands.iter().map(words).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn reads_the_lines_a_gateway_sends() {
        let cases = [
            ("AT", ""),
            ("at", ""),
            ("ATE0", "E(0)"),
            ("ATQ0V1E0", "Q(0) V(1) E(0)"),
            ("ATZ", "Z"),
            ("AT&F", "&F"),
            ("AT&C1", "&C(1)"),
            ("ATS0=0", "S0(0)"),
            ("ATS3?", "S3?"),
            ("AT+CMGF=?", "+CMGF=?"),
            ("at+cmgf?", "+CMGF?"),
            ("AT+CMGS=18", "+CMGS(18)"),
            ("AT+CMGS=\"+33639980001\",145", "+CMGS('+33639980001'|145)"),
            ("AT+CMGL=ALL", "+CMGL(ALL)"),
            ("AT+CNMI=2,1,,2", "+CNMI(2|1||2)"),
            ("AT+CMEE=1;+CREG?", "+CMEE(1) +CREG?"),
            ("ATE0;+CPIN?", "E(0) +CPIN?"),
            ("AT+CPIN=\"1;2,3\"", "+CPIN('1;2,3')"),
            ("AT^CURC=0", "^CURC(0)"),
        ];
        for (line, expected) in cases {
            assert_eq!(shown(line), expected, "{line}");
        }
        assert!(parse("AT+CMEE=1;+CREG?").unwrap().a_chain);
        assert!(!parse("AT+CPIN=\"1;2\"").unwrap().a_chain);
    }

    #[test]
    fn what_is_no_command_line_is_told() {
        for line in [
            "",
            "A",
            "A/",
            "hello",
            " AT",
            "0011000B91",
            "AT+",
            "AT+=1",
            "AT+CMGS=\"+33639980001",
            "AT+CMGF=1\"",
            "AT+CMGS=\"1\"2",
            "AT+CMGF?x",
            "AT\"",
            "AT=",
            "AT!",
            "AT+CM GF=1",
            "AT> ",
        ] {
            assert!(parse(line).is_err(), "{line:?}");
        }
    }
}
