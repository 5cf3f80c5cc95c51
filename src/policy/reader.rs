//! Taking nodes apart, and complaining of what is there instead of what should be.

use std::collections::BTreeMap;

use crate::finding::{Finding, Place};
use crate::policy::node::{Entry, Node, Value};
use crate::policy::suggest::closest;

/// The mistakes of one file so far.
pub(super) struct Findings {
    file: String,
    list: Vec<Finding>,
    is_cut: bool,
}

impl Findings {
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), list: Vec::new(), is_cut: false }
    }

    /// Notes a mistake; one that is there already, behind an alias used twice, is noted once.
    pub(super) fn add(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        let finding = Finding::at(&self.file, place, message, help);
        if self.list.len() == MAX_FINDINGS {
            self.is_cut = true;
        } else if !self.list.contains(&finding) {
            self.list.push(finding);
        }
    }

    /// Notes a sentence that brings its help with it, behind the first `; `.
    pub(super) fn add_sentence(&mut self, place: Place, sentence: &str) {
        let (message, help) = sentence.split_once("; ").unwrap_or((sentence, ""));
        self.add(place, message, help);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them in the order of the file.
    pub(super) fn finish(self) -> Vec<Finding> {
        let Self { file, mut list, is_cut } = self;
        list.sort_by_key(|finding| finding.place);
        if is_cut {
            let message = format!("there are more mistakes than these {MAX_FINDINGS}");
            list.push(Finding::whole(&file, message, "correct these and look again"));
        }
        list
    }
}

/// A mapping whose keys are known.
pub(super) struct Fields<'a> {
    entries: Vec<&'a Entry>,
    /// Of the mapping.
    pub(super) place: Place,
}

impl<'a> Fields<'a> {
    /// Takes a mapping, and complains of keys that are not `known`.
    pub(super) fn read(node: &'a Node, what: &str, known: &[&str], findings: &mut Findings) -> Option<Self> {
        let entries = entries(node, what, findings)?;
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            complain_of_key(entry, what, known, findings);
        }
        Some(Self { entries, place: node.place })
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// As `get`; a key with nothing behind it counts as absent.
    pub(super) fn get_filled(&self, key: &str) -> Option<&'a Node> {
        self.get(key).filter(|node| node.value != Value::Null)
    }

    /// As `get`; complains of a key that has to be there.
    pub(super) fn need(&self, key: &str, what: &str, example: &str, findings: &mut Findings) -> Option<&'a Node> {
        let node = self.get(key);
        if node.is_none() {
            findings.add(self.place, format!("{what} has no `{key}:`"), format!("write such as `{example}`"));
        }
        node
    }
}

/// The lines of a mapping, each key once.
pub(super) fn entries<'a>(node: &'a Node, what: &str, findings: &mut Findings) -> Option<Vec<&'a Entry>> {
    let Value::Map(all) = &node.value else {
        let message = format!("{what} should be a mapping (`key: value` lines), here is {}", kind(&node.value));
        findings.add(node.place, message, "see the example routing file");
        return None;
    };
    let mut seen: BTreeMap<&str, Place> = BTreeMap::new();
    let mut entries = Vec::new();
    for entry in all {
        match seen.get(entry.key.as_str()) {
            Some(first) => {
                let message = format!("{} stands here twice, the first time in line {}", shown(&entry.key), first.line);
                findings.add(entry.place, message, "keep one of them");
            }
            None => {
                seen.insert(&entry.key, entry.place);
                entries.push(entry);
            }
        }
    }
    Some(entries)
}

/// A text, neither empty nor in need of quotes.
pub(super) fn text<'a>(node: &'a Node, key: &str, example: &str, findings: &mut Findings) -> Option<&'a str> {
    match &node.value {
        Value::Text(text) if !text.is_empty() => return Some(text),
        Value::Number => {
            findings.add(
                node.place,
                format!("`{key}:` is read as a number"),
                format!("put it in quotes, such as `\"{example}\"`"),
            );
        }
        Value::Bool(_) => {
            findings.add(
                node.place,
                format!("`{key}:` is read as true or false"),
                format!("write a text such as `{example}`"),
            );
        }
        Value::Null | Value::Text(_) => {
            findings.add(node.place, format!("`{key}:` is empty"), format!("write such as `{example}`"));
        }
        Value::List(_) | Value::Map(_) => {
            let message = format!("`{key}:` should be a text, here is {}", kind(&node.value));
            findings.add(node.place, message, format!("write such as `{example}`"));
        }
    }
    None
}

/// A list, which may be empty.
pub(super) fn list<'a>(node: &'a Node, key: &str, example: &str, findings: &mut Findings) -> Option<&'a [Node]> {
    if let Value::List(items) = &node.value {
        return Some(items);
    }
    let message = match &node.value {
        Value::Null => format!("`{key}:` is empty"),
        other => format!("`{key}:` should be a list, here is {}", kind(other)),
    };
    findings.add(node.place, message, format!("write such as `{example}`"));
    None
}

/// A text as a finding shows it: in backticks, short, one line, and no more of a phone number than its country.
pub(super) fn shown(text: &str) -> String {
    if may_be_phone_number(text) {
        return format!("`{}…`", text.chars().take(3).collect::<String>().escape_debug());
    }
    let short: String = text.chars().take(MAX_SHOWN).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("`{}{more}`", short.escape_debug())
}

/// Whether somebody may have written a phone number where none belongs.
pub(super) fn may_be_phone_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits >= DIGITS_OF_A_NUMBER && !text.chars().any(char::is_alphabetic)
}

fn complain_of_key(entry: &Entry, what: &str, known: &[&str], findings: &mut Findings) {
    let key = entry.key.as_str();
    if key == RESERVED_KEY {
        findings.add(entry.place, format!("`{key}:` is not built yet"), "remove it; the word is reserved");
        return;
    }
    let elsewhere = KEYS_FROM_ELSEWHERE.iter().find(|(theirs, ours)| *theirs == key && known.contains(ours));
    let meant = elsewhere.map(|(_, ours)| *ours).or_else(|| closest(key, known.iter().copied()));
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}:`?"),
        None => format!("known are {}", known.iter().map(|key| format!("`{key}:`")).collect::<Vec<_>>().join(", ")),
    };
    findings.add(entry.place, format!("{} is no key of {what}", shown(key)), help);
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number => "a number",
        Value::Text(_) => "a text",
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
    }
}

/// Most mistakes told of one file; behind them somebody has sent us another kind of file.
const MAX_FINDINGS: usize = 100;

/// Characters of a wrong text that a finding shows.
const MAX_SHOWN: usize = 60;

/// A text without letters and with so many digits may be somebody's phone number.
const DIGITS_OF_A_NUMBER: usize = 7;

/// Reserved until pages escalate.
const RESERVED_KEY: &str = "escalate";

/// What people bring along from `alertmanager.yml` and its neighbours.
const KEYS_FROM_ELSEWHERE: [(&str, &str); 8] = [
    ("receiver", "page"),
    ("match", "matchers"),
    ("match_re", "matchers"),
    ("repeat_interval", "remind_after"),
    ("number", "phone"),
    ("users", "members"),
    ("time_zone", "timezone"),
    ("location", "timezone"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::yaml::parse;

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
        let mut findings = Findings::new("x");
        for line in [3, 1, 3, 2] {
            findings.add_sentence(Place { line, column: 1 }, "wrong; do right");
        }
        let lines: Vec<_> = findings.finish().iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["x:1:1: wrong; do right", "x:2:1: wrong; do right", "x:3:1: wrong; do right"]);
    }

    #[test]
    fn list_of_mistakes_ends_and_says_so() {
        let mut findings = Findings::new("x");
        for line in 1..=MAX_FINDINGS + 5 {
            findings.add(Place { line, column: 1 }, "wrong", "");
        }
        let list = findings.finish();
        assert_eq!(list.len(), MAX_FINDINGS + 1);
        assert_eq!(list[MAX_FINDINGS].message, "there are more mistakes than these 100");
    }

    #[test]
    fn known_key_from_elsewhere_is_translated() {
        let node = parse("x", "receiver: a\npgae: b\nzzz: c\n").expect("good YAML");
        let mut findings = Findings::new("x");
        Fields::read(&node, "a route", &["page", "matchers"], &mut findings);
        let helps: Vec<_> = findings.finish().into_iter().map(|finding| finding.help).collect();
        assert_eq!(helps, ["did you mean `page:`?", "did you mean `page:`?", "known are `page:`, `matchers:`"]);
    }
}
