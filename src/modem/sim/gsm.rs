//! The GSM 7-bit default alphabet (23.038 §6.2.1), read only, and septet unpacking (§6.1.2.1).
//!
//! Written for the simulated modem alone: it shall not agree with the encoder by sharing its table.

/// The text of these septets.
///
/// # Errors
/// One sentence, for a value beyond 0x7F, an escape at the end, or an escaped septet without a character.
pub(super) fn text(septets: &[u8]) -> Result<String, String> {
    let mut text = String::with_capacity(septets.len());
    let mut rest = septets.iter();
    while let Some(&septet) = rest.next() {
        if septet == ESCAPE {
            let escaped = rest.next().ok_or("the text ends in the middle of an escape sequence")?;
            text.push(extended(*escaped).ok_or_else(|| format!("septet 0x1B 0x{escaped:02X} has no character"))?);
        } else {
            let known = BASIC.chars().nth(usize::from(septet));
            text.push(known.ok_or_else(|| format!("0x{septet:02X} is no GSM septet"))?);
        }
    }
    Ok(text)
}

/// `count` septets packed into `octets`, from the first bit on; fewer where the octets end.
pub(super) fn unpack(octets: &[u8], count: usize) -> Vec<u8> {
    let bit = |at: usize| octets.get(at / 8).map(|octet| octet >> (at % 8) & 1);
    (0..count).map_while(|septet| (0..7).try_fold(0_u8, |value, i| Some(value | bit(septet * 7 + i)? << i))).collect()
}

/// How many septets this text takes; a character outside the alphabet counts as one, as a modem replaces it.
pub(super) fn septets(text: &str) -> usize {
    text.chars().map(|c| if EXTENDED.iter().any(|(_, known)| *known == c) { 2 } else { 1 }).sum()
}

fn extended(septet: u8) -> Option<char> {
    EXTENDED.iter().find(|(code, _)| *code == septet).map(|(_, c)| *c)
}

/// Leads to the extension table.
const ESCAPE: u8 = 0x1B;

/// All 128 characters in the order of their codes; the one at 0x1B is never looked up.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1B}ÆæßÉ \
     !\"#¤%&'()*+,-./0123456789:;<=>?\
     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§\
     ¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// 23.038 §6.2.1.1.
const EXTENDED: [(u8, char); 10] = [
    (0x0A, '\u{C}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_has_its_landmarks_where_the_standard_has_them() {
        assert_eq!(BASIC.chars().count(), 128);
        let marks = [
            (0x00, "@"),
            (0x05, "é"),
            (0x10, "Δ"),
            (0x11, "_"),
            (0x1F, "É"),
            (0x20, " "),
            (0x24, "¤"),
            (0x30, "0"),
            (0x40, "¡"),
            (0x41, "A"),
            (0x5B, "Ä"),
            (0x5F, "§"),
            (0x60, "¿"),
            (0x61, "a"),
            (0x7A, "z"),
            (0x7F, "à"),
        ];
        for (septet, shown) in marks {
            assert_eq!(text(&[septet]).as_deref(), Ok(shown), "{septet:#x}");
        }
        assert_eq!(text(&[0x1B, 0x65, 0x1B, 0x3C]).as_deref(), Ok("€["));
    }

    #[test]
    fn what_has_no_character_is_an_error() {
        for septets in [&[0x80][..], &[0xE9], &[0x41, 0x1B], &[0x1B, 0x41], &[0x1B, 0x1B]] {
            assert!(text(septets).is_err(), "{septets:x?}");
        }
    }

    #[test]
    fn unpacks_the_textbook_example() {
        let octets = [0xE8, 0x32, 0x9B, 0xFD, 0x46, 0x97, 0xD9, 0xEC, 0x37];
        assert_eq!(text(&unpack(&octets, 10)).as_deref(), Ok("hellohello"));
        assert_eq!(unpack(&octets, 11).len(), 10);
    }

    #[test]
    fn extension_characters_take_two() {
        assert_eq!(septets("a[€]"), 7);
    }
}
