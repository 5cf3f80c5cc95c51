//! `people:` and `allowed_prefixes:`, the one place where phone numbers are written.

use std::collections::BTreeMap;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::message::RecipientId;
use crate::policy::snapshot::Person;
use crate::sms::{Number, Prefix};
use crate::yaml::{Entry, Fields, Findings, Node, Value, closest, entries, list, may_be_phone_number, shown, text};

/// The prefixes numbers may start with: mandatory, so that no slip of the fingers texts another continent.
pub(super) fn read_prefixes(node: &Node, findings: &mut Findings) -> Vec<Prefix> {
    let Some(items) = list(node, "allowed_prefixes", PREFIXES_EXAMPLE, findings) else {
        return Vec::new();
    };
    if items.is_empty() {
        let help = format!("write such as `{PREFIXES_EXAMPLE}`");
        findings.add(node.place, "`allowed_prefixes:` is empty, so no number may be texted", help);
    }
    let mut prefixes = Vec::new();
    for item in items {
        match text(item, "allowed_prefixes", "+33", findings).map(Prefix::parse) {
            Some(Ok(prefix)) => prefixes.push(prefix),
            Some(Err(sentence)) => findings.add_sentence(item.place, &sentence),
            None => {}
        }
    }
    prefixes
}

/// Everybody. `prefixes` is empty only where they could not be read, which is told elsewhere.
pub(super) fn read_people(node: &Node, prefixes: &[Prefix], findings: &mut Findings) -> BTreeMap<RecipientId, Person> {
    let Some(entries) = entries(node, "`people:`", findings) else {
        return BTreeMap::new();
    };
    if entries.is_empty() {
        findings.add(node.place, "there is nobody under `people:`", format!("write such as `{PERSON_EXAMPLE}`"));
    }
    if entries.len() > MAX_PEOPLE {
        let message = format!("there are {} people, more than the {MAX_PEOPLE} that are kept", entries.len());
        findings.add(node.place, message, "name only those who may be paged");
        return BTreeMap::new();
    }
    let mut people = BTreeMap::new();
    let mut owners: BTreeMap<Number, String> = BTreeMap::new();
    for entry in entries {
        let id = read_id(entry, findings);
        let person = read_person(entry, prefixes, &mut owners, findings);
        if let (Some(id), Some(person)) = (id, person) {
            people.insert(id, person);
        }
    }
    people
}

/// A zone by its IANA name, from the table in the binary.
pub(super) fn read_zone(node: &Node, findings: &mut Findings) -> Option<TimeZone> {
    let name = text(node, "timezone", "Europe/Brussels", findings)?;
    let zones = TimeZoneDatabase::bundled();
    if let Ok(zone) = zones.get(name) {
        return Some(zone);
    }
    let known: Vec<_> = zones.available().map(|zone| zone.as_str().to_owned()).collect();
    let help = match closest(name, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "write an IANA name such as `Europe/Brussels`".to_owned(),
    };
    findings.add(node.place, format!("{} is no time zone", shown(name)), help);
    None
}

fn read_id(entry: &Entry, findings: &mut Findings) -> Option<RecipientId> {
    if may_be_phone_number(&entry.key) {
        // Ids are printed everywhere, numbers nowhere.
        let message = "a phone number stands here where a person's id belongs";
        findings.add(entry.place, message, format!("write such as `{PERSON_EXAMPLE}`"));
        return None;
    }
    RecipientId::parse(&entry.key).map_err(|sentence| findings.add_sentence(entry.place, &sentence)).ok()
}

fn read_person(
    entry: &Entry,
    prefixes: &[Prefix],
    owners: &mut BTreeMap<Number, String>,
    findings: &mut Findings,
) -> Option<Person> {
    let who = shown(&entry.key);
    let fields = Fields::read(&entry.value, &who, &["phone", "timezone", "language"], findings)?;
    let timezone = fields.get("timezone").map(|node| read_zone(node, findings));
    let language = fields.get("language").map(|node| read_language(node, findings));
    let phone = fields.need("phone", &who, "phone: \"+33639980001\"", findings)?;
    let number = read_number(phone, &who, prefixes, findings)?;
    if let Some(owner) = owners.get(&number) {
        let message = format!("{who} has the same number as {owner}");
        findings.add(phone.place, message, "give each their own, or keep one of the two");
        return None;
    }
    owners.insert(number.clone(), who);
    Some(Person { number, timezone: timezone.flatten(), language: language.flatten() })
}

fn read_number(node: &Node, who: &str, prefixes: &[Prefix], findings: &mut Findings) -> Option<Number> {
    if matches!(node.value, Value::Number(_)) {
        let message = format!("the phone of {who} is read as a number, and the `+` is lost");
        findings.add(node.place, message, "put it in quotes with its `+`, such as `\"+33639980001\"`");
        return None;
    }
    let number = match Number::parse(text(node, "phone", "+33639980001", findings)?) {
        Ok(number) => number,
        Err(sentence) => {
            findings.add_sentence(node.place, &format!("the phone of {who} is wrong: {sentence}"));
            return None;
        }
    };
    if let Some(kind) = number.costly() {
        findings.add(node.place, format!("the number of {who} is {kind}"), "write the number of a mobile phone");
        return None;
    }
    if !prefixes.is_empty() && !prefixes.iter().any(|prefix| prefix.allows(&number)) {
        let message = format!("the number of {who} begins with none of the `allowed_prefixes:`");
        findings.add(node.place, message, "correct the number, or add its prefix there");
        return None;
    }
    Some(number)
}

fn read_language(node: &Node, findings: &mut Findings) -> Option<String> {
    let tag = text(node, "language", "fr", findings)?;
    let well_formed = tag.len() <= MAX_LANGUAGE_LEN
        && tag.starts_with(|c: char| c.is_ascii_alphabetic())
        && tag.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if !well_formed {
        findings.add(node.place, format!("{} is no language", shown(tag)), "write a tag such as `fr` or `pt-BR`");
        return None;
    }
    Some(tag.to_owned())
}

/// Most people in a file: each is a label of several metrics, and one modem texts a few people a minute.
const MAX_PEOPLE: usize = 500;

/// RFC 5646, 4.4.1: the least a tag's reader has to take.
const MAX_LANGUAGE_LEN: usize = 35;

pub(super) const PERSON_EXAMPLE: &str = "ana: { phone: \"+33639980001\" }";

pub(super) const PREFIXES_EXAMPLE: &str = "[ \"+33\" ]";
