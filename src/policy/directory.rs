//! Who and what can be named: the keys under `people:` and `schedules:`, whether or not all is well behind
//! them, so that one mistake there does not become ten elsewhere.

use std::collections::BTreeSet;

use crate::message::RecipientId;
use crate::route::Target;
use crate::yaml::{Findings, Node, Value, closest, may_be_phone_number, shown, text};

/// The names in the file.
#[derive(Default)]
pub(super) struct Directory {
    people: BTreeSet<String>,
    schedules: BTreeSet<String>,
}

impl Directory {
    /// Takes the keys of both mappings; what is wrong with them is told by whoever reads what is behind.
    pub(super) fn new(people: Option<&Node>, schedules: Option<&Node>) -> Self {
        Self { people: keys(people), schedules: keys(schedules) }
    }

    /// A person, where only people may stand (`what` names the place: `fallback:`).
    pub(super) fn person(&self, node: &Node, what: &str, findings: &mut Findings) -> Option<RecipientId> {
        let name = text(node, what, "ana", findings)?;
        let schedule = name.strip_prefix(Target::SCHEDULE_PREFIX);
        if schedule.is_some() || (!self.people.contains(name) && self.schedules.contains(name)) {
            let message = format!("{} is a schedule, and `{what}:` names people only", shown(name));
            findings.add(node.place, message, "write the id of a person");
            return None;
        }
        self.known_person(name, node, findings)
    }

    /// A person, or a schedule behind `schedule:`.
    pub(super) fn target(&self, node: &Node, findings: &mut Findings) -> Option<Target> {
        let name = text(node, "page", "ana", findings)?;
        if let Some(schedule) = name.strip_prefix(Target::SCHEDULE_PREFIX) {
            return self.known_schedule(schedule, node, findings);
        }
        if !self.people.contains(name) && self.schedules.contains(name) {
            let message = format!("{} is a schedule, not a person", shown(name));
            findings.add(node.place, message, format!("write `{}{name}`", Target::SCHEDULE_PREFIX));
            return None;
        }
        self.known_person(name, node, findings).map(Target::Person)
    }

    fn known_person(&self, name: &str, node: &Node, findings: &mut Findings) -> Option<RecipientId> {
        if self.people.contains(name) {
            return RecipientId::parse(name).ok();
        }
        let help = suggestion(name, &self.people, "", "add the person there first");
        findings.add(node.place, format!("{} is nobody under `people:`", shown(name)), help);
        None
    }

    fn known_schedule(&self, name: &str, node: &Node, findings: &mut Findings) -> Option<Target> {
        if self.schedules.contains(name) {
            return Some(Target::Schedule(name.to_owned()));
        }
        let help = suggestion(name, &self.schedules, Target::SCHEDULE_PREFIX, "add it there first");
        findings.add(node.place, format!("{} is no schedule under `schedules:`", shown(name)), help);
        None
    }
}

fn keys(node: Option<&Node>) -> BTreeSet<String> {
    match node.map(|node| &node.value) {
        Some(Value::Map(entries)) => entries.iter().map(|entry| entry.key.clone()).collect(),
        _ => BTreeSet::new(),
    }
}

/// The name that was meant, or a few to choose from.
fn suggestion(name: &str, known: &BTreeSet<String>, prefix: &str, otherwise: &str) -> String {
    // A number somebody has written in the place of a name is not told on.
    let known: BTreeSet<&String> = known.iter().filter(|name| !may_be_phone_number(name)).collect();
    if let Some(meant) = closest(name, known.iter().map(|name| name.as_str())) {
        return format!("did you mean `{prefix}{meant}`?");
    }
    let few: Vec<_> = known.iter().take(MAX_LISTED).map(|name| format!("`{prefix}{name}`")).collect();
    match known.len() {
        1..=MAX_LISTED => format!("known are {}", few.join(", ")),
        _ => otherwise.to_owned(),
    }
}

/// Names a finding lists; more are not read.
const MAX_LISTED: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::load::WORDS;
    use crate::yaml::parse;

    fn check(target: &str, expected: Result<&str, &str>) {
        let people = parse("x", "{ ana: 1, bob: 2 }").expect("good YAML");
        let schedules = parse("x", "{ platform: 1, bob: 2 }").expect("good YAML");
        let directory = Directory::new(Some(&people), Some(&schedules));
        let mut findings = Findings::new("x", &WORDS);
        let found = directory.target(&parse("x", target).expect("good YAML"), &mut findings);
        let told = findings.finish().first().map(ToString::to_string).unwrap_or_default();
        assert_eq!(found.map(|target| target.to_string()).ok_or(told.as_str()), expected.map(str::to_owned));
    }

    #[test]
    fn target_is_a_person_or_a_schedule_behind_its_prefix() {
        check("ana", Ok("ana"));
        check("bob", Ok("bob"));
        check("schedule:platform", Ok("schedule:platform"));
        check("schedule:bob", Ok("schedule:bob"));
    }

    #[test]
    fn unknown_name_is_told_with_the_one_that_was_meant() {
        check("bop", Err("x:1:1: `bop` is nobody under `people:`; did you mean `bob`?"));
        check("platform", Err("x:1:1: `platform` is a schedule, not a person; write `schedule:platform`"));
        check("zoe", Err("x:1:1: `zoe` is nobody under `people:`; known are `ana`, `bob`"));
        let meant = "x:1:1: `platfrom` is no schedule under `schedules:`; did you mean `schedule:platform`?";
        check("schedule:platfrom", Err(meant));
        let known = "x:1:1: `+33…` is nobody under `people:`; known are `ana`, `bob`";
        check("\"+33639980001\"", Err(known));
    }
}
