//! The values of a YAML file, each with its place.

use crate::finding::Place;

/// One value of a file, and where it is written. Behind an alias, that is where the anchor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// How many columns behind `place` a text begins (a quote takes one); absent where the text is not
    /// written as it is read.
    pub inset: Option<usize>,
    /// What it holds.
    pub value: Value,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing, or one of YAML's words for it.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Something YAML takes for a number, as written: it may be a phone number that lacks its quotes.
    Number(String),
    /// Anything else in a line.
    Text(String),
    /// `[a, b]`, or lines that begin with `-`.
    List(Vec<Node>),
    /// `{ a: b }`, or `key: value` lines; a key may come twice.
    Map(Vec<Entry>),
}

/// One line of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What stands before the `:`.
    pub key: String,
    /// Where the key begins.
    pub place: Place,
    /// What stands behind it.
    pub value: Node,
}

impl Node {
    /// Itself and all below it.
    #[must_use]
    pub fn count(&self) -> usize {
        1 + match &self.value {
            Value::List(items) => items.iter().map(Self::count).sum(),
            Value::Map(entries) => entries.iter().map(|entry| 1 + entry.value.count()).sum(),
            _ => 0,
        }
    }

    /// Levels of lists and mappings.
    #[must_use]
    pub fn height(&self) -> usize {
        match &self.value {
            Value::List(items) => 1 + items.iter().map(Self::height).max().unwrap_or(0),
            Value::Map(entries) => 1 + entries.iter().map(|entry| entry.value.height()).max().unwrap_or(0),
            _ => 0,
        }
    }
}
