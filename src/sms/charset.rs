//! Text mode (TS 27.005, 3.5.1 and 3.2.1): a text as the bytes between the prompt and 0x1A.
//!
//! There the modem reads every byte in the charset of `AT+CSCS`, and some bytes are commands: 0x1A sends,
//! 0x1B aborts, 0x08 deletes the character before, 0x13 halts a line with software flow control, and 0x00
//! is dropped by terminals or ends the string in the firmware. Each character becomes exactly one byte
//! that is none of these, so a text never grows on the way; what has no such byte gets a look-alike.

use crate::sms::Text;
use crate::sms::gsm7;

/// What the modem takes the bytes of a text-mode body for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WireCharset {
    /// `AT+CSCS="GSM"`: a byte is a septet of the default alphabet.
    Gsm,
    /// `AT+CSCS="IRA"`: a byte is ASCII (ITU-T T.50).
    Ira,
    /// The modem did not say: only bytes that mean the same in both.
    Unknown,
}

/// The bytes to write between the prompt and 0x1A; at most 160, never one of the control bytes above.
#[must_use]
pub fn text_mode_body(text: &Text, charset: WireCharset) -> Vec<u8> {
    text.as_str().chars().map(|c| wire_byte(c, charset)).collect()
}

/// What the phone shows of [`text_mode_body`].
#[must_use]
pub fn shown(text: &Text, charset: WireCharset) -> String {
    let body = text_mode_body(text, charset);
    match charset {
        WireCharset::Gsm => gsm7::decode(&body),
        WireCharset::Ira | WireCharset::Unknown => body.into_iter().map(char::from).collect(),
    }
}

fn wire_byte(c: char, charset: WireCharset) -> u8 {
    match charset {
        WireCharset::Gsm => gsm7::default_septet(c).filter(|septet| !UNSAFE.contains(septet)),
        WireCharset::Ira => u8::try_from(c).ok().filter(|byte| matches!(byte, b' '..=b'~')),
        WireCharset::Unknown => None,
    }
    .unwrap_or_else(|| common_byte(c))
}

/// The character, or its look-alike, as a byte that means the same in GSM and in IRA.
///
/// `@` becomes `&`: it keeps the two sides of an address apart and is the nearest in shape. A line end
/// becomes a space, because modems repeat the prompt, or stop reading, at one.
fn common_byte(c: char) -> u8 {
    match c {
        'A'..='Z' | 'a'..='z' | '%'..='?' | ' '..='#' => c as u8,
        '\n' | '\r' | '\u{0C}' => b' ',
        '@' => b'&',
        '_' | '~' => b'-',
        '[' | '{' => b'(',
        ']' | '}' => b')',
        '\\' | '|' => b'/',
        '^' => b'\'',
        '¡' => b'!',
        '¿' => b'?',
        '¤' => b'*',
        _ => letter_byte(c),
    }
}

/// The base letter of an accented, Greek or currency one. One for one, so `ß` is a single `s`.
fn letter_byte(c: char) -> u8 {
    match c {
        'à' | 'ä' | 'å' | 'æ' => b'a',
        'Ä' | 'Å' | 'Æ' => b'A',
        'Ç' => b'C',
        'Δ' => b'D',
        'è' | 'é' => b'e',
        'É' | '€' => b'E',
        'Φ' => b'F',
        'Γ' => b'G',
        'ì' => b'i',
        'Λ' | '£' => b'L',
        'ñ' => b'n',
        'Ñ' => b'N',
        'ò' | 'ö' | 'ø' => b'o',
        'Ö' | 'Ø' | 'Ω' => b'O',
        'Π' => b'P',
        'ß' => b's',
        'Σ' | '$' | '§' => b'S',
        'Θ' => b'T',
        'ù' | 'ü' => b'u',
        'Ü' => b'U',
        'Ξ' => b'X',
        '¥' | 'Ψ' => b'Y',
        _ => b'?',
    }
}

/// Septets that a modem or a line may take for a command: `@`, `ò`, LF, CR, `Γ`, `Ξ`, ESC.
const UNSAFE: [u8; 7] = [0x00, 0x08, 0x0A, 0x0D, 0x13, 0x1A, gsm7::ESC];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [WireCharset; 3] = [WireCharset::Gsm, WireCharset::Ira, WireCharset::Unknown];

    /// Every character a text may hold.
    fn alphabet() -> Vec<char> {
        ('\0'..=char::MAX).filter(|c| gsm7::cost(*c).is_some()).collect()
    }

    fn text(content: &str) -> Text {
        Text::new(content).expect("a test's own text fits")
    }

    #[test]
    fn each_charset_shows_the_nearest_it_can() {
        let content = "a_b@c $5 [é] {x}~^|\\ €£ à\nÑ";
        let cases = [
            (WireCharset::Gsm, "a_b&c $5 (é) (x)-'// E£ à Ñ"),
            (WireCharset::Ira, "a_b@c $5 [e] {x}~^|\\ EL a N"),
            (WireCharset::Unknown, "a-b&c S5 (e) (x)-'// EL a N"),
        ];
        for (charset, expected) in cases {
            assert_eq!(shown(&text(content), charset), expected, "{charset:?}");
        }
    }

    #[test]
    fn bytes_are_those_of_the_charset() {
        assert_eq!(text_mode_body(&text("é_$"), WireCharset::Gsm), [0x05, 0x11, 0x02]);
        assert_eq!(text_mode_body(&text("é_$"), WireCharset::Ira), *b"e_$");
        assert_eq!(text_mode_body(&text("é_$"), WireCharset::Unknown), *b"e-S");
    }

    #[test]
    fn every_character_has_a_look_alike_of_its_own_choice() {
        for c in alphabet().into_iter().filter(|c| *c != '?' && *c != '¿') {
            assert_ne!(common_byte(c), b'?', "{c:?}");
        }
    }

    #[test]
    fn common_bytes_mean_the_same_in_both_charsets() {
        for c in alphabet() {
            let byte = common_byte(c);
            assert_eq!(gsm7::decode(&[byte]), char::from(byte).to_string(), "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn no_byte_is_a_command(content in prop::collection::vec(prop::sample::select(alphabet()), 1..=160)) {
            let content: String = content.into_iter().collect();
            let Ok(text) = Text::new(&content) else { return Ok(()) };
            for charset in ALL {
                let body = text_mode_body(&text, charset);
                prop_assert!(body.len() <= Text::MAX_SEPTETS);
                prop_assert_eq!(body.len(), content.chars().count());
                prop_assert!(!body.iter().any(|byte| UNSAFE.contains(byte)), "{:?}", body);
                let phone = shown(&text, charset);
                prop_assert!(phone.chars().all(|c| c != '\u{1a}' && c != '\u{1b}'), "{:?}", phone);
            }
        }
    }
}
