//! Fitting: pieces → words of at most [`MAX_BODY_SEPTETS`], least valuable first to go.

use crate::render::piece::{Block, MAX_RANK, Piece, What};
use crate::sms::{Text, gsm7, transliterate};

/// What the words before ` #k7q4` may cost, in septets: 160 less six for the code and one for the `*` of a marked copy.
pub const MAX_BODY_SEPTETS: usize = Text::MAX_SEPTETS - CODE_AND_MARK;

/// ` #k7q4*`
const CODE_AND_MARK: usize = 7;

/// Shows that words were cut: two septets, and in nobody's prose.
const CUT: &str = "~";

/// No elastic part is looked at beyond so many characters: none of them could be shown.
const MAX_PART_CHARS: usize = 400;

/// The fitted words and what it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// At most [`MAX_BODY_SEPTETS`], all in the GSM alphabet, on one line.
    pub text: String,
    /// What gave way, in order, for `preview`: `shortened "…"`, `dropped "…"`.
    pub shed: Vec<String>,
}

/// Fits pieces into one text. Host, severity and whatever is kept gives way only when nothing else is left, and then
/// each keeps its beginning.
#[must_use]
pub fn fit(pieces: &[Piece]) -> Fitted {
    let mut fitting = Fitting { parts: pieces.iter().map(Part::new).collect(), shed: Vec::new() };
    let whole = fitting.assemble();
    if cost(&whole) <= MAX_BODY_SEPTETS {
        return Fitted { text: whole, shed: Vec::new() };
    }
    for rank in 0..=MAX_RANK {
        if fitting.overflow() == 0 {
            break;
        }
        fitting.drop_blocks(rank);
        fitting.shrink_words(rank);
        fitting.shrink_lists(rank);
    }
    fitting.cut_plain();
    fitting.cut_keys();
    Fitted { text: fitting.assemble(), shed: fitting.shed }
}

struct Fitting {
    parts: Vec<Part>,
    shed: Vec<String>,
}

/// A piece in the GSM alphabet, with what is left of it.
struct Part {
    what: Left,
    block: Option<Block>,
}

enum Left {
    Plain(String),
    Key(String),
    Shrink { rank: u8, text: String },
    List { rank: u8, items: Vec<String>, hidden: usize },
    Gone,
}

impl Part {
    fn new(piece: &Piece) -> Self {
        let what = match &piece.what {
            What::Plain(text) => Left::Plain(gsm(text)),
            What::Key(text) => Left::Key(gsm(text)),
            What::Shrink { rank, text } => Left::Shrink { rank: *rank, text: gsm(text) },
            What::List { rank, items } => {
                let shown: Vec<String> = items.iter().take(MAX_LIST_ITEMS).map(|item| gsm(item)).collect();
                Left::List { rank: *rank, hidden: items.len() - shown.len(), items: shown }
            }
        };
        Self { what, block: piece.block }
    }

    fn shown(&self) -> String {
        match &self.what {
            Left::Plain(text) | Left::Key(text) | Left::Shrink { text, .. } => text.clone(),
            Left::List { items, hidden, .. } => {
                let mut shown = items.join(", ");
                if *hidden > 0 {
                    shown.push_str(&format!(" +{hidden}"));
                }
                shown
            }
            Left::Gone => String::new(),
        }
    }
}

/// More items than this cannot stand in one text.
const MAX_LIST_ITEMS: usize = 40;

/// Transliterated, bounded, white space folded; one blank at either end stays to keep neighbours apart.
fn gsm(text: &str) -> String {
    let bounded: String = text.chars().take(MAX_PART_CHARS).collect();
    let plain = transliterate(&bounded).text;
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let lead = if plain.starts_with(char::is_whitespace) { " " } else { "" };
    let trail = if plain.ends_with(char::is_whitespace) && !words.is_empty() { " " } else { "" };
    format!("{lead}{words}{trail}")
}

impl Fitting {
    /// The words as they stand: white space folded, no punctuation dangling at the end.
    fn assemble(&self) -> String {
        let joined: String = self.parts.iter().map(Part::shown).collect();
        let mut line = String::with_capacity(joined.len());
        for word in joined.split_whitespace() {
            // What an empty part has left standing alone moves up to the word before it.
            let dangles = matches!(word, ":" | "," | ";" | "." | ")");
            if !(line.is_empty() || dangles) {
                line.push(' ');
            }
            line.push_str(word);
        }
        line.trim_end_matches([':', ',', ';', '(', '-', ' ']).to_owned()
    }

    fn overflow(&self) -> usize {
        cost(&self.assemble()).saturating_sub(MAX_BODY_SEPTETS)
    }

    /// Drops blocks of this rank, the last first, while anything is too much.
    fn drop_blocks(&mut self, rank: u8) {
        let mut numbers: Vec<usize> = self
            .parts
            .iter()
            .filter_map(|part| part.block.filter(|block| block.rank == rank))
            .map(|b| b.number)
            .collect();
        numbers.dedup();
        while let Some(number) = numbers.pop() {
            if self.overflow() == 0 {
                return;
            }
            let mut dropped = String::new();
            for part in self.parts.iter_mut().filter(|part| part.block.is_some_and(|block| block.number == number)) {
                dropped.push_str(&part.shown());
                part.what = Left::Gone;
            }
            self.note("dropped", &dropped);
        }
    }

    fn shrink_words(&mut self, rank: u8) {
        for index in (0..self.parts.len()).rev() {
            let over = self.overflow();
            if over == 0 {
                return;
            }
            let Left::Shrink { rank: own, text } = &self.parts[index].what else { continue };
            if *own != rank || text.is_empty() {
                continue;
            }
            let original = text.clone();
            let budget = cost(&original).saturating_sub(over + cost(CUT));
            let mut kept = whole_words(&original, budget);
            if !kept.is_empty() {
                kept.push_str(CUT);
            }
            self.note(if kept.is_empty() { "dropped" } else { "shortened" }, &original);
            self.parts[index].what = Left::Shrink { rank, text: kept };
        }
    }

    fn shrink_lists(&mut self, rank: u8) {
        for index in (0..self.parts.len()).rev() {
            let mut shortened = None;
            while self.overflow() > 0 {
                let shown = self.parts[index].shown();
                let Left::List { rank: own, items, hidden } = &mut self.parts[index].what else { break };
                if *own != rank || items.len() < 2 {
                    break;
                }
                shortened.get_or_insert(shown);
                items.pop();
                *hidden += 1;
            }
            if let Some(original) = shortened {
                self.note("shortened", &original);
            }
        }
    }

    /// Cuts template words and unmarked values, the last first, then what is left of lists.
    fn cut_plain(&mut self) {
        for index in (0..self.parts.len()).rev() {
            let whole = self.parts[index].shown();
            while self.overflow() > 0 {
                let over = self.overflow();
                let text = match &mut self.parts[index].what {
                    Left::Plain(text) => text,
                    Left::List { items, .. } if items.len() == 1 => &mut items[0],
                    _ => break,
                };
                let words = text.trim();
                if words.is_empty() {
                    break;
                }
                // The blanks that keep neighbours apart stay.
                let lead = if text.starts_with(' ') { " " } else { "" };
                *text = format!("{lead}{} ", cut(words, cost(words).saturating_sub(over)));
            }
            if self.parts[index].shown().trim() != whole.trim() {
                self.note("cut", &whole);
            }
        }
    }

    /// Only keys are left and they are too long: the longest is cut until they fit.
    fn cut_keys(&mut self) {
        loop {
            let over = self.overflow();
            let keys = self.parts.iter_mut().filter_map(|part| match &mut part.what {
                Left::Key(text) if !text.is_empty() => Some(text),
                _ => None,
            });
            let Some(text) = keys.max_by_key(|text| cost(text)).filter(|_| over > 0) else { return };
            let before = text.clone();
            // At most half at a time, so that two long keys share the loss.
            let loss = over.min(cost(&before) / 2).max(1);
            *text = cut(&before, cost(&before).saturating_sub(loss));
            self.note("cut", &before);
        }
    }

    fn note(&mut self, how: &str, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.shed.push(format!("{how} \"{text}\""));
        }
    }
}

/// Septets; the text is all GSM by construction.
fn cost(text: &str) -> usize {
    gsm7::septets(text).unwrap_or(usize::MAX / 2)
}

/// The longest run of whole words that costs at most `budget`.
fn whole_words(text: &str, budget: usize) -> String {
    let mut kept = 0;
    let mut spent = 0;
    for (index, character) in text.char_indices() {
        spent += gsm7::cost(character).unwrap_or(2);
        let next = index + character.len_utf8();
        let ends_word = !character.is_whitespace() && text[next..].chars().next().is_none_or(char::is_whitespace);
        if spent > budget {
            break;
        }
        if ends_word {
            kept = next;
        }
    }
    text[..kept].trim_end_matches([',', ':', ';', '-', '(', ' ']).to_owned()
}

/// The beginning of a text that costs at most `budget`, never inside an escape; every GSM character is a grapheme.
fn cut(text: &str, budget: usize) -> String {
    let text = text.trim_end_matches('~');
    let mut kept = String::new();
    let mut spent = cost(CUT);
    for character in text.chars() {
        spent += gsm7::cost(character).unwrap_or(2);
        if spent > budget {
            break;
        }
        kept.push(character);
    }
    if kept.is_empty() { kept } else { kept + CUT }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::render::piece::{self, pieces};

    fn fitted(rendered: &str, keys: &[&str]) -> Fitted {
        fit(&pieces(rendered, keys))
    }

    #[test]
    fn what_fits_is_untouched() {
        let fitted =
            fitted(&format!("CRITICAL {}: {}", piece::value("db-1"), piece::shrink("disk full", 1)), &["db-1"]);
        assert_eq!(fitted.text, "CRITICAL db-1: disk full");
        assert!(fitted.shed.is_empty());
    }

    #[test]
    fn summary_loses_whole_words_first() {
        let summary = "word ".repeat(60);
        let rendered = format!("CRITICAL {} DiskFull: {}", piece::value("db-1"), piece::shrink(&summary, 1));
        let fitted = fitted(&rendered, &["db-1"]);
        assert!(fitted.text.starts_with("CRITICAL db-1 DiskFull: word word"));
        assert!(fitted.text.ends_with("word~"));
        assert!(cost(&fitted.text) <= MAX_BODY_SEPTETS && cost(&fitted.text) > MAX_BODY_SEPTETS - 10);
    }

    #[test]
    fn list_becomes_a_count() {
        let hosts: Vec<String> = (1..=60).map(|n| format!("web{n:02}.example.org")).collect();
        let rendered = format!("CRITICAL 60x HostDown: {}", piece::list(hosts.iter().map(String::as_str), 3));
        let fitted = fitted(&rendered, &[]);
        assert!(fitted.text.starts_with("CRITICAL 60x HostDown: web01.example.org, web02.example.org"));
        assert!(fitted.text.ends_with("web06.example.org +54"), "{}", fitted.text);
    }

    #[test]
    fn order_of_giving_way_is_the_rank() {
        let long = "x".repeat(80);
        let rendered = [
            piece::value("db-1"),
            format!(" {long}"),
            piece::open_block(2),
            " second".repeat(5),
            piece::close_block(),
            piece::open_block(1),
            " first".repeat(8),
            piece::close_block(),
        ]
        .concat();
        let fitted = fitted(&rendered, &["db-1"]);
        assert!(fitted.text.contains("second") && !fitted.text.contains("first"), "{}", fitted.text);
    }

    #[test]
    fn blocks_and_empty_parts_leave_no_debris() {
        let rendered = format!("A {} : {}, {}", piece::value(""), piece::shrink("", 1), piece::value(""));
        assert_eq!(fitted(&rendered, &[]).text, "A");
        assert_eq!(fitted("a  b\t\nc", &[]).text, "a b c");
    }

    #[test]
    fn two_endless_keys_share_the_room() {
        let rendered = format!("{} {}", piece::value(&"a".repeat(300)), piece::value(&"b".repeat(300)));
        let fitted = fitted(&rendered, &[&"a".repeat(300), &"b".repeat(300)]);
        assert!(fitted.text.contains("aaaaaaaaaa") && fitted.text.contains("bbbbbbbbbb"), "{}", fitted.text);
        assert!(cost(&fitted.text) <= MAX_BODY_SEPTETS);
    }

    proptest! {
        #[test]
        fn anything_fits_and_is_gsm(parts in prop::collection::vec((0_u8..5, ".{0,120}"), 0..12)) {
            let rendered: String = parts.iter().map(|(kind, text)| {
                let text = piece::without_marks(text);
                match kind {
                    0 => text,
                    1 => piece::value(&text),
                    2 => piece::shrink(&text, 1),
                    3 => piece::list(text.split(' '), 3),
                    _ => [piece::open_block(2), text, piece::close_block()].concat(),
                }
            }).collect();
            let fitted = fitted(&rendered, &[]);
            prop_assert!(gsm7::septets(&fitted.text).is_some_and(|cost| cost <= MAX_BODY_SEPTETS));
        }

        #[test]
        fn host_and_severity_never_give_way_to_words(
            host in "[a-z][a-z0-9.-]{1,60}[a-z]", severity in "[a-z]{2,12}", summary in ".{0,400}", extra in "[ -~]{0,300}"
        ) {
            let rendered = format!(
                "{} {} {}: {}",
                piece::value(&severity), piece::value(&host), piece::value(&piece::without_marks(&extra)),
                piece::shrink(&piece::without_marks(&summary), 1)
            );
            let fitted = fitted(&rendered, &[&host, &severity]);
            prop_assert!(fitted.text.contains(&host), "{}", fitted.text);
            prop_assert!(fitted.text.contains(&severity), "{}", fitted.text);
        }
    }
}
