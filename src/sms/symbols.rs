//! What a sign that the GSM alphabet lacks is written as: punctuation, arithmetic, the pictographs of alerts.
//!
//! Letters are not here, but for those whose marks come off badly: [`crate::sms::transliterate()`] takes marks
//! off the others or romanises them.

/// How a sign is written instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// These characters in its place.
    Sign(&'static str),
    /// A word, kept apart from letters and digits on either side.
    Word(&'static str),
    /// A line end.
    LineEnd,
    /// Nothing: it was invisible, or only coloured its neighbour.
    Nothing,
    /// Nothing sensible: a control character, say. Shown as `?`, never swallowed.
    Unreadable,
}

/// The spelling of a sign after `previous`, if this table has one. `previous` is the character before it in
/// the source.
pub(super) fn spelling(sign: char, previous: Option<char>, next: Option<char>) -> Option<Spelling> {
    use Spelling::{LineEnd, Nothing, Sign, Unreadable, Word};
    Some(match sign {
        '\r' if next == Some('\n') => Nothing,
        '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => LineEnd,
        // The spaces French typography puts inside its quotes vanish with them.
        '\u{A0}' | '\u{202F}' if previous == Some('«') || next == Some('»') => Nothing,
        '\t' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => Sign(" "),
        '\u{FFFD}' => Unreadable,
        _ if sign.is_control() => Unreadable,
        _ if is_invisible(sign) => Nothing,
        '°' => degree(previous, next),
        // A Greek letter in a Greek word, a unit before a Latin one (μs).
        'μ' if next.is_some_and(|c| c.is_ascii_alphabetic()) => Sign("u"),
        _ => return plain_signs(sign).map(Sign).or_else(|| word(sign).map(Word)),
    })
}

fn degree(previous: Option<char>, next: Option<char>) -> Spelling {
    match (previous, next) {
        (_, Some('C' | 'F')) => Spelling::Nothing,
        // Numero, as in n° 3.
        (Some('n' | 'N'), _) => Spelling::Sign("o"),
        _ => Spelling::Word("deg"),
    }
}

/// What must stand between a digit and `sign` for the number to stay the same: 10² is not 102, 1½ not 11/2.
pub(super) fn joint(previous: Option<char>, sign: char) -> Option<char> {
    match sign {
        _ if !previous.is_some_and(|c| c.is_ascii_digit()) => None,
        '²' | '³' | '¹' | '\u{2070}'..='\u{207B}' => Some('^'),
        '¼' | '½' | '¾' | '\u{2150}'..='\u{215F}' => Some(' '),
        _ => None,
    }
}

/// One for one, or a few signs that need no space around them.
fn plain_signs(sign: char) -> Option<&'static str> {
    Some(match sign {
        '\u{60}' | '\u{B4}' | '\u{2018}'..='\u{201B}' | '\u{2032}' | '\u{2035}' | '\u{2039}' | '\u{203A}' => "'",
        '\u{02B9}'..='\u{02BF}' | '\u{02C8}' | '\u{02CA}' | '\u{02CB}' => "'",
        '«' | '»' | '\u{201C}'..='\u{201F}' | '\u{2033}' | '\u{2036}' | '\u{A8}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' | '\u{AF}' | '\u{2500}' | '\u{2501}' => "-",
        '\u{2022}' | '\u{2023}' | '\u{25E6}' | '\u{25AA}' | '\u{25AB}' | '\u{25CF}' | '\u{25CB}' => "-",
        '\u{2026}' => "...",
        '\u{B7}' | '\u{2219}' | '\u{22C5}' => ".",
        '\u{B8}' => ",",
        '\u{A6}' | '\u{2502}' | '\u{2503}' => "|",
        '\u{2044}' | '\u{2215}' | '÷' => "/",
        '×' => "x",
        '±' => "+/-",
        '¬' | '≠' => "!=",
        '≈' => "~",
        '≤' => "<=",
        '≥' => ">=",
        '→' => "->",
        '←' => "<-",
        '↔' => "<->",
        '⇒' => "=>",
        'µ' => "u",
        '¢' => "c",
        '©' => "(c)",
        '®' => "(r)",
        '℃' => "C",
        '℉' => "F",
        '★' | '☆' => "*",
        '❗' | '❕' => "!",
        '❓' | '❔' => "?",
        'ő' => "ö",
        'Ő' => "Ö",
        'ű' => "ü",
        'Ű' => "Ü",
        _ => return None,
    })
}

/// Pictures and arrows that alerts use as words; any other picture is unreadable.
fn word(sign: char) -> Option<&'static str> {
    Some(match sign {
        '🔥' => "FIRE",
        '⚠' => "WARNING",
        '🚨' => "ALERT",
        '🛑' => "STOP",
        'ℹ' => "INFO",
        '✅' | '✓' | '✔' | '☑' => "OK",
        '❌' | '✕' | '✖' | '✗' | '✘' => "FAIL",
        '🔴' => "RED",
        '🟠' => "ORANGE",
        '🟡' => "YELLOW",
        '🟢' => "GREEN",
        '🔵' => "BLUE",
        '↑' | '⬆' | '▲' => "up",
        '↓' | '⬇' | '▼' => "down",
        '∞' => "inf",
        '‰' => "per mille",
        _ => return None,
    })
}

/// Marks written over or under a letter; the letter stays readable without them.
pub(super) fn is_diacritic(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// Soft hyphen, bidirectional controls, zero width, byte order mark, variation selectors, tags, skin tones.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::gsm7;

    #[test]
    fn every_spelling_is_in_the_gsm_alphabet() {
        for sign in '\0'..=char::MAX {
            for (previous, next) in
                [(None, None), (Some('1'), Some('C')), (Some('n'), Some(' ')), (Some('«'), Some('\n'))]
            {
                if let Some(Spelling::Sign(written) | Spelling::Word(written)) = spelling(sign, previous, next) {
                    assert!(gsm7::septets(written).is_some() && !written.is_empty(), "{sign:?}: {written}");
                }
            }
        }
    }

    #[test]
    fn no_sign_of_the_alphabet_is_respelled_but_for_line_ends() {
        let respelled: Vec<char> =
            ('\0'..=char::MAX).filter(|c| gsm7::cost(*c).is_some() && spelling(*c, None, None).is_some()).collect();
        // `\n` counts as a control here; it never gets here, because the alphabet is asked first.
        assert_eq!(respelled, ['\n', '\u{0C}', '\r']);
    }

    #[test]
    fn neighbours_decide() {
        let cases = [
            ('°', Some('5'), Some('C'), Spelling::Nothing),
            ('°', Some('5'), None, Spelling::Word("deg")),
            ('°', Some('n'), Some(' '), Spelling::Sign("o")),
            ('\u{A0}', Some('«'), Some('d'), Spelling::Nothing),
            ('\u{A0}', Some('5'), Some('%'), Spelling::Sign(" ")),
            ('\r', None, Some('\n'), Spelling::Nothing),
            ('\r', None, Some('x'), Spelling::LineEnd),
        ];
        for (sign, previous, next, expected) in cases {
            assert_eq!(spelling(sign, previous, next), Some(expected), "{sign:?}");
        }
        assert_eq!(spelling('²', Some('0'), None), None, "left to the decomposition");
        assert_eq!(joint(Some('0'), '²'), Some('^'));
        assert_eq!(joint(Some('m'), '²'), None);
        assert_eq!(joint(Some('1'), '½'), Some(' '));
        assert_eq!(spelling('μ', Some('ό'), Some('ν')), None, "a Greek letter");
    }
}
