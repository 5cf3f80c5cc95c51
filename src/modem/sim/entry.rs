//! What a simulated modem saw and did: the entries of its ledger.

use jiff::Timestamp;
use serde::Serialize;

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// When, by the wall clock of whoever runs the modem.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub kind: EntryKind,
}

/// What an entry tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EntryKind {
    /// A client has come.
    Connected,
    /// The client has gone, or was closed.
    Disconnected,
    /// A complete command line; a PIN in it is masked.
    Command {
        /// Without its CR.
        line: String,
    },
    /// The prompt was said.
    Prompted,
    /// The commit was heard: 0x1A, or the CR of `AT+CMSS`.
    Submitted(Submission),
    /// The network took a text.
    Accepted(Accepted),
    /// A final result left for the client.
    Answered {
        /// Without line ends: `OK`, `ERROR`, `+CMS ERROR: 38`.
        #[serde(rename = "final")]
        result: String,
    },
    /// A submission was answered with an error.
    Refused {
        /// The number behind `+CMS ERROR:` or `+CME ERROR:`; none behind a plain `ERROR`.
        code: Option<u16>,
    },
    /// The client sent something that is not AT.
    Violation {
        /// One sentence; never contains a phone number.
        what: String,
    },
}

/// One message as the client handed it over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Submission {
    /// The destination, with `+` where its type is international.
    pub number: String,
    /// What the phone would show; hexadecimal where the message is 8-bit data.
    pub text: String,
    /// As received, SMSC field included, upper case; none in text mode.
    pub pdu: Option<String>,
    /// TP-SRR: a status report is asked for.
    pub status_report: bool,
    /// TP-RD: the service centre is to refuse a duplicate.
    pub reject_duplicates: bool,
    /// TP-MR as the client wrote it; the modem gives its own.
    pub asked_reference: u8,
    /// TP-DCS.
    pub coding: u8,
    /// TP-VP where it is relative.
    pub validity: Option<u8>,
    /// Which part of a longer text it is.
    pub part: Option<Part>,
}

/// A concatenation header (23.040 §9.2.3.24.1 and .8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Shared by all parts.
    pub reference: u16,
    /// How many parts.
    pub total: u8,
    /// Which one, from 1.
    pub index: u8,
}

/// One message the network took: what a phone would have received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// TP-MR the modem gave it.
    pub reference: u8,
    /// The destination.
    pub number: String,
    /// What the phone shows.
    pub text: String,
    /// As received; none in text mode.
    pub pdu: Option<String>,
    /// Which part of a longer text it is.
    pub part: Option<Part>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_flat_line_of_json() {
        let kind = EntryKind::Accepted(Accepted {
            reference: 7,
            number: "+33639980001".to_owned(),
            text: "disk full".to_owned(),
            pdu: None,
            part: None,
        });
        let line = serde_json::to_string(&Entry { at: Timestamp::UNIX_EPOCH, kind }).unwrap();
        assert_eq!(
            line,
            r#"{"at":"1970-01-01T00:00:00Z","kind":"accepted","reference":7,"number":"+33639980001","text":"disk full","pdu":null,"part":null}"#
        );
    }

    #[test]
    fn a_final_result_is_called_final() {
        let kind = EntryKind::Answered { result: "OK".to_owned() };
        assert_eq!(serde_json::to_string(&kind).unwrap(), r#"{"kind":"answered","final":"OK"}"#);
    }
}
