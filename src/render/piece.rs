//! What a rendered template consists of: fixed words, values that must stay, and elastic parts.
//!
//! Helpers put invisible marks from Unicode's private use area around what they print; [`pieces`] reads them back.
//! Marks in label values are replaced before rendering, so a label cannot pose as one.

/// One piece of a rendered text, in reading order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub what: What,
    /// The sheddable block it stands in, and the block's rank; smaller ranks go first.
    pub block: Option<Block>,
}

impl Piece {
    /// Words that stay.
    #[must_use]
    pub fn key(text: &str) -> Self {
        Self { what: What::Key(text.to_owned()), block: None }
    }

    /// Words that may be shortened from their end.
    #[must_use]
    pub fn shrink(text: &str) -> Self {
        Self { what: What::Shrink { rank: 1, text: text.to_owned() }, block: None }
    }
}

/// A sheddable block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which one, in order of appearance.
    pub number: usize,
    /// Smaller goes first.
    pub rank: u8,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Words of the template or a value without a mark: cut only when nothing elastic is left.
    Plain(String),
    /// Host, severity: stays.
    Key(String),
    /// May lose words from its end.
    Shrink {
        /// Smaller goes first.
        rank: u8,
        /// The words.
        text: String,
    },
    /// May become `a, b +3`.
    List {
        /// Smaller goes first.
        rank: u8,
        /// The items.
        items: Vec<String>,
    },
}

/// First and last of the characters used as marks.
const MARKS: std::ops::RangeInclusive<char> = '\u{E000}'..='\u{E00F}';
const VALUE: char = '\u{E000}';
const SHRINK: char = '\u{E001}';
const LIST: char = '\u{E002}';
const ITEM: char = '\u{E003}';
const KEEP: char = '\u{E004}';
const BLOCK: char = '\u{E005}';
const END_BLOCK: char = '\u{E006}';
const END: char = '\u{E00F}';

/// Highest rank a template may give.
pub(crate) const MAX_RANK: u8 = 9;

/// The value with anything that could pose as a mark replaced.
pub(crate) fn without_marks(value: &str) -> String {
    value.chars().map(|c| if MARKS.contains(&c) { '?' } else { c }).collect()
}

/// Whether there is anything to replace.
pub(crate) fn has_marks(value: &str) -> bool {
    value.contains(|c| MARKS.contains(&c))
}

/// A value printed by `{{name}}`.
pub(crate) fn value(text: &str) -> String {
    // What a helper printed carries its own marks already.
    if text.contains(END) || text.contains(END_BLOCK) { text.to_owned() } else { format!("{VALUE}{text}{END}") }
}

/// `{{keep text}}`
pub(crate) fn keep(text: &str) -> String {
    format!("{KEEP}{text}{END}")
}

/// `{{shrink text rank}}`
pub(crate) fn shrink(text: &str, rank: u8) -> String {
    format!("{SHRINK}{}{text}{END}", digit(rank))
}

/// `{{list items rank}}`
pub(crate) fn list<'a>(items: impl Iterator<Item = &'a str>, rank: u8) -> String {
    let mut marked = format!("{LIST}{}", digit(rank));
    for (index, item) in items.enumerate() {
        if index > 0 {
            marked.push(ITEM);
        }
        marked.push_str(item);
    }
    marked.push(END);
    marked
}

/// `{{#shed rank}}`
pub(crate) fn open_block(rank: u8) -> String {
    format!("{BLOCK}{}", digit(rank))
}

/// `{{/shed}}`
pub(crate) fn close_block() -> String {
    END_BLOCK.to_string()
}

fn digit(rank: u8) -> char {
    char::from(b'0' + rank.min(MAX_RANK))
}

/// Reads a rendered template back into pieces. `keys` are the values that stay wherever they are printed.
pub(crate) fn pieces(rendered: &str, keys: &[&str]) -> Vec<Piece> {
    let mut reader = Reader { pieces: Vec::new(), open: Vec::new(), blocks: 0, keys };
    let mut rest = rendered;
    while let Some(at) = rest.find(|c| MARKS.contains(&c)) {
        reader.plain(&rest[..at]);
        rest = reader.mark(&rest[at..]);
    }
    reader.plain(rest);
    reader.pieces
}

struct Reader<'a> {
    pieces: Vec<Piece>,
    open: Vec<Block>,
    blocks: usize,
    keys: &'a [&'a str],
}

impl Reader<'_> {
    /// Takes the mark at the front and what it spans; returns the rest.
    fn mark<'t>(&mut self, text: &'t str) -> &'t str {
        let mut characters = text.chars();
        let mark = characters.next().unwrap_or(END);
        let after = characters.as_str();
        match mark {
            BLOCK => {
                let (rank, after) = split_rank(after);
                self.open.push(Block { number: self.blocks, rank });
                self.blocks += 1;
                after
            }
            END_BLOCK => {
                self.open.pop();
                after
            }
            VALUE | KEEP | SHRINK | LIST => {
                let (inner, rest) = after.split_once(END).unwrap_or((after, ""));
                self.span(mark, inner);
                rest
            }
            _ => after,
        }
    }

    fn span(&mut self, mark: char, inner: &str) {
        let what = match mark {
            KEEP => What::Key(inner.to_owned()),
            SHRINK => {
                let (rank, text) = split_rank(inner);
                What::Shrink { rank, text: text.to_owned() }
            }
            LIST => {
                let (rank, items) = split_rank(inner);
                let items = items.split(ITEM).filter(|item| !item.is_empty()).map(str::to_owned).collect();
                What::List { rank, items }
            }
            _ if self.is_key(inner) => What::Key(inner.to_owned()),
            _ => What::Plain(inner.to_owned()),
        };
        self.push(what);
    }

    fn is_key(&self, value: &str) -> bool {
        !value.is_empty() && self.keys.iter().any(|key| key.to_lowercase() == value.to_lowercase())
    }

    fn plain(&mut self, text: &str) {
        if !text.is_empty() {
            self.push(What::Plain(text.to_owned()));
        }
    }

    fn push(&mut self, what: What) {
        self.pieces.push(Piece { what, block: self.open.last().copied() });
    }
}

fn split_rank(text: &str) -> (u8, &str) {
    let mut characters = text.chars();
    let rank = characters.next().and_then(|c| c.to_digit(10)).unwrap_or(0);
    (rank as u8, characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> What {
        What::Plain(text.to_owned())
    }

    #[test]
    fn marks_read_back_as_pieces() {
        let rendered = format!(
            "A {} {}: {}{}",
            value("db-1"),
            list(["x", "y"].into_iter(), 3),
            shrink("long words", 1),
            [open_block(2), " since".to_owned(), value("07:11"), close_block()].concat()
        );
        let read = pieces(&rendered, &["DB-1"]);
        let whats: Vec<What> = read.iter().map(|piece| piece.what.clone()).collect();
        assert_eq!(
            whats,
            [
                plain("A "),
                What::Key("db-1".to_owned()),
                plain(" "),
                What::List { rank: 3, items: vec!["x".to_owned(), "y".to_owned()] },
                plain(": "),
                What::Shrink { rank: 1, text: "long words".to_owned() },
                plain(" since"),
                plain("07:11"),
            ]
        );
        assert_eq!(read[6].block, Some(Block { number: 0, rank: 2 }));
        assert_eq!(read[0].block, None);
    }

    #[test]
    fn value_cannot_pose_as_a_mark() {
        let hostile = without_marks("\u{E005}9\u{E004}x\u{E00F}");
        assert_eq!(hostile, "?9?x?");
    }

    #[test]
    fn broken_marks_do_no_harm() {
        for text in ["\u{E001}", "\u{E00F}\u{E006}\u{E006}", "\u{E005}", "\u{E002}3a", "\u{E003}"] {
            pieces(text, &[]);
        }
    }
}
