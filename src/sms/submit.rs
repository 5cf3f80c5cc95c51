//! SMS-SUBMIT (TS 23.040, 9.2.2.2): one text to one number, as the hex that follows the prompt in PDU mode.
//!
//! | octets | field | here |
//! |---|---|---|
//! | 1 | TP-MTI, RD, VPF, SRR, UDHI, RP | SUBMIT, relative validity period, no header |
//! | 1 | TP-MR | `reference`; most modems put their own |
//! | 2–12 | TP-DA | digits, type of number, digits as semi-octets |
//! | 1 | TP-PID | 0, plain SMS |
//! | 1 | TP-DCS | 0, GSM 7-bit, no message class |
//! | 1 | TP-VP | [`Validity`] |
//! | 1 | TP-UDL | septets |
//! | 0–140 | TP-UD | packed septets |

use std::fmt::Write as _;

use crate::sms::gsm7;
use crate::sms::{Number, Text};

/// One SMS-SUBMIT before it is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submit<'a> {
    /// TP-DA.
    pub number: &'a Number,
    /// TP-UD.
    pub text: &'a Text,
    /// TP-VP: how long the network keeps trying.
    pub validity: Validity,
    /// TP-MR. Modems may put their own, and tell it in `+CMGS: mr`.
    pub reference: u8,
    /// TP-RD: the service centre refuses a second copy with the same reference that it still holds.
    pub reject_duplicates: bool,
    /// TP-SRR: a status report is wanted.
    pub status_report: bool,
}

impl<'a> Submit<'a> {
    /// The usual one: valid for a day, reference 0, duplicates taken, no status report.
    #[must_use]
    pub fn new(number: &'a Number, text: &'a Text) -> Self {
        Self { number, text, validity: Validity::DAY, reference: 0, reject_duplicates: false, status_report: false }
    }

    /// The octets, ready for `AT+CMGS`.
    #[must_use]
    pub fn encode(&self) -> Pdu {
        let septets = gsm7::encode(self.text.as_str()).expect("a text is all in the GSM alphabet");
        let mut tpdu = Vec::with_capacity(MAX_TPDU_OCTETS);
        tpdu.push(self.first_octet());
        tpdu.push(self.reference);
        push_address(&mut tpdu, self.number);
        tpdu.extend([PID_SMS, DCS_GSM7, self.validity.octet()]);
        tpdu.push(u8::try_from(septets.len()).expect("a text has at most 160 septets"));
        tpdu.extend(gsm7::pack(&septets));
        Pdu { tpdu }
    }

    fn first_octet(&self) -> u8 {
        let rd = if self.reject_duplicates { RD } else { 0 };
        let srr = if self.status_report { SRR } else { 0 };
        MTI_SUBMIT | VPF_RELATIVE | rd | srr
    }
}

/// An encoded SMS-SUBMIT.
#[derive(Clone, PartialEq, Eq)]
pub struct Pdu {
    tpdu: Vec<u8>,
}

impl Pdu {
    /// What is written after the prompt: an empty service centre field (`00`: the one of the SIM), then the
    /// TPDU, in upper-case hex. Holds the number in clear: not for a log.
    #[must_use]
    pub fn hex(&self) -> String {
        let mut hex = String::with_capacity(2 + 2 * self.tpdu.len());
        hex.push_str(SMSC_OF_THE_SIM);
        for octet in &self.tpdu {
            write!(hex, "{octet:02X}").expect("writing to a string cannot fail");
        }
        hex
    }

    /// The argument of `AT+CMGS` in PDU mode: the TPDU's octets, without the service centre field.
    #[must_use]
    pub fn tpdu_octets(&self) -> usize {
        self.tpdu.len()
    }
}

impl std::fmt::Debug for Pdu {
    /// Without the octets: they hold the number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pdu({} octets)", self.tpdu.len())
    }
}

/// TP-VP in the relative format (TS 23.040, 9.2.3.12.1), 5 minutes to 63 weeks in uneven steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Validity(u8);

impl Validity {
    /// 24 hours.
    pub const DAY: Self = Self(167);

    /// The shortest period that is at least so long; the longest there is (63 weeks) beyond that.
    #[must_use]
    pub fn from_minutes(minutes: u32) -> Self {
        let octet = if minutes <= HALF_DAY {
            minutes.div_ceil(5).max(1) - 1
        } else if minutes <= DAY {
            143 + (minutes - HALF_DAY).div_ceil(30)
        } else if minutes <= MONTH {
            166 + minutes.div_ceil(DAY)
        } else {
            192 + minutes.div_ceil(WEEK)
        };
        Self(u8::try_from(octet).unwrap_or(u8::MAX))
    }

    /// The octet on the wire.
    #[must_use]
    pub fn octet(self) -> u8 {
        self.0
    }

    /// The period in minutes.
    #[must_use]
    pub fn minutes(self) -> u32 {
        let octet = u32::from(self.0);
        match octet {
            0..=143 => (octet + 1) * 5,
            144..=167 => HALF_DAY + (octet - 143) * 30,
            168..=196 => (octet - 166) * DAY,
            _ => (octet - 192) * WEEK,
        }
    }
}

/// TP-DA: the number of digits, the type of number, two digits an octet, the first in the low half
/// (TS 23.040, 9.1.2.5).
fn push_address(tpdu: &mut Vec<u8>, number: &Number) {
    let digits: Vec<u8> = number.expose().bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    tpdu.push(u8::try_from(digits.len()).expect("a number has at most 15 digits"));
    tpdu.push(TON_INTERNATIONAL);
    for pair in digits.chunks(2) {
        let low = pair.first().copied().unwrap_or(FILLER);
        let high = pair.get(1).copied().unwrap_or(FILLER);
        tpdu.push(high << 4 | low);
    }
}

/// TP-MTI of SMS-SUBMIT, bits 0 and 1.
const MTI_SUBMIT: u8 = 0x01;

/// TP-RD, bit 2.
const RD: u8 = 0x04;

/// TP-VPF, bits 3 and 4: one relative octet.
const VPF_RELATIVE: u8 = 0x10;

/// TP-SRR, bit 5.
const SRR: u8 = 0x20;

/// TP-PID: from one phone to another, nothing in between.
const PID_SMS: u8 = 0x00;

/// TP-DCS: GSM 7-bit default alphabet, uncompressed, no class (a class is what some networks refuse).
const DCS_GSM7: u8 = 0x00;

/// Type of number international, numbering plan E.164.
const TON_INTERNATIONAL: u8 = 0x91;

/// Fills the last half octet of an odd number of digits.
const FILLER: u8 = 0x0F;

/// A service centre address of no octets.
const SMSC_OF_THE_SIM: &str = "00";

/// First octet, reference, an address of 15 digits, PID, DCS, VP, UDL, 140 octets of text.
const MAX_TPDU_OCTETS: usize = 1 + 1 + 10 + 4 + 140;

/// Minutes in 12 hours, where the steps of 5 minutes end.
const HALF_DAY: u32 = 12 * 60;

/// Minutes in a day, where the steps of 30 minutes end.
const DAY: u32 = 24 * 60;

/// Minutes in 30 days, where the steps of a day end.
const MONTH: u32 = 30 * DAY;

/// Minutes in a week, the step beyond.
const WEEK: u32 = 7 * DAY;

#[cfg(test)]
mod tests {
    use super::*;

    fn number(written: &str) -> Number {
        Number::parse(written).expect("a test's own number is good")
    }

    fn text(content: &str) -> Text {
        Text::new(content).expect("a test's own text fits")
    }

    #[test]
    fn octets_are_those_of_the_standard() {
        let (number, text) = (number("+33639980001"), text("hellohello"));
        let pdu = Submit::new(&number, &text).encode();
        //                     SMSC MTI MR DA: len TON digits   PID DCS VP UDL UD
        let expected =
            concat!("00", "11", "00", "0B", "91", "3336990800F1", "00", "00", "A7", "0A", "E8329BFD4697D9EC37");
        assert_eq!(pdu.hex(), expected);
        assert_eq!(pdu.tpdu_octets(), (expected.len() - 2) / 2);
    }

    #[test]
    fn each_option_sets_its_own_bits() {
        let (number, text) = (number("+447700900123"), text("a"));
        let plain = Submit::new(&number, &text);
        let cases = [
            (plain, "001100 0C91447700091032 0000A7 0161"),
            (Submit { reference: 0xAB, ..plain }, "0011AB 0C91447700091032 0000A7 0161"),
            (Submit { reject_duplicates: true, ..plain }, "001500 0C91447700091032 0000A7 0161"),
            (Submit { status_report: true, ..plain }, "003100 0C91447700091032 0000A7 0161"),
            (Submit { validity: Validity::from_minutes(240), ..plain }, "001100 0C91447700091032 00002F 0161"),
        ];
        for (submit, expected) in cases {
            assert_eq!(submit.encode().hex(), expected.replace(' ', ""), "{submit:?}");
        }
    }

    #[test]
    fn longest_submit_stays_within_the_bound() {
        let (number, text) = (number("+336399800010001"), text(&"à".repeat(160)));
        let pdu = Submit::new(&number, &text).encode();
        assert_eq!(pdu.tpdu_octets(), MAX_TPDU_OCTETS);
        assert!(pdu.hex().ends_with(&format!("A0{}", "FF".repeat(140))));
    }

    #[test]
    fn length_counts_septets_of_extension_characters_twice() {
        let (number, text) = (number("+33639980001"), text("€"));
        assert!(Submit::new(&number, &text).encode().hex().ends_with("A7029B32"));
    }

    #[test]
    fn debug_hides_the_number() {
        let (number, text) = (number("+33639980001"), text("a"));
        let submit = Submit::new(&number, &text);
        let printed = format!("{submit:?} {:?}", submit.encode());
        assert!(!printed.contains("39980") && !printed.contains("3336990800F1"), "{printed}");
    }

    #[test]
    fn validity_rounds_up_at_every_step() {
        let cases = [
            (0, 0, 5),
            (5, 0, 5),
            (6, 1, 10),
            (240, 47, 240),
            (720, 143, 720),
            (721, 144, 750),
            (1440, 167, 1440),
            (1441, 168, 2 * DAY),
            (30 * DAY, 196, 30 * DAY),
            (30 * DAY + 1, 197, 5 * WEEK),
            (63 * WEEK, 255, 63 * WEEK),
            (63 * WEEK + 1, 255, 63 * WEEK),
            (u32::MAX, 255, 63 * WEEK),
        ];
        for (minutes, octet, lasts) in cases {
            let validity = Validity::from_minutes(minutes);
            assert_eq!((validity.octet(), validity.minutes()), (octet, lasts), "{minutes}");
        }
        assert_eq!(Validity::DAY.minutes(), DAY);
    }

    #[test]
    fn every_octet_reads_back() {
        for octet in 0..=u8::MAX {
            assert_eq!(Validity::from_minutes(Validity(octet).minutes()), Validity(octet));
        }
    }
}
