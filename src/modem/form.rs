//! What goes over the wire for one text: the `AT+CMGS` line and the body behind the prompt.

use crate::modem::setup::Mode;
use crate::sms::{Number, Submit, Text, text_mode_body};

/// One text in the form a modem takes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Form {
    /// The command, without CR.
    pub command: String,
    /// The body, without the commit byte 0x1A.
    pub body: Vec<u8>,
}

/// The form of a text for a modem in this mode. `again` marks a second submission of the same text: the service
/// centre is asked to reject it if it still holds the first (TP-RD, TS 23.040 9.2.3.25).
#[must_use]
pub fn form(mode: Mode, number: &Number, text: &Text, again: bool) -> Form {
    match mode {
        Mode::Pdu => {
            let mut submit = Submit::new(number, text);
            submit.reject_duplicates = again;
            let pdu = submit.encode();
            Form { command: format!("AT+CMGS={}", pdu.tpdu_octets()), body: pdu.hex().as_bytes().to_vec() }
        }
        Mode::Text(charset) => {
            Form { command: format!("AT+CMGS=\"{}\"", number.expose()), body: text_mode_body(text, charset) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::WireCharset;

    #[test]
    fn control_bytes_cannot_pass_in_any_mode() {
        let number = Number::parse("+33639980001").expect("fiction");
        let text = Text::new("a@b [c] {d} ~ ^ | \\ \u{20ac} _ $").expect("fits");
        for mode in
            [Mode::Pdu, Mode::Text(WireCharset::Gsm), Mode::Text(WireCharset::Ira), Mode::Text(WireCharset::Unknown)]
        {
            let form = form(mode, &number, &text, false);
            assert!(form.body.iter().all(|byte| ![0x1a, 0x1b, b'\r'].contains(byte)), "{mode:?}");
        }
    }

    #[test]
    fn length_counts_the_tpdu_without_the_service_centre() {
        let number = Number::parse("+33639980001").expect("fiction");
        let text = Text::new("hellohello").expect("fits");
        let form = form(Mode::Pdu, &number, &text, false);
        let octets: usize = form.command.trim_start_matches("AT+CMGS=").parse().expect("a number");
        assert_eq!(form.body.len(), 2 * (octets + 1));
    }
}
