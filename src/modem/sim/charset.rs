//! What the bytes of a text-mode body mean under the character set in force (27.007 §5.5, 27.005 §3.5).

use crate::modem::sim::{
    gsm,
    submit::{from_hex, ucs2},
};

/// Whether a byte may stand in a text-mode body.
///
/// # Errors
/// One sentence. 0x1A and 0x1B never come here: they end the body.
pub(super) fn admit(charset: &str, byte: u8) -> Result<(), String> {
    let fits = match charset {
        "GSM" => byte <= 0x7F,
        "UCS2" | "HEX" => byte.is_ascii_hexdigit(),
        "8859-1" => matches!(byte, b'\r' | b'\n' | 0x20..=0x7E | 0xA0..=0xFF),
        _ => matches!(byte, b'\r' | b'\n' | 0x20..=0x7E),
    };
    if fits { Ok(()) } else { Err(format!("byte 0x{byte:02X} in a text body has no meaning in {charset}")) }
}

/// The text these admitted bytes stand for.
///
/// # Errors
/// One sentence, where the bytes are hexadecimal and do not come out.
pub(super) fn decode(charset: &str, bytes: &[u8]) -> Result<String, String> {
    let latin1 = || bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    match charset {
        "GSM" => gsm::text(bytes),
        "UCS2" => ucs2(&from_hex(&latin1())?),
        "HEX" => gsm::text(&from_hex(&latin1())?),
        _ => Ok(latin1()),
    }
}

/// Whether a text fits one message: 160 septets, or 70 units where it was given in UCS-2.
///
/// # Errors
/// One sentence.
pub(super) fn fits_one_message(charset: &str, text: &str) -> Result<(), String> {
    let (used, room, unit) = match charset {
        "UCS2" => (text.encode_utf16().count(), 70, "UCS-2 units"),
        _ => (gsm::septets(text), 160, "septets"),
    };
    if used > room { Err(format!("a text-mode message of {used} {unit}, {room} fit")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_means_what_the_charset_says() {
        let cases: [(&str, &[u8], &str); 6] = [
            ("GSM", b"caf\x05 \x00home", "café @home"),
            ("IRA", b"a@b_c$\r\nd", "a@b_c$\r\nd"),
            ("8859-1", b"caf\xE9", "café"),
            ("UCS2", b"00e920AC", "é€"),
            ("HEX", b"0541", "éA"),
            ("IRA", b"", ""),
        ];
        for (charset, bytes, text) in cases {
            assert!(bytes.iter().all(|byte| admit(charset, *byte).is_ok()), "{charset}");
            assert_eq!(decode(charset, bytes).as_deref(), Ok(text), "{charset}");
        }
    }

    #[test]
    fn a_byte_without_meaning_is_refused() {
        let cases = [
            ("GSM", 0xE9),
            ("GSM", 0x80),
            ("IRA", 0x00),
            ("IRA", 0x07),
            ("IRA", 0xE9),
            ("UCS2", b'x'),
            ("8859-1", 0x80),
        ];
        for (charset, byte) in cases {
            assert!(admit(charset, byte).is_err(), "{charset} {byte:#x}");
        }
        assert!(decode("UCS2", b"00E").is_err());
        assert!(decode("UCS2", b"D83D").is_err());
    }

    #[test]
    fn one_message_has_its_limit() {
        assert!(fits_one_message("GSM", &"a".repeat(160)).is_ok());
        assert!(fits_one_message("GSM", &"a".repeat(161)).is_err());
        assert!(fits_one_message("IRA", &"[".repeat(81)).is_err());
        assert!(fits_one_message("UCS2", &"é".repeat(71)).is_err());
    }
}
