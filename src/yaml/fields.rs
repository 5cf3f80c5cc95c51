//! Taking mappings apart, and complaining of keys that are not known or come twice.

use std::collections::BTreeMap;

use crate::finding::Place;
use crate::yaml::findings::{Findings, shown};
use crate::yaml::node::{Entry, Node, Value};
use crate::yaml::suggest::closest;
use crate::yaml::values::kind;

/// A mapping whose keys are known.
#[derive(Debug)]
pub struct Fields<'a> {
    entries: Vec<&'a Entry>,
    /// Of the mapping.
    pub place: Place,
}

impl<'a> Fields<'a> {
    /// Takes a mapping, and complains of keys that are not `known`. `what` names the mapping in a sentence.
    pub fn read(node: &'a Node, what: &str, known: &[&str], findings: &mut Findings) -> Option<Self> {
        let entries = entries(node, what, findings)?;
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            complain_of_key(entry, what, known, findings);
        }
        Some(Self { entries, place: node.place })
    }

    /// What stands behind a key, if it is there.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// As `get`; a key with nothing behind it counts as absent.
    #[must_use]
    pub fn get_filled(&self, key: &str) -> Option<&'a Node> {
        self.get(key).filter(|node| node.value != Value::Null)
    }

    /// As `get`; complains of a key that has to be there.
    pub fn need(&self, key: &str, what: &str, example: &str, findings: &mut Findings) -> Option<&'a Node> {
        let node = self.get(key);
        if node.is_none() {
            findings.add(self.place, format!("{what} has no `{key}:`"), format!("write such as `{example}`"));
        }
        node
    }
}

/// The lines of a mapping, each key once.
pub fn entries<'a>(node: &'a Node, what: &str, findings: &mut Findings) -> Option<Vec<&'a Entry>> {
    let Value::Map(all) = &node.value else {
        let message = format!("{what} should be a mapping (`key: value` lines), here is {}", kind(&node.value));
        findings.add(node.place, message, format!("see {}", findings.words.example));
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

fn complain_of_key(entry: &Entry, what: &str, known: &[&str], findings: &mut Findings) {
    let key = entry.key.as_str();
    if findings.words.reserved.contains(&key) {
        findings.add(entry.place, format!("`{key}:` is not built yet"), "remove it; the word is reserved");
        return;
    }
    let elsewhere = findings.words.elsewhere.iter().find(|(theirs, ours)| *theirs == key && known.contains(ours));
    let meant = elsewhere.map(|(_, ours)| *ours).or_else(|| closest(key, known.iter().copied()));
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}:`?"),
        None => format!("known are {}", known.iter().map(|key| format!("`{key}:`")).collect::<Vec<_>>().join(", ")),
    };
    findings.add(entry.place, format!("{} is no key of {what}", shown(key)), help);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::findings::Words;
    use crate::yaml::parse::parse;

    const WORDS: Words = Words {
        example: "the example file",
        reserved: &["escalate"],
        elsewhere: &[("receiver", "page"), ("number", "phone")],
    };

    fn told(source: &str) -> Vec<String> {
        let node = parse("x", source).expect("good YAML");
        let mut findings = Findings::new("x", &WORDS);
        Fields::read(&node, "a route", &["page", "matchers"], &mut findings);
        findings.finish().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn known_key_from_elsewhere_is_translated() {
        for (source, expected) in [
            ("page: a\nmatchers: b\n", &[][..]),
            ("receiver: a\n", &["x:1:1: `receiver` is no key of a route; did you mean `page:`?"]),
            ("pgae: b\n", &["x:1:1: `pgae` is no key of a route; did you mean `page:`?"]),
            ("number: b\n", &["x:1:1: `number` is no key of a route; known are `page:`, `matchers:`"]),
            ("escalate: c\n", &["x:1:1: `escalate:` is not built yet; remove it; the word is reserved"]),
            ("page: a\npage: b\n", &["x:2:1: `page` stands here twice, the first time in line 1; keep one of them"]),
            ("[]", &["x:1:1: a route should be a mapping (`key: value` lines), here is a list; see the example file"]),
        ] {
            assert_eq!(told(source), expected, "{source}");
        }
    }

    #[test]
    fn key_with_nothing_behind_it_is_there_and_not_filled() {
        let node = parse("x", "page:\n").expect("good YAML");
        let mut findings = Findings::new("x", &WORDS);
        let fields = Fields::read(&node, "a route", &["page"], &mut findings).expect("a mapping");
        assert!(fields.get("page").is_some() && fields.get_filled("page").is_none());
        assert!(fields.need("phone", "a route", "phone: x", &mut findings).is_none());
        let told: Vec<_> = findings.finish().iter().map(ToString::to_string).collect();
        assert_eq!(told, ["x:1:1: a route has no `phone:`; write such as `phone: x`"]);
    }
}
