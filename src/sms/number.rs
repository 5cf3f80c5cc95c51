//! Phone numbers, E.164 only, and the prefixes they may start with.
//!
//! A number never reaches a log, a metric or an error: every way to print a [`Number`] masks it, and so do
//! the sentences of [`Number::parse`]. [`Number::expose`] is the one way out, for the TPDU.

use std::fmt;

/// A phone number in international form: `+`, then 7 to 15 digits, the first of them not `0`.
///
/// Equal numbers are equal strings, so two people with one number can be found.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(String);

impl Number {
    /// Accepts a number, or says in one sentence what is wrong and what to write instead.
    ///
    /// Nothing is repaired silently: a number that was guessed wakes a stranger.
    ///
    /// # Errors
    /// The sentence, ready to be shown behind the place it was read at. Numbers in it are masked.
    pub fn parse(written: &str) -> Result<Self, String> {
        if written.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:")) {
            return Err(format!("a phone number is written without `tel:`; write it as `{EXAMPLE}`"));
        }
        if let Some(stranger) = written.chars().find(|c| !is_digit_or_plus(*c) && !is_separator(*c)) {
            return Err(format!(
                "a phone number is made of `+` and the digits 0 to 9, this one has `{}`; write it as `{EXAMPLE}`",
                stranger.escape_debug()
            ));
        }
        match written.chars().find(|c| is_separator(*c)) {
            Some(separator) => Err(complain_of_separator(written, separator)),
            None => Self::parse_bare(written),
        }
    }

    /// The number in full, `+` included. For the TPDU and nothing else: never for a log, a metric, an error.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Why a text to this number would cost a fortune or reach nobody on call, if that is so: the kind of
    /// number, as in "`+881` is a satellite phone".
    #[must_use]
    pub fn costly(&self) -> Option<&'static str> {
        COSTLY.iter().find(|(prefix, _)| self.0.starts_with(prefix)).map(|(_, kind)| *kind)
    }

    /// `bare` holds nothing but `+` and ASCII digits.
    fn parse_bare(bare: &str) -> Result<Self, String> {
        if bare.is_empty() {
            return Err(format!("a phone number is missing; write one, as `{EXAMPLE}`"));
        }
        let Some(digits) = bare.strip_prefix('+') else {
            return Err(complain_of_missing_plus(bare));
        };
        if digits.contains('+') {
            return Err(format!("a phone number has one `+`, in front; write it as `{EXAMPLE}`"));
        }
        if digits.starts_with('0') {
            return Err(format!("no country code starts with `0`; write `+` and the country code, as `{EXAMPLE}`"));
        }
        if digits.len() < MIN_DIGITS {
            return Err(format!(
                "a phone number has at least {MIN_DIGITS} digits, this one has {}; write all of it, as `{EXAMPLE}`",
                digits.len()
            ));
        }
        if digits.len() > MAX_DIGITS {
            return Err(format!(
                "a phone number has at most {MAX_DIGITS} digits, this one has {}; write one number, as `{EXAMPLE}`",
                digits.len()
            ));
        }
        match TRUNK_ZERO.iter().find(|code| digits.strip_prefix(**code).is_some_and(|rest| rest.starts_with('0'))) {
            Some(code) => Err(format!("no number in `+{code}` goes on with `0`; leave out the `0` after `+{code}`")),
            None => Ok(Self(bare.to_owned())),
        }
    }
}

/// One entry of `allowed_prefixes`: `+` and the first digits of the numbers that may be texted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(String);

impl Prefix {
    /// Accepts a prefix (`+33`), or says in one sentence what is wrong with it.
    ///
    /// # Errors
    /// The sentence, ready to be shown behind the place it was read at.
    pub fn parse(written: &str) -> Result<Self, String> {
        let digits = written.strip_prefix('+').unwrap_or_default();
        if digits.is_empty() || digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) {
            let shown: String = written.chars().take(SHOWN_CHARS).collect();
            return Err(format!(
                "a prefix is `+` and the digits of a country code, `{}` is not; write `+33` for France, say",
                shown.escape_debug()
            ));
        }
        if digits.len() > MAX_PREFIX_DIGITS {
            return Err(format!(
                "a prefix has at most {MAX_PREFIX_DIGITS} digits, this one has {}; write the country code, as `+33`",
                digits.len()
            ));
        }
        Ok(Self(written.to_owned()))
    }

    /// Whether the number starts with this prefix.
    #[must_use]
    pub fn allows(&self, number: &Number) -> bool {
        number.0.starts_with(&self.0)
    }

    /// The prefix as written, `+` included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Number {
    /// Masked: `+33…01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&mask(&self.0))
    }
}

impl fmt::Debug for Number {
    /// Masked: `+33…01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

fn complain_of_separator(written: &str, separator: char) -> String {
    let bare: String = written.replace("(0)", "").chars().filter(|c| !is_separator(*c)).collect();
    match Number::parse_bare(&bare) {
        Ok(number) => format!(
            "a phone number is written without spaces, `(0)` and punctuation, this one has `{}`; \
             write `{number}` in one piece",
            separator.escape_debug()
        ),
        Err(deeper) => deeper,
    }
}

fn complain_of_missing_plus(bare: &str) -> String {
    if let Some(rest) = bare.strip_prefix("00") {
        let meant = mask(&format!("+{rest}"));
        return format!("a phone number starts with `+`, not with `00`; write `+` in place of `00`: `{meant}`");
    }
    if bare.len() < MIN_DIGITS {
        return format!("`{bare}` is a short code or cut off, and a person has neither; write `{EXAMPLE}`, say");
    }
    if bare.starts_with('0') {
        return format!(
            "a phone number starts with `+` and its country code, this one is national (`0…`); \
             write `{EXAMPLE}`, say, with `+33` in place of the `0` in France"
        );
    }
    let meant = mask(&format!("+{bare}"));
    format!(
        "a phone number starts with `+`; write `{meant}` if it begins with its country code, or else put that first"
    )
}

/// The first three and the last two characters, enough to tell two colleagues apart.
fn mask(number: &str) -> String {
    let digits = number.chars().count();
    let first: String = number.chars().take(3).collect();
    let last: String = number.chars().skip(digits.saturating_sub(2).max(3)).collect();
    format!("{first}…{last}")
}

fn is_digit_or_plus(c: char) -> bool {
    c == '+' || c.is_ascii_digit()
}

/// What people put between the digits, typographic hyphens and spaces included.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '.' | '-' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// E.164 has no lower bound; the shortest subscriber numbers with a country code have seven digits, and
/// whatever is shorter is a short code or cut off.
const MIN_DIGITS: usize = 7;

/// ITU-T E.164, 6.1. TP-Destination-Address would carry 20.
const MAX_DIGITS: usize = 15;

/// More digits would single out a person, and prefixes are printed while numbers are not.
const MAX_PREFIX_DIGITS: usize = 8;

/// How much of a wrong prefix an error repeats: enough to find it, too little to be a phone number.
const SHOWN_CHARS: usize = 6;

/// A French number nobody has.
const EXAMPLE: &str = "+33639980001";

/// Country codes behind which people forget to drop the `0` of the national form, and where no number
/// has one. Not Italy: there the `0` stays.
const TRUNK_ZERO: [&str; 11] = ["31", "32", "33", "41", "43", "44", "46", "49", "61", "64", "81"];

/// ITU-T's shared codes and the best known premium ranges, with what answers there.
const COSTLY: [(&str, &str); 14] = [
    ("+808", "a shared-cost service"),
    ("+870", "a satellite phone"),
    ("+878", "a universal personal number"),
    ("+881", "a satellite phone"),
    ("+882", "an international network, satellite or maritime"),
    ("+883", "an international network, satellite or maritime"),
    ("+888", "a withdrawn international service"),
    ("+979", "an international premium-rate service"),
    ("+1900", "a premium-rate service"),
    ("+3389", "a premium-rate service"),
    ("+4470", "a personal number at premium rate"),
    ("+449", "a premium-rate service"),
    ("+49900", "a premium-rate service"),
    ("+800", "a freephone service, which takes no texts"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn international_numbers_are_taken_as_they_are() {
        for written in ["+33639980001", "+447700900123", "+3363998", "+336399800010001"] {
            assert_eq!(Number::parse(written).map(|n| n.expose().to_owned()), Ok(written.to_owned()));
        }
    }

    #[test]
    fn each_mistake_is_told_with_what_to_write() {
        let cases = [
            ("", "is missing"),
            ("0639980001", "is national (`0…`)"),
            ("06 39 98 00 01", "is national (`0…`)"),
            ("0033639980001", "write `+` in place of `00`: `+33…01`"),
            ("00 33 639 98 00 01", "write `+` in place of `00`: `+33…01`"),
            ("33639980001", "write `+33…01` if it begins"),
            ("+33 639980001", "has ` `; write `+33…01` in one piece"),
            (" +33639980001", "has ` `; write `+33…01` in one piece"),
            ("+33639980001\n", "has `\\n`; write `+33…01` in one piece"),
            ("+33.6.39.98.00.01", "has `.`"),
            ("+33-639-980-001", "has `-`"),
            ("+33\u{a0}639980001", "has `\\u{a0}`"),
            ("+33 (0)6 39 98 00 01", "write `+33…01` in one piece"),
            ("+330639980001", "leave out the `0` after `+33`"),
            ("+4407700900123", "leave out the `0` after `+44`"),
            ("tel:+33639980001", "without `tel:`"),
            ("TEL:+33639980001", "without `tel:`"),
            ("+33WAKEUP", "this one has `W`"),
            ("ana", "this one has `a`"),
            ("+3363998٠٠٠١", "this one has `٠`"),
            ("+33639980001;+CFUN=0", "this one has `;`"),
            ("1234", "short code"),
            ("+1234", "at least 7 digits, this one has 4"),
            ("+3363998000100019", "at most 15 digits, this one has 16"),
            ("+33639980001+33639980002", "one `+`, in front"),
            ("++33639980001", "one `+`, in front"),
            ("+0639980001", "no country code starts with `0`"),
            ("+", "at least 7 digits, this one has 0"),
            ("-", "is missing"),
            ("é", "this one has `é`"),
        ];
        for (written, expected) in cases {
            let told = Number::parse(written).expect_err(written);
            assert!(told.contains(expected), "{written:?}: {told}");
        }
    }

    #[test]
    fn nothing_printed_holds_the_number() {
        let number = Number::parse("+33639980001").unwrap();
        assert_eq!(format!("{number} {number:?}"), "+33…01 +33…01");
        for written in ["+33 639 980 002", "0639980002", "33639980002", "0033639980002", "+33639980002x"] {
            let told = Number::parse(written).unwrap_err();
            assert!(!told.contains("80002") && !told.contains("980 002"), "{told}");
        }
    }

    #[test]
    fn prefix_allows_what_starts_with_it() {
        let french = Prefix::parse("+33").unwrap();
        assert!(french.allows(&Number::parse("+33639980001").unwrap()));
        assert!(!french.allows(&Number::parse("+447700900123").unwrap()));
        assert_eq!(french.to_string(), "+33");
    }

    #[test]
    fn wrong_prefixes_are_told() {
        for written in ["", "+", "33", "0033", "+0", "+33 6", "+33x", "+33é", "+33639980001"] {
            assert!(Prefix::parse(written).unwrap_err().starts_with("a prefix "), "{written:?}");
        }
    }

    #[test]
    fn satellite_and_premium_numbers_are_named() {
        let cases = [
            ("+8810000", Some("a satellite phone")),
            ("+9790000", Some("an international premium-rate service")),
            ("+33639980001", None),
            ("+447700900123", None),
        ];
        for (written, kind) in cases {
            assert_eq!(Number::parse(written).unwrap().costly(), kind, "{written}");
        }
    }
}
