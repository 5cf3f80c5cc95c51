//! Answers of the modem and how they look on the wire (V.250 §5.7, 27.005 §3.2.5, 27.007 §9.2).

/// What a command is answered with: information lines and a final result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) lines: Vec<String>,
    /// None only for an answer a script wrote itself.
    pub(super) end: Option<End>,
}

impl Answer {
    pub(super) fn ok() -> Self {
        Self { lines: Vec::new(), end: Some(End::Ok) }
    }

    pub(super) fn line(line: String) -> Self {
        Self { lines: vec![line], end: Some(End::Ok) }
    }

    pub(super) fn end(end: End) -> Self {
        Self { lines: Vec::new(), end: Some(end) }
    }

    /// The bytes, with unsolicited lines behind the first line of the answer, where they hurt most.
    pub(super) fn bytes(&self, manner: &Manner<'_>, urcs: &[String]) -> Vec<u8> {
        let eol = manner.line_end;
        let unsolicited: String = urcs.iter().map(|line| format!("{eol}{line}{eol}")).collect();
        let mut text = String::new();
        for (at, line) in self.lines.iter().enumerate() {
            let before = if at == 0 && manner.verbose { eol } else { "" };
            text.push_str(&format!("{before}{line}{eol}"));
            if at == 0 {
                text.push_str(&unsolicited);
            }
        }
        if self.lines.is_empty() {
            text.push_str(&unsolicited);
        }
        if let Some(end) = self.end.filter(|_| !manner.quiet) {
            text.push_str(&end.on_the_wire(manner));
        }
        text.into_bytes()
    }
}

/// A final result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Ok,
    Error,
    Cms(u16),
    Cme(u16),
}

impl End {
    /// The words, without line ends. `+CME ERROR` depends on `AT+CMEE`; `+CMS ERROR` does not (27.005 §3.2.5).
    pub(super) fn text(self, errors: u8) -> String {
        match (self, errors) {
            (Self::Ok, _) => "OK".to_owned(),
            (Self::Error, _) | (Self::Cme(_), 0) => "ERROR".to_owned(),
            (Self::Cms(code), _) => format!("+CMS ERROR: {code}"),
            (Self::Cme(code), 2) => match CME_WORDS.iter().find(|(known, _)| *known == code) {
                Some((_, words)) => format!("+CME ERROR: {words}"),
                None => format!("+CME ERROR: {code}"),
            },
            (Self::Cme(code), _) => format!("+CME ERROR: {code}"),
        }
    }

    /// The number behind the error, where it has one.
    pub(super) fn code(self) -> Option<u16> {
        match self {
            Self::Cms(code) | Self::Cme(code) => Some(code),
            Self::Ok | Self::Error => None,
        }
    }

    fn on_the_wire(self, manner: &Manner<'_>) -> String {
        let eol = manner.line_end;
        match (manner.verbose, self.text(manner.errors).as_str()) {
            (true, words) => format!("{eol}{words}{eol}"),
            (false, "OK") => "0\r".to_owned(),
            (false, "ERROR") => "4\r".to_owned(),
            (false, words) => format!("{words}{eol}"),
        }
    }
}

/// The settings that shape an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner<'a> {
    /// `ATV`.
    pub(super) verbose: bool,
    /// `ATQ`.
    pub(super) quiet: bool,
    /// `AT+CMEE`.
    pub(super) errors: u8,
    pub(super) line_end: &'a str,
}

/// Words of `AT+CMEE=2` (27.007 §9.2.1), as many as this modem says.
const CME_WORDS: [(u16, &str); 9] = [
    (3, "operation not allowed"),
    (4, "operation not supported"),
    (10, "SIM not inserted"),
    (11, "SIM PIN required"),
    (12, "SIM PUK required"),
    (14, "SIM busy"),
    (16, "incorrect password"),
    (30, "no network service"),
    (100, "unknown"),
];

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Manner<'_> = Manner { verbose: true, quiet: false, errors: 1, line_end: "\r\n" };

    #[test]
    fn looks_as_the_settings_say() {
        let csq = Answer::line("+CSQ: 21,99".to_owned());
        let failed = Answer::end(End::Cme(11));
        let cases = [
            (&csq, PLAIN, "\r\n+CSQ: 21,99\r\n\r\nOK\r\n"),
            (&csq, Manner { verbose: false, ..PLAIN }, "+CSQ: 21,99\r\n0\r"),
            (&csq, Manner { quiet: true, ..PLAIN }, "\r\n+CSQ: 21,99\r\n"),
            (&csq, Manner { line_end: "\n", ..PLAIN }, "\n+CSQ: 21,99\n\nOK\n"),
            (&failed, PLAIN, "\r\n+CME ERROR: 11\r\n"),
            (&failed, Manner { errors: 0, ..PLAIN }, "\r\nERROR\r\n"),
            (&failed, Manner { errors: 2, ..PLAIN }, "\r\n+CME ERROR: SIM PIN required\r\n"),
            (&failed, Manner { errors: 0, verbose: false, ..PLAIN }, "4\r"),
        ];
        for (answer, manner, wire) in cases {
            assert_eq!(String::from_utf8(answer.bytes(&manner, &[])).unwrap(), wire);
        }
    }

    #[test]
    fn unsolicited_lines_stand_in_the_middle() {
        let urcs = ["RING".to_owned()];
        let list = Answer { lines: vec!["+CMGL: 1,2,,1".to_owned(), "00".to_owned()], end: Some(End::Ok) };
        let wire = String::from_utf8(list.bytes(&PLAIN, &urcs)).unwrap();
        assert_eq!(wire, "\r\n+CMGL: 1,2,,1\r\n\r\nRING\r\n00\r\n\r\nOK\r\n");
        assert_eq!(Answer::ok().bytes(&PLAIN, &urcs), b"\r\nRING\r\n\r\nOK\r\n");
    }
}
