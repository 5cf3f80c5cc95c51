//! The routing file from top to bottom.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use jiff::SignedDuration;

use crate::finding::Finding;
use crate::message::RecipientId;
use crate::policy::directory::Directory;
use crate::policy::people::{PERSON_EXAMPLE, PREFIXES_EXAMPLE, read_people, read_prefixes};
use crate::policy::routes::{MATCHERS_EXAMPLE, read_matchers, read_tree};
use crate::policy::schedules::read_schedules;
use crate::policy::snapshot::{HeartbeatRule, LabelNames, Policy};
use crate::route::{MAX_TREE_DEPTH, Matcher, Operator};
use crate::yaml::{self, Fields, Findings, Node, Value, Words, list, shown, text};

impl Policy {
    /// Reads the routing file. `file` is its name as the operator gave it, `source` its text.
    ///
    /// # Errors
    /// Every mistake that can be told, in the order of the file; at least one.
    pub fn load(file: &str, source: &str) -> Result<Self, Vec<Finding>> {
        let root = yaml::parse(file, source).map_err(|finding| vec![finding])?;
        if root.value == Value::Null {
            return Err(vec![Finding::whole(file, "the file is empty", "begin with the example routing file")]);
        }
        let mut findings = Findings::new(file, &WORDS);
        match read(&root, &mut findings) {
            Some(policy) if findings.is_empty() => Ok(policy),
            _ => Err(findings.finish()),
        }
    }
}

fn read(root: &Node, findings: &mut Findings) -> Option<Policy> {
    let what = "the routing file";
    let known = ["people", "schedules", "route", "fallback", "heartbeats", "allowed_prefixes", "labels"];
    let fields = Fields::read(root, what, &known, findings)?;
    let mut need = |key, example: &str| fields.need(key, what, &format!("{key}: {example}"), findings);
    let people = need("people", &format!("{{ {PERSON_EXAMPLE} }}"));
    let route = need("route", "{ page: [ana] }");
    let fallback = need("fallback", "[ana]");
    let prefixes = need("allowed_prefixes", PREFIXES_EXAMPLE);
    let schedules = fields.get_filled("schedules");

    let directory = Directory::new(people, schedules);
    let allowed_prefixes = prefixes.map(|node| read_prefixes(node, findings)).unwrap_or_default();
    let people = people.map(|node| read_people(node, &allowed_prefixes, findings));
    let schedules = schedules.map(|node| read_schedules(node, &directory, findings)).unwrap_or_default();
    let fallback = fallback.and_then(|node| read_fallback(node, &directory, findings));
    let heartbeats = fields.get_filled("heartbeats").map(|node| read_heartbeats(node, findings)).unwrap_or_default();
    let labels = fields.get_filled("labels").and_then(|node| read_labels(node, findings)).unwrap_or_default();
    // Last, because a tree grows only where nothing is wrong.
    let tree = route.and_then(|node| read_tree(node, &directory, findings));
    Some(Policy { people: people?, schedules, tree: tree?, fallback: fallback?, heartbeats, allowed_prefixes, labels })
}

fn read_fallback(node: &Node, directory: &Directory, findings: &mut Findings) -> Option<Vec<RecipientId>> {
    let items = list(node, "fallback", "[ana]", findings)?;
    if items.is_empty() {
        let message = "`fallback:` is empty, so a page nobody gets would be lost";
        findings.add(node.place, message, "write such as `[ana]`");
    }
    let mut fallback = Vec::new();
    for id in items.iter().filter_map(|item| directory.person(item, "fallback", findings)) {
        if !fallback.contains(&id) {
            fallback.push(id);
        }
    }
    Some(fallback)
}

fn read_heartbeats(node: &Node, findings: &mut Findings) -> Vec<HeartbeatRule> {
    let items = list(node, "heartbeats", HEARTBEATS_EXAMPLE, findings).unwrap_or_default();
    let mut taken = BTreeSet::new();
    let mut rules = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(rule) = read_heartbeat(item, index + 1, findings) else { continue };
        if !taken.insert(rule.name.clone()) {
            let message = format!("two heartbeats have the name {}", shown(&rule.name));
            findings.add(item.place, message, "give one of them another `name:`");
        }
        rules.push(rule);
    }
    rules
}

fn read_heartbeat(node: &Node, number: usize, findings: &mut Findings) -> Option<HeartbeatRule> {
    let what = "a heartbeat";
    let fields = Fields::read(node, what, &["name", "matchers", "every"], findings)?;
    let matchers_node = fields.need("matchers", what, &format!("matchers: {MATCHERS_EXAMPLE}"), findings);
    let every = fields.need("every", what, "every: 5m", findings);
    let name = fields.get("name").map(|node| text(node, "name", "watchdog", findings).map(str::to_owned));
    let every = every.and_then(|node| yaml::duration(node, "every", "5m", &HEARTBEAT_BOUNDS, findings));
    let matchers = read_matchers(matchers_node?, findings)?;
    // Its alerts are never texted, so it must not take whatever comes along.
    if matchers.iter().all(|matcher| matcher.matches(&BTreeMap::new())) {
        let message = "the heartbeat would take alerts that have none of its labels, and they would never be texted";
        findings.add(matchers_node?.place, message, "name the alert, such as `[ 'alertname=\"Watchdog\"' ]`");
    }
    let name = name.unwrap_or_else(|| Some(default_name(&matchers, number)))?;
    Some(HeartbeatRule { name, matchers, every: every? })
}

/// The alert it waits for, where the matchers say that.
fn default_name(matchers: &[Matcher], number: usize) -> String {
    let named = matchers.iter().find(|matcher| matcher.name() == "alertname" && matcher.operator() == Operator::Equal);
    match named {
        Some(matcher) if !matcher.value().is_empty() => matcher.value().to_owned(),
        _ => format!("heartbeat-{number}"),
    }
}

fn read_labels(node: &Node, findings: &mut Findings) -> Option<LabelNames> {
    let fields = Fields::read(node, "`labels:`", &["severity", "host"], findings)?;
    let default = LabelNames::default();
    let mut names = |key, otherwise| match fields.get(key) {
        Some(node) => read_names(node, key, findings).unwrap_or_default(),
        None => otherwise,
    };
    Some(LabelNames { severity: names("severity", default.severity), host: names("host", default.host) })
}

fn read_names(node: &Node, key: &str, findings: &mut Findings) -> Option<Vec<String>> {
    let items = list(node, key, &format!("[{key}]"), findings)?;
    if items.is_empty() {
        findings.add(node.place, format!("`{key}:` names no label"), format!("write such as `[{key}]`"));
    }
    Some(items.iter().filter_map(|item| text(item, key, key, findings).map(str::to_owned)).collect())
}

/// Alertmanager flushes a group every ten seconds at most; a heart that beats faster cannot be heard.
const HEARTBEAT_BOUNDS: RangeInclusive<SignedDuration> = SignedDuration::from_secs(10)..=SignedDuration::MAX;

// A tree that is too deep is still read, and told so in its own words: a level takes a mapping and a list.
const _: () = assert!(yaml::MAX_DEPTH > 2 * MAX_TREE_DEPTH + 8);

/// How mistakes in a routing file are worded.
pub(super) const WORDS: Words = Words {
    example: "the example routing file",
    // Until pages escalate.
    reserved: &["escalate"],
    // What people bring along from `alertmanager.yml` and its neighbours.
    elsewhere: &[
        ("receiver", "page"),
        ("match", "matchers"),
        ("match_re", "matchers"),
        ("repeat_interval", "remind_after"),
        ("number", "phone"),
        ("users", "members"),
        ("time_zone", "timezone"),
        ("location", "timezone"),
    ],
};

const HEARTBEATS_EXAMPLE: &str = "- { matchers: [ 'alertname=\"Watchdog\"' ], every: 5m }";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::Targets;

    const EXAMPLE: &str = r#"
people:
  ana: { phone: "+33639980001", timezone: Europe/Brussels, language: fr }
  bob: { phone: "+33639980002" }
schedules:
  platform:
    timezone: Europe/Brussels
    rotation: { every: 1w, handoff: "Mon 09:00", from: 2026-01-05, members: [ana, bob] }
    overrides:
      - { from: 2026-12-24T18:00, to: 2026-12-26T09:00, members: [bob] }
route:                          # a tree, as in alertmanager.yml; the root catches all and must name somebody
  page: [schedule:platform]
  routes:
    - matchers: [ 'severity="info"' ]
      page: []                  # explicitly nobody
    - matchers: [ 'team="db"', 'severity=~"critical|page"' ]
      page: [ana]
      template: default
      remind_after: 20m         # how soon the same open alert may be told again
fallback: [ana]                 # people only, mandatory
heartbeats:                     # matched alerts are never texted; their absence is (Watchdog)
  - { matchers: [ 'alertname="Watchdog"' ], every: 5m }
allowed_prefixes: [ "+33" ]
labels: { severity: [severity], host: [host, node, instance] }
"#;

    fn labels(pairs: &str) -> BTreeMap<String, String> {
        let pairs = pairs.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn example() -> Policy {
        Policy::load("routing.yml", EXAMPLE).expect("the example is good")
    }

    fn told(policy: &Policy, pairs: &str, at: &str) -> Vec<String> {
        let at = at.parse().expect(at);
        let hits = policy.tree.resolve(&labels(pairs));
        let ids: BTreeSet<_> = hits.iter().flat_map(|hit| policy.recipients(hit.page, at)).collect();
        ids.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn example_tells_whom_it_says() {
        let policy = example();
        for (pairs, at, expected) in [
            ("severity=critical", "2026-01-05T08:00:00Z", &["ana"][..]),
            ("severity=critical", "2026-01-12T08:00:00Z", &["bob"]),
            ("severity=critical", "2026-12-24T17:00:00Z", &["bob"]),
            ("severity=info", "2026-01-12T08:00:00Z", &[]),
            ("severity=page team=db", "2026-01-12T08:00:00Z", &["ana"]),
            ("", "2026-01-12T08:00:00Z", &["bob"]),
        ] {
            assert_eq!(told(&policy, pairs, at), expected, "{pairs} at {at}");
        }
    }

    #[test]
    fn fallback_gets_what_a_schedule_has_nobody_for() {
        let policy = example();
        assert_eq!(told(&policy, "severity=critical", "2025-12-31T00:00:00Z"), ["ana"]);
        assert!(policy.recipients(&Targets::default(), "2025-12-31T00:00:00Z".parse().expect("a time")).is_empty());
    }

    #[test]
    fn override_begins_at_the_wall_time_of_the_zone() {
        let zone = EXAMPLE.replace("from: 2026-12-24T18:00,", "from: 2026-12-21T18:00,");
        let offset = EXAMPLE.replace("from: 2026-12-24T18:00,", "from: 2026-12-21T18:00+01:00,");
        for source in [zone, offset] {
            let policy = Policy::load("routing.yml", &source).expect("a good file");
            assert_eq!(told(&policy, "", "2026-12-21T16:59:59Z"), ["ana"]);
            assert_eq!(told(&policy, "", "2026-12-21T17:00:00Z"), ["bob"]);
        }
    }

    #[test]
    fn labels_are_looked_up_in_their_order() {
        let policy = example();
        for (pairs, severity, host) in [
            ("severity=info host=a node=b", Some("info"), Some("a")),
            ("node=b instance=c:9100", None, Some("b")),
            ("host= instance=c:9100", None, Some("c:9100")),
            ("", None, None),
        ] {
            let labels = labels(pairs);
            assert_eq!((policy.severity(&labels), policy.host(&labels)), (severity, host), "{pairs}");
        }
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let source = "people: { ana: { phone: \"+33639980001\" } }\nroute: { page: [ana] }\nfallback: [ana]\n\
                      allowed_prefixes: [\"+33\"]\nheartbeats:\n";
        let policy = Policy::load("routing.yml", source).expect("the least file is good");
        assert_eq!(policy.labels, LabelNames::default());
        assert!(policy.schedules.is_empty() && policy.heartbeats.is_empty());
        let ana = RecipientId::parse("ana").expect("a good id");
        assert_eq!(policy.number(&ana).map(ToString::to_string), Some("+33…01".to_owned()));
        assert_eq!(policy.number(&RecipientId::parse("bob").expect("a good id")), None);
    }

    #[test]
    fn heartbeat_takes_its_alert_and_is_named_after_it() {
        let policy = example();
        let rule = policy.heartbeat(&labels("alertname=Watchdog severity=none")).expect("a heartbeat");
        assert_eq!((rule.name.as_str(), rule.every), ("Watchdog", SignedDuration::from_mins(5)));
        assert!(policy.heartbeat(&labels("alertname=Disk")).is_none());
        for (rule, name) in [
            ("{ matchers: ['job=\"x\"'], every: 5m }", "heartbeat-1"),
            ("{ matchers: ['alertname=~\"a|b\"'], every: 5m }", "heartbeat-1"),
            ("{ name: pulse, matchers: ['alertname=\"a\"'], every: 5m }", "pulse"),
        ] {
            let source = EXAMPLE.replace("{ matchers: [ 'alertname=\"Watchdog\"' ], every: 5m }", rule);
            assert_eq!(Policy::load("routing.yml", &source).expect("a good file").heartbeats[0].name, name);
        }
    }

    #[test]
    fn anchors_and_aliases_are_welcome() {
        let source = EXAMPLE
            .replace("fallback: [ana]", "fallback: *chiefs")
            .replace("page: [ana]", "page: &chiefs [bob, ana, bob]");
        let policy = Policy::load("routing.yml", &source).expect("a good file");
        let ids: Vec<_> = policy.fallback.iter().map(RecipientId::as_str).collect();
        assert_eq!(ids, ["bob", "ana"], "each once");
    }
}
