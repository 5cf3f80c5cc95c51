//! What follows a prompt: the body of a message, byte by byte until 0x1A.

use crate::modem::sim::{charset, entry::Submission, submit::decode_submit};

/// A message being typed.
#[derive(Clone, Debug)]
pub(super) struct Body {
    shape: Shape,
    /// What becomes of it at 0x1A.
    pub(super) purpose: Purpose,
    bytes: Vec<u8>,
    spoiled: bool,
}

/// How the bytes are to be read.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Hexadecimal, with the octets announced.
    Pdu { octets: usize },
    /// Text in the character set in force, to this number, with the parameters of `AT+CSMP`.
    Text { charset: String, number: String, parameters: [u8; 4] },
}

/// What becomes of a message at 0x1A.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// `AT+CMGS`.
    Send,
    /// `AT+CMGW`.
    Store,
}

impl Body {
    pub(super) fn new(shape: Shape, purpose: Purpose) -> Self {
        Self { shape, purpose, bytes: Vec::new(), spoiled: false }
    }

    /// Whether a CR begins a new line of text here.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.shape, Shape::Text { .. })
    }

    /// Takes a byte.
    ///
    /// # Errors
    /// What is wrong with it, once; a body that had a wrong byte is refused at its end.
    pub(super) fn push(&mut self, byte: u8) -> Result<(), String> {
        if self.spoiled {
            return Ok(());
        }
        let admitted = match &self.shape {
            _ if self.bytes.len() >= MAX_BODY => Err(format!("a message body longer than {MAX_BODY} bytes")),
            Shape::Pdu { .. } if byte.is_ascii_hexdigit() => Ok(()),
            Shape::Pdu { .. } => Err(format!("byte 0x{byte:02X} in a PDU is no hexadecimal digit")),
            Shape::Text { charset, .. } => charset::admit(charset, byte),
        };
        match admitted {
            Ok(()) => self.bytes.push(byte),
            Err(_) => self.spoiled = true,
        }
        admitted
    }

    /// The message, at 0x1A.
    ///
    /// # Errors
    /// What makes it none; nothing to say where [`Body::push`] has said it.
    pub(super) fn finish(self) -> Result<Submission, Option<String>> {
        if self.spoiled {
            return Err(None);
        }
        self.read().map_err(Some)
    }

    fn read(self) -> Result<Submission, String> {
        match self.shape {
            Shape::Pdu { octets } => decode_submit(&String::from_utf8_lossy(&self.bytes), octets),
            Shape::Text { charset, number, parameters } => {
                let text = charset::decode(&charset, &self.bytes)?;
                charset::fits_one_message(&charset, &text)?;
                let [first, validity, _, coding] = parameters;
                Ok(Submission {
                    number,
                    text,
                    status_report: first & 0x20 != 0,
                    reject_duplicates: first & 0x04 != 0,
                    coding,
                    validity: (first & 0x18 == 0x10).then_some(validity),
                    ..Submission::default()
                })
            }
        }
    }
}

/// More than any message has: 176 octets of SMSC field and TPDU are 352 digits, 160 characters of UCS-2 are 640.
const MAX_BODY: usize = 640;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(shape: Shape, bytes: &[u8]) -> Result<String, Option<String>> {
        let mut body = Body::new(shape, Purpose::Send);
        let told: Vec<String> = bytes.iter().filter_map(|byte| body.push(*byte).err()).collect();
        assert!(told.len() <= 1, "one complaint a body: {told:?}");
        body.finish().map(|submission| submission.text)
    }

    fn text(charset: &str) -> Shape {
        Shape::Text { charset: charset.to_owned(), number: "+33639980001".to_owned(), parameters: [17, 167, 0, 0] }
    }

    #[test]
    fn several_lines_are_one_text() {
        assert_eq!(read(text("IRA"), b"one\rtwo\nthree").as_deref(), Ok("one\rtwo\nthree"));
    }

    #[test]
    fn a_wrong_byte_spoils_the_body() {
        assert_eq!(read(text("IRA"), b"a\0b\0"), Err(None));
        assert_eq!(read(text("GSM"), &[b'a'; MAX_BODY + 2]), Err(None));
        assert_eq!(read(Shape::Pdu { octets: 23 }, b"00 11"), Err(None));
        assert_eq!(read(Shape::Pdu { octets: 23 }, b"0011\r\n"), Err(None));
    }

    #[test]
    fn a_body_that_does_not_come_out_is_told_at_its_end() {
        assert!(read(Shape::Pdu { octets: 23 }, b"0011").is_err_and(|told| told.is_some()));
        assert!(read(text("GSM"), &[b'a'; 161]).is_err_and(|told| told.is_some()));
    }
}
