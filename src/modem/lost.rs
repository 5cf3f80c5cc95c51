//! Why a session is over, and what of a modem's words an operator may be shown.

use std::fmt;
use std::io;

/// Why a session is over.
#[derive(Debug)]
pub enum Lost {
    /// The link broke.
    Io(io::Error),
    /// The link is there, but nothing on it answers as a modem does.
    Mute {
        /// The first thing it said instead, if anything: a busy notice, a login prompt.
        words: Option<String>,
    },
    /// The modem started again by itself.
    Booted,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Mute { words: Some(words) } => write!(f, "connected, but no modem answers `AT`; it says `{words}`"),
            Self::Mute { words: None } => f.write_str(
                "connected, but no modem answers `AT`: wrong port of the device, wrong rate, or another client has it",
            ),
            Self::Booted => f.write_str("the modem has restarted by itself"),
        }
    }
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Whether a line may be quoted to an operator: a busy notice or a login prompt, nothing a modem says. What a modem says
/// may hold a number, and an echo may hold the PIN.
pub(crate) fn is_notice(line: &str) -> bool {
    let is_modems =
        line.starts_with(['+', '^', '*', '#', '_', '$', '%']) || line.to_ascii_uppercase().starts_with("AT");
    !is_modems && crate::at::FinalResult::parse(line).is_none()
}

/// No digit of a notice is shown: it may be somebody's number.
pub(crate) fn masked(c: char) -> char {
    if c.is_ascii_digit() { '.' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_modem_says_is_quoted_and_without_its_digits() {
        for line in [
            "+CPIN=\"1234\"",
            "AT+CPIN=\"1234\"",
            "at+cmgs=\"+33639980001\"",
            "+CLIP: \"+33639980042\",145",
            "OK",
            "^RSSI:1",
        ] {
            assert!(!is_notice(line), "{line}");
        }
        for line in ["Port already in use", "login:", "Last login: 12:00 from 10"] {
            assert!(is_notice(line), "{line}");
        }
        assert_eq!("call 0639980001".chars().map(masked).collect::<String>(), "call ..........");
    }
}
