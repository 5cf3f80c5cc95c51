//! Reading an SMS-SUBMIT (23.040 §9.2.2.2) behind its SMSC field (27.005 §3.1), strictly.
//!
//! This is the oracle of what a modem was really told, so it refuses whatever a network might refuse, and owes
//! nothing to the encoder it judges.

use crate::modem::sim::{
    entry::{Part, Submission},
    gsm,
};

/// Reads the hexadecimal body that followed `AT+CMGS=<octets>`.
///
/// # Errors
/// One sentence naming the field, without the phone number.
pub fn decode_submit(hex: &str, octets: usize) -> Result<Submission, String> {
    let bytes = from_hex(hex)?;
    let mut cursor = Cursor { rest: &bytes };
    let smsc = cursor.octet("the SMSC length")?;
    if usize::from(smsc) > MAX_SMSC_OCTETS {
        return Err(format!("the SMSC field has {smsc} octets, at most {MAX_SMSC_OCTETS} are allowed"));
    }
    cursor.take(usize::from(smsc), "the SMSC address")?;
    if cursor.rest.len() != octets {
        return Err(format!("the command announced {octets} octets of TPDU, the body has {}", cursor.rest.len()));
    }
    let mut submission = tpdu(&mut cursor)?;
    submission.pdu = Some(hex.to_ascii_uppercase());
    Ok(submission)
}

fn tpdu(cursor: &mut Cursor<'_>) -> Result<Submission, String> {
    let first = cursor.octet("the first octet")?;
    if first & 0x03 != 0x01 {
        return Err(format!("TP-MTI of first octet 0x{first:02X} is not SMS-SUBMIT"));
    }
    let asked_reference = cursor.octet("TP-MR")?;
    let number = destination(cursor)?;
    let pid = cursor.octet("TP-PID")?;
    if pid > 0x7F {
        return Err(format!("TP-PID 0x{pid:02X} is reserved"));
    }
    let coding = cursor.octet("TP-DCS")?;
    let alphabet = alphabet(coding)?;
    let validity = validity(cursor, first)?;
    let (text, part) = user_data(cursor, alphabet, first & 0x40 != 0)?;
    Ok(Submission {
        number,
        text,
        pdu: None,
        status_report: first & 0x20 != 0,
        reject_duplicates: first & 0x04 != 0,
        asked_reference,
        coding,
        validity,
        part,
    })
}

fn destination(cursor: &mut Cursor<'_>) -> Result<String, String> {
    let digits = usize::from(cursor.octet("the length of TP-DA")?);
    if digits == 0 || digits > MAX_DIGITS {
        return Err(format!("TP-DA has {digits} digits, 1 to {MAX_DIGITS} are allowed"));
    }
    let kind = cursor.octet("the type of TP-DA")?;
    if kind & 0x80 == 0 || kind & 0x70 == 0x50 {
        return Err(format!("type 0x{kind:02X} of TP-DA is not that of a number"));
    }
    let octets = cursor.take(digits.div_ceil(2), "TP-DA")?;
    let mut number = String::from(if kind & 0x70 == 0x10 { "+" } else { "" });
    for at in 0..digits {
        let nibble = octets.get(at / 2).map_or(0xF, |octet| if at % 2 == 0 { octet & 0x0F } else { octet >> 4 });
        let digit = DIGITS.get(usize::from(nibble)).ok_or("TP-DA ends before its stated length")?;
        number.push(char::from(*digit));
    }
    if digits % 2 == 1 && octets.last().is_some_and(|last| last >> 4 != 0xF) {
        return Err("TP-DA has an odd number of digits and no 0xF to fill the last octet".to_owned());
    }
    Ok(number)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    Gsm7,
    Data,
    Ucs2,
}

/// 23.038 §4.
fn alphabet(coding: u8) -> Result<Alphabet, String> {
    match (coding >> 4, coding & 0x0F) {
        (0x0..=0x1, low) | (0x4..=0x5, low) => match low >> 2 & 3 {
            0 => Ok(Alphabet::Gsm7),
            1 => Ok(Alphabet::Data),
            2 => Ok(Alphabet::Ucs2),
            _ => Err(format!("TP-DCS 0x{coding:02X} names a reserved alphabet")),
        },
        (0xC | 0xD, _) => Ok(Alphabet::Gsm7),
        (0xE, _) => Ok(Alphabet::Ucs2),
        (0xF, low) if low & 8 == 0 => Ok(if low & 4 == 0 { Alphabet::Gsm7 } else { Alphabet::Data }),
        _ => Err(format!("TP-DCS 0x{coding:02X} is compressed or reserved")),
    }
}

/// Its length depends on TP-VPF, bits 3 and 4 of the first octet (23.040 §9.2.3.3).
fn validity(cursor: &mut Cursor<'_>, first: u8) -> Result<Option<u8>, String> {
    match first >> 3 & 3 {
        0 => Ok(None),
        2 => cursor.octet("TP-VP").map(Some),
        _ => cursor.take(7, "TP-VP").map(|_| None),
    }
}

fn user_data(cursor: &mut Cursor<'_>, alphabet: Alphabet, headed: bool) -> Result<(String, Option<Part>), String> {
    let length = usize::from(cursor.octet("TP-UDL")?);
    let (limit, unit) = if alphabet == Alphabet::Gsm7 { (160, "septets") } else { (140, "octets") };
    if length > limit {
        return Err(format!("TP-UDL is {length}, at most {limit} {unit} fit"));
    }
    let octets = if alphabet == Alphabet::Gsm7 { (length * 7).div_ceil(8) } else { length };
    let data = cursor.take(octets, "TP-UD")?;
    if !cursor.rest.is_empty() {
        return Err(format!("{} octets follow the end of TP-UD", cursor.rest.len()));
    }
    let (header, part) = if headed { header(data)? } else { (0, None) };
    let text = match alphabet {
        Alphabet::Gsm7 => {
            let skipped = (header * 8).div_ceil(7);
            let septets = gsm::unpack(data, length);
            gsm::text(septets.get(skipped..).ok_or("the header is longer than TP-UD")?)?
        }
        Alphabet::Data => to_hex(data.get(header..).unwrap_or_default()),
        Alphabet::Ucs2 => ucs2(data.get(header..).unwrap_or_default())?,
    };
    Ok((text, part))
}

/// The user data header: its octets, length octet included, and the concatenation it tells of.
fn header(data: &[u8]) -> Result<(usize, Option<Part>), String> {
    let mut cursor = Cursor { rest: data };
    let length = usize::from(cursor.octet("UDHL")?);
    let mut elements = Cursor { rest: cursor.take(length, "the header")? };
    let mut part = None;
    while !elements.rest.is_empty() {
        let name = elements.octet("an element's name")?;
        let size = usize::from(elements.octet("an element's length")?);
        let value = elements.take(size, "a header element")?;
        part = match (name, value) {
            (0x00, &[reference, total, index]) => Some(checked(u16::from(reference), total, index)?),
            (0x08, &[high, low, total, index]) => Some(checked(u16::from_be_bytes([high, low]), total, index)?),
            (0x24 | 0x25, _) => return Err("national language tables are not simulated".to_owned()),
            (0x00 | 0x08, _) => return Err(format!("concatenation element 0x{name:02X} has {size} octets")),
            _ => part,
        };
    }
    Ok((length + 1, part))
}

fn checked(reference: u16, total: u8, index: u8) -> Result<Part, String> {
    if index == 0 || index > total {
        return Err(format!("part {index} of {total} cannot be"));
    }
    Ok(Part { reference, total, index })
}

/// UTF-16, big-endian: what phones read where the standard says UCS-2.
pub(super) fn ucs2(octets: &[u8]) -> Result<String, String> {
    let (units, odd) = octets.as_chunks::<2>();
    if !odd.is_empty() {
        return Err("UCS-2 text has an odd number of octets".to_owned());
    }
    let units: Vec<u16> = units.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    String::from_utf16(&units).map_err(|_| "UCS-2 text has half a surrogate pair".to_owned())
}

/// Hexadecimal digits in either case, nothing else.
pub(super) fn from_hex(hex: &str) -> Result<Vec<u8>, String> {
    let digits: Option<Vec<u8>> = hex.chars().map(|c| c.to_digit(16).map(|value| value as u8)).collect();
    let digits = digits.ok_or("the body has something other than hexadecimal digits")?;
    let (pairs, odd) = digits.as_chunks::<2>();
    if !odd.is_empty() {
        return Err("the body has an odd number of hexadecimal digits".to_owned());
    }
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

fn to_hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn octet(&mut self, field: &str) -> Result<u8, String> {
        let (first, rest) = self.rest.split_first().ok_or_else(|| format!("it ends before {field}"))?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, count: usize, field: &str) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| format!("it ends inside {field}"))?;
        self.rest = rest;
        Ok(taken)
    }
}

/// Semi-octets of an address (23.040 §9.1.2.3); 0xF fills and never stands for a digit.
const DIGITS: &[u8] = b"0123456789*#abc";

/// TP-DA holds at most 20 semi-octets (23.040 §9.1.2.5).
const MAX_DIGITS: usize = 20;

/// Type of address and ten octets of digits.
const MAX_SMSC_OCTETS: usize = 11;

#[cfg(test)]
mod tests {
    use super::*;

    // Worked out by hand. +33639980001 is eleven digits, so 0B 91 33 36 99 08 00 F1; first octet 11 is SUBMIT with a
    // relative validity, A7 is 24 hours.
    const HELLO: &str = "0011000B913336990800F10000A70AE8329BFD4697D9EC37";

    #[test]
    fn reads_a_hand_made_submit() {
        let submission = decode_submit(HELLO, 23).unwrap();
        assert_eq!(submission.number, "+33639980001");
        assert_eq!(submission.text, "hellohello");
        assert_eq!(submission.validity, Some(0xA7));
        assert!(!submission.status_report && !submission.reject_duplicates);
        assert_eq!(decode_submit(&HELLO.to_lowercase(), 23).unwrap(), submission);
    }

    #[test]
    fn reads_the_other_shapes() {
        let cases = [
            // status report and reject-duplicates, reference 5, no validity, national number 0612
            ("0025050481602100000141", 10, "0612", "A"),
            // an SMSC in front; UCS-2 "é€"
            ("07913336990899F931000B913336990800F10008FF0400E920AC", 18, "+33639980001", "é€"),
            // seven octets of absolute validity, no text
            ("0019000B913336990800F100006221112131410000", 20, "+33639980001", ""),
            // 8-bit data
            ("0001000B913336990800F1000402BEEF", 15, "+33639980001", "BEEF"),
            // part 2 of 3 by 8-bit reference: six octets of header are seven septets, then "A"
            ("0041000B913336990800F1000008050003CC030282", 20, "+33639980001", "A"),
        ];
        for (hex, octets, number, text) in cases {
            let submission = decode_submit(hex, octets).unwrap_or_else(|what| panic!("{hex}: {what}"));
            assert_eq!((submission.number.as_str(), submission.text.as_str()), (number, text), "{hex}");
        }
        let part = decode_submit(cases[4].0, 20).unwrap().part;
        assert_eq!(part, Some(Part { reference: 0xCC, total: 3, index: 2 }));
        let asked = decode_submit(cases[0].0, 10).unwrap();
        assert!(asked.status_report && asked.reject_duplicates);
        assert_eq!(asked.asked_reference, 5);
    }

    #[test]
    fn refuses_what_a_network_might_refuse() {
        let cases = [
            ("", 0, "ends before the SMSC length"),
            ("0", 0, "odd number"),
            ("0G", 0, "other than hexadecimal"),
            (HELLO, 22, "announced 22 octets"),
            ("0C", 0, "SMSC field"),
            ("03913", 0, "odd number"),
            ("0391", 0, "inside the SMSC address"),
            ("0010000B913336990800F10000A70AE8329BFD4697D9EC37", 23, "not SMS-SUBMIT"),
            ("0011000091", 4, "TP-DA has 0 digits"),
            ("0011001591", 4, "TP-DA has 21 digits"),
            ("0011000B1133", 5, "type 0x11"),
            ("0011000BD033", 5, "type 0xD0"),
            ("0011000B9133", 5, "inside TP-DA"),
            ("0011000B91333699080021", 10, "no 0xF"),
            ("0011000A91FF", 5, "inside TP-DA"),
            ("0011000291FF0000A70141", 10, "before its stated length"),
            ("0011000B913336990800F10020A700", 14, "compressed or reserved"),
            ("0011000B913336990800F1000CA700", 14, "reserved alphabet"),
            ("0011000B913336990800F18000A700", 14, "TP-PID"),
            ("0011000B913336990800F10000A7A1", 14, "at most 160 septets"),
            ("0011000B913336990800F10008A78D", 14, "at most 140 octets"),
            ("0011000B913336990800F10008A70341", 15, "inside TP-UD"),
            ("0011000B913336990800F10008A703414141", 17, "odd number of octets"),
            ("0011000B913336990800F10008A702D83D", 16, "surrogate"),
            ("0011000B913336990800F10000A7014100", 16, "follow the end"),
            ("0011000B913336990800F10000A7011B", 15, "escape"),
            ("0041000B913336990800F1000408050003CC030482", 20, "inside TP-UD"),
            ("0041000B913336990800F1000406050003CC0304", 19, "part 4 of 3"),
            ("0041000B913336990800F10004050400020101", 18, "concatenation element"),
            ("0041000B913336990800F100040403240101", 17, "national language"),
            ("0041000B913336990800F1000401FF", 14, "inside the header"),
        ];
        for (hex, octets, says) in cases {
            let told = decode_submit(hex, octets).unwrap_err();
            assert!(told.contains(says), "{hex}: {told}");
        }
    }

    #[test]
    fn any_cut_of_a_good_one_is_refused() {
        for end in 0..HELLO.len() {
            assert!(decode_submit(&HELLO[..end], 23).is_err(), "{end}");
            assert!(decode_submit(&HELLO[..end], (end / 2).saturating_sub(1)).is_err(), "{end}");
        }
    }
}
