//! Any words in the GSM alphabet, so that they cost septets and not UCS-2.
//!
//! Order: NFC, then a character the alphabet has stays; then the table of signs beside this file;
//! then NFKD without its marks (`ê` is `e`); then romanisation of other scripts. What is left becomes `?`
//! and is counted.

use deunicode::deunicode_char;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::sms::gsm7;
use crate::sms::symbols::{Spelling, is_diacritic, joint, spelling};

/// Words in the GSM alphabet, and what it cost to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transliterated {
    /// Characters of the GSM alphabet only; line ends are `\n`.
    pub text: String,
    /// How many characters became `?` or vanished although they meant something.
    pub lost: usize,
}

/// Writes any words in the GSM alphabet.
///
/// Words already in it stay as they are, but for line ends: CR LF, a lone CR and a page break become `\n`.
/// Doing it twice changes nothing more. The length is not limited here.
#[must_use]
pub fn transliterate(words: &str) -> Transliterated {
    // Most words of an alert are plain ASCII, all of which but the backquote the alphabet has as it stands.
    if words.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'`') {
        return Transliterated { text: words.to_owned(), lost: 0 };
    }
    let mut writer = Writer { out: String::with_capacity(words.len()), lost: 0, gap: false };
    let mut source = words.nfc().peekable();
    let mut previous = None;
    while let Some(c) = source.next() {
        writer.write(c, previous, source.peek().copied());
        previous = Some(c);
    }
    Transliterated { text: writer.out, lost: writer.lost }
}

struct Writer {
    out: String,
    lost: usize,
    /// The last word wants a space before the next letter or digit.
    gap: bool,
}

impl Writer {
    fn write(&mut self, c: char, previous: Option<char>, next: Option<char>) {
        if starts_greek_word(c, next) {
            return self.romanise(c);
        }
        if gsm7::cost(c).is_some() && !matches!(c, '\r' | '\u{0C}') {
            return self.push(c);
        }
        if let Some(spelling) = spelling(c, previous, next) {
            return self.spell(spelling);
        }
        if is_diacritic(c) {
            return; // A mark that composes with nothing.
        }
        if let Some(joint) = joint(previous, c) {
            self.push(joint);
        }
        match look_alike_capital(c).or_else(|| simple_form(c)) {
            Some(form) => form.chars().for_each(|plain| self.push(plain)),
            None => self.romanise(c),
        }
    }

    fn push(&mut self, c: char) {
        if self.gap && c.is_alphanumeric() {
            self.out.push(' ');
        }
        self.gap = false;
        self.out.push(c);
    }

    fn spell(&mut self, spelling: Spelling) {
        match spelling {
            Spelling::Sign(sign) => sign.chars().for_each(|c| self.push(c)),
            Spelling::Word(word) => self.push_word(word),
            Spelling::LineEnd => self.push('\n'),
            Spelling::Nothing => {}
            Spelling::Unreadable => self.lose(),
        }
    }

    fn push_word(&mut self, word: &str) {
        self.gap = self.out.ends_with(char::is_alphanumeric);
        word.chars().for_each(|c| self.push(c));
        self.gap = true;
    }

    fn lose(&mut self) {
        self.push('?');
        self.lost += 1;
    }

    fn romanise(&mut self, c: char) {
        let Some(roman) = deunicode_char(c).filter(|roman| is_reading_of(c, roman)) else {
            return self.lose();
        };
        for plain in roman.trim_end().chars() {
            match plain {
                '`' => self.push('\''),
                '\n' | '\t' => self.push(' '),
                plain if gsm7::cost(plain).is_some() => self.push(plain),
                _ => self.lose(),
            }
        }
        // Chinese comes syllable by syllable, "Bei " and "Jing ".
        self.gap |= roman.ends_with(' ');
    }
}

/// Whether `roman` reads as `c`: letters for a letter, punctuation for punctuation. A picture's name
/// (`unicorn`) is not what the sender wrote.
fn is_reading_of(c: char, roman: &str) -> bool {
    let is_currency = matches!(c, '\u{20A0}'..='\u{20CF}');
    let is_letter = c.is_alphanumeric() || is_combining_mark(c);
    !roman.contains("[?]")
        && (is_letter || is_currency && !roman.is_empty() || !roman.trim().is_empty() && !has_letter(roman))
}

fn has_letter(roman: &str) -> bool {
    roman.contains(|c: char| c.is_ascii_alphanumeric())
}

/// The character without its marks, if that is all in the alphabet: `ê`, `ﬁ`, `①`, fullwidth forms.
fn simple_form(c: char) -> Option<String> {
    let mut form = String::new();
    for part in std::iter::once(c).nfkd().filter(|part| !is_diacritic(*part)) {
        match spelling(part, None, None) {
            _ if gsm7::cost(part).is_some() => form.push(part),
            Some(Spelling::Sign(sign)) => form.push_str(sign),
            Some(Spelling::Nothing) => {}
            _ => return None,
        }
    }
    (!form.is_empty()).then_some(form)
}

/// Ten Greek capitals are in the alphabet, and the others look like Latin ones. Before a small letter, which
/// does neither, a capital is romanised with the rest of its word.
fn starts_greek_word(c: char, next: Option<char>) -> bool {
    is_greek(c) && next.is_some_and(|next| is_greek(next) && next.is_lowercase())
}

/// In a Greek word of capitals, the ones the alphabet lacks look like Latin ones.
fn look_alike_capital(c: char) -> Option<String> {
    let base = std::iter::once(c).nfd().next()?;
    GREEK_CAPITALS.iter().find(|(greek, _)| *greek == base).map(|(_, latin)| latin.to_string())
}

fn is_greek(c: char) -> bool {
    matches!(c, '\u{0370}'..='\u{03FF}' | '\u{1F00}'..='\u{1FFF}')
}

/// The Greek capitals that the GSM alphabet takes for Latin ones.
const GREEK_CAPITALS: [(char, char); 14] = [
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Ζ', 'Z'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Υ', 'Y'),
    ('Χ', 'X'),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(cases: &[(&str, &str)], lost: usize) {
        for (words, expected) in cases {
            let shown = transliterate(words);
            assert_eq!(shown.text, *expected, "{words:?}");
            assert_eq!(shown.lost, lost, "{words:?}");
        }
    }

    #[test]
    fn plain_ascii_is_all_in_the_alphabet_but_for_the_backquote() {
        for byte in b' '..=b'~' {
            let text = char::from(byte).to_string();
            assert_eq!(gsm7::cost(char::from(byte)).is_some(), byte != b'`', "{text}");
            assert_eq!(transliterate(&text).text == text, byte != b'`', "{text}");
        }
    }

    #[test]
    fn european_sentences_read_naturally() {
        check(
            &[
                (
                    "Disque plein à 98 % sur l’hôte «\u{a0}forêt\u{a0}», ça déborde…",
                    "Disque plein à 98 % sur l'hote \"foret\", ca déborde...",
                ),
                ("Le cœur n° 3 est à 85 °C", "Le coeur no 3 est à 85 C"),
                ("Il y a «\u{a0}une\u{a0}erreur\u{202f}»", "Il y a \"une erreur\""),
                ("Festplatte „größer“ – Öl übrig, Straße", "Festplatte \"größer\" - Öl übrig, Straße"),
                ("¿Está caído el servicio? ¡Sí, mañana!", "¿Esta caido el servicio? ¡Si, mañana!"),
                ("Zażółć gęślą jaźń na łączu", "Zazolc gesla jazn na laczu"),
                ("Sunucu çöktü: İşlem ağı kapalı", "Sunucu cöktü: Islem agi kapali"),
                ("Příliš žluťoučký kůň", "Prilis zlutoucky kun"),
                ("Đurđa, þjónn, Ålesund", "Durda, thjonn, Ålesund"),
                ("Árvíztűrő", "Arviztürö"),
            ],
            0,
        );
    }

    #[test]
    fn other_scripts_are_romanised() {
        check(
            &[
                ("Диск заполнен", "Disk zapolnen"),
                ("Σφάλμα", "Sphalma"),
                ("ΣΦΑΛΜΑ ΔΙΣΚΟΥ", "ΣΦAΛMA ΔIΣKOY"),
                ("ΆΒΓ", "ABΓ"),
                ("北京 db1", "Bei Jing db1"),
                ("٣٤", "34"),
            ],
            0,
        );
    }

    #[test]
    fn signs_of_alerts_stay_readable() {
        check(
            &[
                ("latency ≥ 5µs", "latency >= 5us"),
                ("latency 5μs", "latency 5us"),
                ("a → b × 2", "a -> b x 2"),
                ("10² 10⁻⁶ m² 1½ ½", "10^2 10^-6 m2 1 1/2 1/2"),
                ("🔥DiskFull", "FIRE DiskFull"),
                ("🔥 DiskFull", "FIRE DiskFull"),
                ("⚠\u{fe0f} cpu 40°", "WARNING cpu 40 deg"),
                ("✅ up 🔴down", "OK up RED down"),
                ("5 € 100 % [db] {x}", "5 € 100 % [db] {x}"),
                ("a\u{a0}b\tc", "a b c"),
                ("ﬁle ① ＡＢ", "file 1 AB"),
                ("`ls`", "'ls'"),
                ("a\u{200b}b\u{202e}c\u{feff}", "abc"),
                ("e\u{301}", "é"),
                ("x\u{336}y\u{336}", "xy"),
            ],
            0,
        );
    }

    #[test]
    fn line_ends_become_one_kind() {
        check(&[("a\r\nb\rc\nd\u{2028}e\u{c}f", "a\nb\nc\nd\ne\nf")], 0);
    }

    #[test]
    fn what_cannot_be_read_is_shown_and_counted() {
        check(
            &[
                ("a\0b", "a?b"),
                ("\u{1b}[31m", "?[31m"),
                ("\u{1a}", "?"),
                ("\u{7f}", "?"),
                ("\u{9b}", "?"),
                ("\u{fffd}", "?"),
                ("🦄", "?"),
                ("\u{e000}", "?"),
                ("\u{10ffff}", "?"),
            ],
            1,
        );
        check(&[("👨\u{200d}👩", "??")], 2);
        check(&[("", ""), ("?", "?"), ("\u{200b}", "")], 0);
    }

    proptest! {
        #[test]
        fn any_words_become_encodable_and_stay_so(words in any::<String>()) {
            let once = transliterate(&words);
            prop_assert!(gsm7::encode(&once.text).is_ok(), "{:?}", once.text);
            let twice = transliterate(&once.text);
            prop_assert_eq!(&twice.text, &once.text);
            prop_assert_eq!(twice.lost, 0);
        }

        #[test]
        fn words_of_the_alphabet_stay(septets in prop::collection::vec(0u8..0x80, 0..200)) {
            let words = gsm7::decode(&septets).replace(['\r', '\u{c}'], "\n");
            prop_assert_eq!(transliterate(&words), Transliterated { text: words, lost: 0 });
        }
    }

    #[test]
    fn every_single_character_becomes_encodable() {
        for c in '\0'..=char::MAX {
            let shown = transliterate(&c.to_string());
            assert!(gsm7::encode(&shown.text).is_ok(), "{c:?}: {:?}", shown.text);
        }
    }
}
