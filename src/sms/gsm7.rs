//! The GSM 7-bit default alphabet and its extension table (TS 23.038, 6.2.1), and packing septets into
//! octets for SMS (TS 23.038, 6.1.2.1).

use std::fmt;

/// A character that no septet stands for, and where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unencodable {
    /// Its place, counted in characters from 0.
    pub char_index: usize,
    /// The character.
    pub character: char,
}

impl fmt::Display for Unencodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "has `{}` as character {}, which the GSM alphabet lacks; write it with other characters",
            self.character.escape_debug(),
            self.char_index + 1
        )
    }
}

impl std::error::Error for Unencodable {}

/// The septets a character costs: 1 in the default table, 2 in the extension table; none if it is in neither.
#[must_use]
pub fn cost(character: char) -> Option<usize> {
    code(character).map(|code| match code {
        Code::Default(_) => 1,
        Code::Extension(_) => 2,
    })
}

/// The septets a string costs; none if it has a character the alphabet lacks.
#[must_use]
pub fn septets(text: &str) -> Option<usize> {
    text.chars().map(cost).sum()
}

/// The string as septets, one per element, not yet packed; ESC (0x1B) precedes an extension character.
///
/// # Errors
/// The first character the alphabet lacks.
pub fn encode(text: &str) -> Result<Vec<u8>, Unencodable> {
    let mut septets = Vec::with_capacity(text.len());
    for (char_index, character) in text.chars().enumerate() {
        match code(character).ok_or(Unencodable { char_index, character })? {
            Code::Default(septet) => septets.push(septet),
            Code::Extension(septet) => septets.extend([ESC, septet]),
        }
    }
    Ok(septets)
}

/// Reads septets as a receiving phone does; never fails. The top bit of each element is ignored.
///
/// An escaped septet that the extension table lacks shows as the same septet of the default table; ESC
/// before ESC, and ESC at the very end, show as a space (TS 23.038, 6.2.1 and 6.2.1.1).
#[must_use]
pub fn decode(septets: &[u8]) -> String {
    let mut text = String::with_capacity(septets.len());
    let mut rest = septets.iter().map(|septet| septet & SEPTET);
    while let Some(septet) = rest.next() {
        text.push(match septet {
            ESC => rest.next().map_or(' ', decode_escaped),
            septet => decode_default(septet),
        });
    }
    text
}

/// Packs septets into octets, the first septet in the low bits of the first octet, spare bits zero.
///
/// Seven spare bits look like a trailing `@`: only TP-UDL tells them apart, so [`unpack`] wants the count.
#[must_use]
pub fn pack(septets: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity((septets.len() * 7).div_ceil(8));
    let mut waiting: u16 = 0;
    let mut waiting_bits = 0;
    for septet in septets {
        waiting |= u16::from(septet & SEPTET) << waiting_bits;
        waiting_bits += 7;
        if waiting_bits >= 8 {
            octets.push((waiting & 0xFF) as u8);
            waiting >>= 8;
            waiting_bits -= 8;
        }
    }
    if waiting_bits > 0 {
        octets.push((waiting & 0xFF) as u8);
    }
    octets
}

/// The first `count` septets (TP-UDL) of packed octets; fewer if the octets end before.
#[must_use]
pub fn unpack(octets: &[u8], count: usize) -> Vec<u8> {
    let mut septets = Vec::with_capacity(count.min(octets.len() * 8 / 7));
    let mut waiting: u16 = 0;
    let mut waiting_bits = 0;
    for octet in octets {
        waiting |= u16::from(*octet) << waiting_bits;
        waiting_bits += 8;
        while waiting_bits >= 7 {
            if septets.len() == count {
                return septets;
            }
            septets.push((waiting & u16::from(SEPTET)) as u8);
            waiting >>= 7;
            waiting_bits -= 7;
        }
    }
    septets
}

/// The septet of a character in the default table, if it is there.
pub(super) fn default_septet(character: char) -> Option<u8> {
    match code(character)? {
        Code::Default(septet) => Some(septet),
        Code::Extension(_) => None,
    }
}

#[derive(Clone, Copy)]
enum Code {
    Default(u8),
    Extension(u8),
}

fn code(character: char) -> Option<Code> {
    let septet = match character {
        '€' => return Some(Code::Extension(0x65)),
        'Δ' => 0x10,
        'Φ' => 0x12,
        'Γ' => 0x13,
        'Λ' => 0x14,
        'Ω' => 0x15,
        'Π' => 0x16,
        'Ψ' => 0x17,
        'Σ' => 0x18,
        'Θ' => 0x19,
        'Ξ' => 0x1A,
        other => return LATIN_1.get(other as usize).copied().flatten(),
    };
    Some(Code::Default(septet))
}

fn decode_default(septet: u8) -> char {
    DEFAULT.get(usize::from(septet)).copied().unwrap_or(' ')
}

fn decode_escaped(septet: u8) -> char {
    match EXTENSION.iter().find(|(code, _)| *code == septet) {
        Some((_, character)) => *character,
        None => decode_default(septet),
    }
}

/// The codes of U+0000 to U+00FF, turned around from the two tables at compile time.
static LATIN_1: [Option<Code>; 256] = {
    let mut codes = [None; 256];
    let mut septet = 0;
    while septet < DEFAULT.len() {
        let character = DEFAULT[septet] as usize;
        // The place of ESC holds a space, which has its own septet.
        if character < codes.len() && septet != ESC as usize {
            codes[character] = Some(Code::Default(septet as u8));
        }
        septet += 1;
    }
    let mut entry = 0;
    while entry < EXTENSION.len() {
        let (septet, character) = EXTENSION[entry];
        if (character as usize) < codes.len() {
            codes[character as usize] = Some(Code::Extension(septet));
        }
        entry += 1;
    }
    codes
};

/// Announces a septet of the extension table.
pub(super) const ESC: u8 = 0x1B;

/// The bits of a septet.
const SEPTET: u8 = 0x7F;

/// TS 23.038, 6.2.1, by septet. ESC, at 0x1B, shows as a space.
#[rustfmt::skip]
const DEFAULT: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å',
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', ' ', 'Æ', 'æ', 'ß', 'É',
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// TS 23.038, 6.2.1.1: what ESC and a septet show together. 0x0A is the page break. The reserved 0x1B is
/// left out: the place of ESC in the default table shows as the space it asks for.
const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{0C}'),
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
    use proptest::prelude::*;

    use super::*;

    /// All characters of both tables.
    fn alphabet() -> Vec<char> {
        DEFAULT.into_iter().chain(EXTENSION.into_iter().map(|(_, character)| character)).collect()
    }

    fn hex(octets: &[u8]) -> String {
        octets.iter().map(|octet| format!("{octet:02X}")).collect()
    }

    #[test]
    fn every_septet_reads_back() {
        for septet in (0..=SEPTET).filter(|septet| *septet != ESC) {
            let shown = decode(&[septet]);
            assert_eq!(encode(&shown), Ok(vec![septet]), "{septet:#04x}");
            assert_eq!(septets(&shown), Some(1));
        }
        for (septet, character) in EXTENSION {
            assert_eq!(encode(&character.to_string()), Ok(vec![ESC, septet]));
            assert_eq!(decode(&[ESC, septet]), character.to_string());
            assert_eq!(cost(character), Some(2));
        }
        assert_eq!(encode(" "), Ok(vec![0x20]));
    }

    #[test]
    fn exactly_the_alphabet_is_encodable() {
        let encodable: Vec<char> = ('\0'..=char::MAX).filter(|c| cost(*c).is_some()).collect();
        let mut expected = alphabet();
        expected.sort_unstable();
        expected.dedup();
        assert_eq!(encodable, expected);
        assert_eq!(encodable.len(), 127 + 10);
    }

    #[test]
    fn what_the_alphabet_lacks_is_named_with_its_place() {
        for (text, char_index, character) in
            [("même", 1, 'ê'), ("é\u{1b}", 1, '\u{1b}'), ("`", 0, '`'), ("\t", 0, '\t'), ("€ 🔥", 2, '🔥')]
        {
            assert_eq!(encode(text), Err(Unencodable { char_index, character }));
            assert_eq!(septets(text), None);
        }
    }

    #[test]
    fn unknown_escapes_show_as_the_clause_says() {
        let cases: [(&[u8], &str); 6] = [
            (&[ESC, 0x41], "A"),
            (&[ESC, 0x0D], "\r"),
            (&[ESC], " "),
            (&[ESC, ESC], " "),
            (&[ESC, ESC, 0x65], " e"),
            (&[0x41, ESC, 0x65, 0x42], "A€B"),
        ];
        for (septets, shown) in cases {
            assert_eq!(decode(septets), shown, "{septets:02x?}");
        }
    }

    #[test]
    fn packing_agrees_with_vectors_worked_by_hand() {
        let cases = [
            ("", ""),
            ("a", "61"),
            ("hellohello", "E8329BFD4697D9EC37"),
            // Eight septets fill seven octets to the last bit.
            ("@@@@@@@@", "00000000000000"),
            ("à".repeat(8).as_str(), "FFFFFFFFFFFFFF"),
            // ESC e, in 14 bits: 1B | 65 << 7.
            ("€", "9B32"),
        ]
        .map(|(text, packed)| (text.to_owned(), packed));
        for (text, packed) in cases {
            assert_eq!(hex(&pack(&encode(&text).unwrap())), packed, "{text}");
        }
    }

    #[test]
    fn seven_spare_bits_are_no_at_sign() {
        let seven = encode("1234567").unwrap();
        let eight = encode("1234567@").unwrap();
        assert_eq!(pack(&seven), pack(&eight));
        assert_eq!(pack(&seven).last().map(|octet| octet >> 1), Some(0));
        assert_eq!(unpack(&pack(&seven), 7), seven);
        assert_eq!(unpack(&pack(&eight), 8), eight);
    }

    #[test]
    fn unpacking_ends_where_the_octets_end() {
        assert_eq!(unpack(&[], 5), Vec::<u8>::new());
        assert_eq!(unpack(&[0x61], 160), vec![0x61]);
        assert_eq!(unpack(&[0x61], 0), Vec::<u8>::new());
    }

    proptest! {
        #[test]
        fn packed_septets_unpack_to_themselves(septets in prop::collection::vec(0u8..=SEPTET, 0..=160)) {
            let packed = pack(&septets);
            prop_assert_eq!(packed.len(), (septets.len() * 7).div_ceil(8));
            prop_assert!(packed.len() <= 140);
            prop_assert_eq!(unpack(&packed, septets.len()), septets);
        }

        #[test]
        fn encoded_text_decodes_to_itself(text in prop::collection::vec(prop::sample::select(alphabet()), 0..200)) {
            let text: String = text.into_iter().collect();
            let encoded = encode(&text).unwrap();
            prop_assert_eq!(septets(&text), Some(encoded.len()));
            prop_assert_eq!(decode(&encoded), text);
        }

        #[test]
        fn any_septets_decode(septets in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(encode(&decode(&septets)).is_ok());
        }
    }
}
