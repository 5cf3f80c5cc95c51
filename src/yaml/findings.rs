//! Collecting mistakes, so that whoever wrote the file sees all of them at once.

use crate::finding::{Finding, Place};

/// What is peculiar to one kind of file when its mistakes are put in words.
#[derive(Debug)]
pub struct Words {
    /// Where to see how it is done: `the example routing file`.
    pub example: &'static str,
    /// Keys that are kept for what is not built yet.
    pub reserved: &'static [&'static str],
    /// Keys people bring along from neighbouring programs, each with the one that is meant.
    pub elsewhere: &'static [(&'static str, &'static str)],
}

/// The mistakes of one file so far.
#[derive(Debug)]
pub struct Findings {
    file: String,
    /// How the mistakes of this kind of file are worded.
    pub words: &'static Words,
    list: Vec<Finding>,
    is_cut: bool,
}

impl Findings {
    /// None so far. `file` is the file's name as the operator gave it.
    #[must_use]
    pub fn new(file: &str, words: &'static Words) -> Self {
        Self { file: file.to_owned(), words, list: Vec::new(), is_cut: false }
    }

    /// Notes a mistake; one that is there already, behind an alias used twice, is noted once.
    pub fn add(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        let finding = Finding::at(&self.file, place, message, help);
        if self.list.len() == MAX_FINDINGS {
            self.is_cut = true;
        } else if !self.list.contains(&finding) {
            self.list.push(finding);
        }
    }

    /// Notes a sentence that brings its help with it, behind the first `; `.
    pub fn add_sentence(&mut self, place: Place, sentence: &str) {
        let (message, help) = sentence.split_once("; ").unwrap_or((sentence, ""));
        self.add(place, message, help);
    }

    /// Whether there is no mistake so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them in the order of the file.
    #[must_use]
    pub fn finish(self) -> Vec<Finding> {
        let Self { file, mut list, is_cut, .. } = self;
        list.sort_by_key(|finding| finding.place);
        if is_cut {
            let message = format!("there are more mistakes than these {MAX_FINDINGS}");
            list.push(Finding::whole(&file, message, "correct these and look again"));
        }
        list
    }
}

/// A text as a finding shows it: in backticks, short, one line, and no more of a phone number than its country.
#[must_use]
pub fn shown(text: &str) -> String {
    if may_be_phone_number(text) {
        return format!("`{}…`", text.chars().take(3).collect::<String>().escape_debug());
    }
    let short: String = text.chars().take(MAX_SHOWN).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("`{}{more}`", short.escape_debug())
}

/// Whether somebody may have written a phone number where none belongs.
#[must_use]
pub fn may_be_phone_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits >= DIGITS_OF_A_NUMBER && !text.chars().any(char::is_alphabetic)
}

/// Most mistakes told of one file; behind them somebody has sent us another kind of file.
const MAX_FINDINGS: usize = 100;

/// Characters of a wrong text that a finding shows.
const MAX_SHOWN: usize = 60;

/// A text without letters and with so many digits may be somebody's phone number.
const DIGITS_OF_A_NUMBER: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: Words = Words { example: "the example file", reserved: &[], elsewhere: &[] };

    #[test]
    fn shown_text_is_one_short_line_without_a_phone_number() {
        for (text, expected) in [
            ("bpb", "`bpb`"),
            ("a\nb", "`a\\nb`"),
            ("+33639980001", "`+33…`"),
            ("06 39 98 00 01", "`06 …`"),
            ("2026-01", "`2026-01`"),
            ("node-1234567", "`node-1234567`"),
        ] {
            assert_eq!(shown(text), expected);
        }
        assert_eq!(shown(&"x".repeat(100)).chars().count(), MAX_SHOWN + 3);
    }

    #[test]
    fn mistakes_come_in_the_order_of_the_file_each_once() {
        let mut findings = Findings::new("x", &WORDS);
        for line in [3, 1, 3, 2] {
            findings.add_sentence(Place { line, column: 1 }, "wrong; do right");
        }
        let lines: Vec<_> = findings.finish().iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["x:1:1: wrong; do right", "x:2:1: wrong; do right", "x:3:1: wrong; do right"]);
    }

    #[test]
    fn list_of_mistakes_ends_and_says_so() {
        let mut findings = Findings::new("x", &WORDS);
        for line in 1..=MAX_FINDINGS + 5 {
            findings.add(Place { line, column: 1 }, "wrong", "");
        }
        let list = findings.finish();
        assert_eq!(list.len(), MAX_FINDINGS + 1);
        assert_eq!(list[MAX_FINDINGS].message, "there are more mistakes than these 100");
    }
}
