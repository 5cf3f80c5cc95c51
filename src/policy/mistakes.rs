//! One fixture a mistake, its expected sentences beside it: the file as a whole, its names and people.

use crate::policy::snapshot::Policy;

/// A good file; every fixture changes one thing in it.
pub(super) const GOOD: &str = r#"people:
  ana: { phone: "+33639980001", timezone: Europe/Brussels }
  bob: { phone: "+33639980002" }
schedules:
  platform:
    timezone: Europe/Brussels
    rotation: { every: 1w, handoff: "Mon 09:00", from: 2026-01-05, members: [ana, bob] }
    overrides:
      - { from: 2026-12-24T18:00, to: 2026-12-26T09:00, members: [bob] }
route:
  page: [schedule:platform]
  routes:
    - matchers: [ 'severity="info"' ]
      page: []
    - matchers: [ 'team="db"' ]
      remind_after: 20m
fallback: [ana]
heartbeats:
  - { matchers: [ 'alertname="Watchdog"' ], every: 5m }
allowed_prefixes: [ "+33" ]
labels: { severity: [severity], host: [host] }
"#;

pub(super) fn told(source: &str) -> Vec<String> {
    match Policy::load("r.yml", source) {
        Ok(_) => Vec::new(),
        Err(findings) => findings.iter().map(ToString::to_string).collect(),
    }
}

/// Replaces `good` by `bad` in the good file and expects exactly these findings.
pub(super) fn check(good: &str, bad: &str, expected: &[&str]) {
    assert!(GOOD.contains(good), "`{good}` is not in the good file");
    assert_eq!(told(&GOOD.replacen(good, bad, 1)), expected, "`{good}` became `{bad}`");
}

#[test]
fn good_file_has_no_mistake() {
    assert_eq!(told(GOOD), Vec::<String>::new());
}

#[test]
fn key_that_is_not_known_is_refused_with_the_one_that_was_meant() {
    for (good, bad, expected) in [
        (
            "fallback:",
            "falback: []\nfallback:",
            "r.yml:17:1: `falback` is no key of the routing file; did you mean `fallback:`?",
        ),
        ("timezone: Eu", "timezoone: Eu", "r.yml:2:33: `timezoone` is no key of `ana`; did you mean `timezone:`?"),
        (
            "  page: [s",
            "  receiver: x\n  page: [s",
            "r.yml:11:3: `receiver` is no key of `route`; did you mean `page:`?",
        ),
        (
            "remind_after: 20m",
            "zzz: 20m",
            "r.yml:16:7: `zzz` is no key of `route.routes[1]`; known are `matchers:`, `page:`, `template:`, \
             `remind_after:`, `continue:`, `routes:`",
        ),
        (
            "remind_after: 20m",
            "escalate: []",
            "r.yml:16:7: `escalate:` is not built yet; remove it; the word is reserved",
        ),
        ("labels: {", "labels: { hosts: [a],", "r.yml:21:11: `hosts` is no key of `labels:`; did you mean `host:`?"),
    ] {
        check(good, bad, &[expected]);
    }
}

#[test]
fn name_that_stands_for_nobody_is_refused() {
    for (good, bad, expected) in [
        (
            "page: [schedule:platform]",
            "page: [bpb]",
            "r.yml:11:10: `bpb` is nobody under `people:`; did you mean `bob`?",
        ),
        (
            "page: [schedule:platform]",
            "page: [schedule:plattform]",
            "r.yml:11:10: `plattform` is no schedule under `schedules:`; did you mean `schedule:platform`?",
        ),
        (
            "page: [schedule:platform]",
            "page: [platform]",
            "r.yml:11:10: `platform` is a schedule, not a person; write `schedule:platform`",
        ),
        (
            "members: [ana, bob]",
            "members: [anna, bob]",
            "r.yml:7:78: `anna` is nobody under `people:`; did you mean `ana`?",
        ),
        ("members: [bob]", "members: [zoe]", "r.yml:9:67: `zoe` is nobody under `people:`; known are `ana`, `bob`"),
        ("fallback: [ana]", "fallback: [an]", "r.yml:17:12: `an` is nobody under `people:`; did you mean `ana`?"),
        (
            "fallback: [ana]",
            "fallback: [schedule:platform]",
            "r.yml:17:12: `schedule:platform` is a schedule, and `fallback:` names people only; write the id of a \
             person",
        ),
        (
            "fallback: [ana]",
            "fallback: [platform]",
            "r.yml:17:12: `platform` is a schedule, and `fallback:` names people only; write the id of a person",
        ),
        (
            "fallback: [ana]",
            "fallback: [\"+33639980001\"]",
            "r.yml:17:12: `+33…` is nobody under `people:`; known are `ana`, `bob`",
        ),
    ] {
        check(good, bad, &[expected]);
    }
}

#[test]
fn number_that_cannot_be_texted_is_refused_and_never_shown() {
    const ANA: &str = "\"+33639980001\"";
    for (good, bad, expected) in [
        (
            ANA,
            "33639980001",
            "r.yml:2:17: the phone of `ana` is read as a number, and the `+` is lost; put it in quotes with its `+`, \
             such as `\"+33639980001\"`",
        ),
        (
            ANA,
            "+33639980001",
            "r.yml:2:17: the phone of `ana` is read as a number, and the `+` is lost; put it in quotes with its `+`, \
             such as `\"+33639980001\"`",
        ),
        (
            ANA,
            "\"+3363998\u{e9}\"",
            "r.yml:2:17: the phone of `ana` is wrong: a phone number is made of `+` and the digits 0 to 9, this one \
             has \
             `é`; write it as `+33639980001`",
        ),
        (
            ANA,
            "\"+447700900123\"",
            "r.yml:2:17: the number of `ana` begins with none of the `allowed_prefixes:`; correct the number, or add \
             its \
             prefix there",
        ),
        (
            ANA,
            "\"+88160000000\"",
            "r.yml:2:17: the number of `ana` is a satellite phone; write the number of a mobile phone",
        ),
        (
            "\"+33639980002\"",
            ANA,
            "r.yml:3:17: `bob` has the same number as `ana`; give each their own, or keep one of the two",
        ),
        (
            "bob: { phone: \"+33639980002\" }",
            "bob: {}",
            "r.yml:3:8: `bob` has no `phone:`; write such as `phone: \"+33639980001\"`",
        ),
        (
            "[ \"+33\" ]",
            "[ \"33\" ]",
            "r.yml:20:21: a prefix is `+` and the digits of a country code, `33` is not; write `+33` for France, say",
        ),
        (
            "[ \"+33\" ]",
            "[ +33 ]",
            "r.yml:20:21: `allowed_prefixes:` is read as a number; put it in quotes, such as `\"+33\"`",
        ),
        (
            "[ \"+33\" ]",
            "[]",
            "r.yml:20:19: `allowed_prefixes:` is empty, so no number may be texted; write such as `[ \"+33\" ]`",
        ),
        (
            "allowed_prefixes: [ \"+33\" ]\n",
            "",
            "r.yml:1:1: the routing file has no `allowed_prefixes:`; write such as `allowed_prefixes: [ \"+33\" ]`",
        ),
    ] {
        check(good, bad, &[expected]);
    }
}

#[test]
fn person_who_cannot_be_is_refused() {
    for (good, bad, expected) in [
        (
            "  bob: {",
            "  \"b b\": { phone: \"+33639980003\" }\n  bob: {",
            "r.yml:3:3: a person's id is made of letters, digits, `.`, `_` and `-`; `b b` has ` `",
        ),
        (
            "timezone: Europe/Brussels }",
            "timezone: Europe/Brusels }",
            "r.yml:2:43: `Europe/Brusels` is no time zone; did you mean `Europe/Brussels`?",
        ),
        (
            "timezone: Europe/Brussels }",
            "timezone: Middle/Earth }",
            "r.yml:2:43: `Middle/Earth` is no time zone; write an IANA name such as `Europe/Brussels`",
        ),
        (
            "timezone: Europe/Brussels }",
            "language: fr_FR }",
            "r.yml:2:43: `fr_FR` is no language; write a tag such as `fr` or `pt-BR`",
        ),
        (
            "bob: { phone: \"+33639980002\" }",
            "bob: \"+33639980002\"",
            "r.yml:3:8: `bob` should be a mapping (`key: value` lines), here is a text; see the example routing file",
        ),
        (
            "  bob:",
            "  ana: { phone: \"+33639980003\" }\n  bob:",
            "r.yml:3:3: `ana` stands here twice, the first time in line 2; keep one of them",
        ),
    ] {
        check(good, bad, &[expected]);
    }
}

#[test]
fn file_that_is_no_yaml_is_told_where() {
    for (source, expected) in [
        ("", "r.yml: the file is empty; begin with the example routing file"),
        ("# nothing yet\n", "r.yml: the file is empty; begin with the example routing file"),
        (
            "- a\n",
            "r.yml:1:1: the routing file should be a mapping (`key: value` lines), here is a list; see the example \
             routing file",
        ),
        (
            "people: [\n",
            "r.yml:1:9: this is not YAML: unclosed bracket '['; look at this line and the one \
             above; a text with `: `, ` #` or a leading sign needs quotes",
        ),
        ("people:\n\tana: x\n", "r.yml:2:1: a tab indents this line, which YAML does not allow; indent with spaces"),
    ] {
        assert_eq!(told(source), [expected]);
    }
}

#[test]
fn alias_bomb_is_refused() {
    let mut bomb = String::from("people: &a0 [x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let before = level - 1;
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 8].join(", ")));
    }
    let expected = "r.yml:6:10: the file holds more than 50000 values once every `*alias` is written out; \
                    write fewer aliases or a shorter file";
    assert_eq!(told(&bomb), [expected]);
}

#[test]
fn tree_and_people_beyond_their_limits_are_refused() {
    let mut routes = String::new();
    for level in 0..32 {
        routes.push_str(&format!(
            "{:indent$}routes:\n{:indent$}  - matchers: [ a=b ]\n",
            "",
            "",
            indent = 2 + level * 4
        ));
    }
    let tree = GOOD.split_once("  routes:").map(|(head, _)| head).expect("routes");
    let tail = GOOD.split_once("fallback").map(|(_, tail)| tail).expect("a fallback");
    let source = format!("{tree}{routes}fallback{tail}");
    let expected = "r.yml:75:131: routes are nested more than 32 levels deep; nest less";
    assert_eq!(told(&source), [expected]);

    let many: String = (0..500).map(|n| format!("  p{n}: {{ phone: \"+3363998{n:04}\" }}\n")).collect();
    let source = GOOD.replacen("people:\n", &format!("people:\n{many}"), 1);
    assert_eq!(
        told(&source),
        ["r.yml:2:3: there are 502 people, more than the 500 that are kept; name only those who may be paged"]
    );
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let source = GOOD
        .replacen("+33639980001", "0639980001", 1)
        .replacen("every: 1w", "every: soon", 1)
        .replacen("team=\"db\"", "team", 1)
        .replacen("fallback: [ana]", "fallback: [bpb]", 1)
        .replacen("labels:", "lables:", 1);
    let lines: Vec<_> =
        told(&source).iter().map(|line| line.split(": ").next().unwrap_or_default().to_owned()).collect();
    assert_eq!(lines, ["r.yml:2:17", "r.yml:7:24", "r.yml:15:24", "r.yml:17:12", "r.yml:21:1"]);
}
