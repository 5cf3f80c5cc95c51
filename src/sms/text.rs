//! A text that fits: one SMS in the GSM 7-bit alphabet, no user data header (TS 23.040, 9.2.3.24).

use std::fmt;

use crate::sms::gsm7::{self, Unencodable};

/// Words that exist only if one SMS can carry them: all in the GSM alphabet, 1 to 160 septets, not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    content: String,
    septets: usize,
}

impl Text {
    /// What 140 octets of TP-User-Data hold (TS 23.038, 6.1.2.1.1).
    pub const MAX_SEPTETS: usize = 160;

    /// Accepts words as they stand; [`crate::sms::transliterate()`] is what makes any words acceptable here.
    ///
    /// # Errors
    /// A [`TextError`], which prints as one sentence.
    pub fn new(content: &str) -> Result<Self, TextError> {
        let septets = gsm7::encode(content).map_err(TextError::Unencodable)?.len();
        if content.trim().is_empty() {
            return Err(TextError::Empty);
        }
        if septets > Self::MAX_SEPTETS {
            return Err(TextError::TooLong { septets });
        }
        Ok(Self { content: content.to_owned(), septets })
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.content
    }

    /// What they cost, 1 to [`Text::MAX_SEPTETS`]; an extension character costs two.
    #[must_use]
    pub fn septets(&self) -> usize {
        self.septets
    }

    /// The same text with a `*` at its end: "you may have had this already".
    ///
    /// A text that ends in `*` stays as it is. Where there is no room, the last characters give way; texts
    /// of a page reserve that room, so only foreign ones are cut.
    #[must_use]
    pub fn marked(&self) -> Self {
        if self.content.ends_with(MARK) {
            return self.clone();
        }
        let mut marked = self.clone();
        // Every character of this alphabet is a grapheme, so cutting by character splits nothing.
        while marked.septets + MARK_SEPTETS > Self::MAX_SEPTETS {
            let cut = marked.content.pop().expect("a text longer than its mark is not empty");
            marked.septets -= gsm7::cost(cut).expect("a text is all in the GSM alphabet");
        }
        marked.content.push(MARK);
        marked.septets += MARK_SEPTETS;
        marked
    }
}

/// Says that a text may be a second copy.
const MARK: char = '*';

/// `*` is in the default table.
const MARK_SEPTETS: usize = 1;

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.content)
    }
}

/// Why words are no [`Text`]. Prints as one sentence for an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// Nothing in it that a phone could show.
    Empty,
    /// More than one SMS.
    TooLong {
        /// What the words cost, more than [`Text::MAX_SEPTETS`].
        septets: usize,
    },
    /// A character the GSM alphabet does not have.
    Unencodable(Unencodable),
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the text is empty; write what the phone shall show"),
            Self::TooLong { septets } => write!(
                f,
                "the text has {septets} septets of {max}; shorten it by {over} \
                 (`^ {{ }} \\ [ ~ ] | €` count as two each)",
                max = Text::MAX_SEPTETS,
                over = septets.saturating_sub(Text::MAX_SEPTETS),
            ),
            Self::Unencodable(unencodable) => write!(f, "the text {unencodable}"),
        }
    }
}

impl std::error::Error for TextError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_one_sms_carries() {
        for content in ["a".to_owned(), "a".repeat(160), "€".repeat(80), "€uro\n[ok]".to_owned()] {
            let text = Text::new(&content).unwrap();
            assert_eq!(text.as_str(), content);
            assert!(text.septets() <= Text::MAX_SEPTETS);
        }
    }

    #[test]
    fn what_does_not_fit_is_told_in_one_sentence() {
        let cases = [
            (String::new(), "the text is empty; write what the phone shall show"),
            (" \n ".to_owned(), "the text is empty; write what the phone shall show"),
            ("a".repeat(171), "the text has 171 septets of 160; shorten it by 11 "),
            ("€".repeat(81), "the text has 162 septets of 160; shorten it by 2 "),
            ("même".to_owned(), "the text has `ê` as character 2, which the GSM alphabet lacks; "),
            ("\u{1b}".to_owned(), "the text has `\\u{1b}` as character 1, "),
            ("a\0".to_owned(), "the text has `\\0` as character 2, "),
        ];
        for (content, expected) in cases {
            let told = Text::new(&content).unwrap_err().to_string();
            assert!(told.starts_with(expected), "{told}");
        }
    }

    #[test]
    fn mark_fits_in_every_case() {
        let cases = [
            ("disk full #k7q4".to_owned(), "disk full #k7q4*".to_owned()),
            ("disk full #k7q4*".to_owned(), "disk full #k7q4*".to_owned()),
            ("a".repeat(159), format!("{}*", "a".repeat(159))),
            ("a".repeat(160), format!("{}*", "a".repeat(159))),
            ("€".repeat(80), format!("{}*", "€".repeat(79))),
            (format!("{}*", "a".repeat(159)), format!("{}*", "a".repeat(159))),
        ];
        for (content, expected) in cases {
            let marked = Text::new(&content).unwrap().marked();
            assert_eq!(marked, Text::new(&expected).unwrap());
            assert_eq!(marked.marked(), marked);
        }
    }
}
