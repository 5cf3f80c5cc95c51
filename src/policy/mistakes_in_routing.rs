//! One fixture a mistake, its expected sentences beside it: schedules, matchers and routes.

use crate::policy::mistakes::{GOOD, check, told};

#[test]
fn wrong_matcher_is_told_at_its_very_sign() {
    for (good, bad, expected) in [
        (
            "'team=\"db\"'",
            "'team'",
            "r.yml:15:24: `team` has no operator; write `=`, `!=`, `=~` or `!~` after a label name; a name with other \
             signs or spaces needs double quotes",
        ),
        (
            "'team=\"db\"'",
            "'+33639980008'",
            "r.yml:15:32: `+33*********` has no operator; write `=`, `!=`, `=~` or `!~` after a label name; a name with other \
             signs or spaces needs double quotes",
        ),
        ("'team=\"db\"'", "team==db", "r.yml:15:23: `==` is no operator; write `=`"),
        (
            "'team=\"db\"'",
            "'team=~\"a(b\"'",
            "r.yml:15:26: the regular expression `a(b` is wrong: unclosed group; see \
             https://github.com/google/re2/wiki/Syntax",
        ),
        (
            "'team=\"db\"'",
            "{team=\"db\"}",
            "r.yml:15:19: a matcher with `{}` around it needs quotes; write such as `[ 'severity=\"critical\"' ]`",
        ),
        (
            "[ 'team=\"db\"' ]",
            "team=db",
            "r.yml:15:17: `matchers:` should be a list, here is a text; write such as `[ 'severity=\"critical\"' ]`",
        ),
        (
            "[ 'alertname=\"Watchdog\"' ]",
            "[ 'alertname=~\".*\"' ]",
            "r.yml:19:17: the heartbeat would take alerts that have none of its labels, and they would never be \
             texted; name the alert, such as `[ 'alertname=\"Watchdog\"' ]`",
        ),
        (
            "[ 'alertname=\"Watchdog\"' ]",
            "[]",
            "r.yml:19:17: the heartbeat would take alerts that have none of its labels, and they would never be \
             texted; name the alert, such as `[ 'alertname=\"Watchdog\"' ]`",
        ),
    ] {
        check(good, bad, &[expected]);
    }
}

#[test]
fn wrong_duration_is_refused() {
    for (good, bad, expected) in [
        (
            "after: 20m",
            "after: 20min",
            "r.yml:16:21: `20min` is no duration; write such as `30s`, `5m`, `1h30m`, `1d`, `1w`",
        ),
        (
            "after: 20m",
            "after: 20",
            "r.yml:16:21: `remind_after:` is read as a number; put it in quotes, such as `\"20m\"`",
        ),
        ("after: 20m", "after: 10s", "r.yml:16:21: `remind_after:` of `10s` is too short; write `1m` or more"),
        ("every: 5m", "every: 1s", "r.yml:19:52: `every:` of `1s` is too short; write `10s` or more"),
        (
            "every: 5m",
            "every: 1m1h",
            "r.yml:19:52: `1m1h` names its units out of order; write the larger first and each once, such as `1h30m`",
        ),
        (
            "every: 1w",
            "every: 90m",
            "r.yml:7:24: `90m` is no length of a turn, which is whole hours, or whole days and weeks; write such as \
             `12h`, `1d` or `1w`",
        ),
        (
            "every: 1w",
            "every: 1d12h",
            "r.yml:7:24: `1d12h` is no length of a turn, which is whole hours, or whole days and weeks; write such \
             as `12h`, `1d` or `1w`",
        ),
        ("every: 1w", "every: 0d", "r.yml:7:24: a turn of no time never ends; write such as `12h`, `1d` or `1w`"),
        (
            "every: 1w",
            "every: 9999999999999999w",
            "r.yml:7:24: `9999999999999999w` is no length of a turn, which is whole hours, or whole days and weeks; \
             write such as `12h`, `1d` or `1w`",
        ),
    ] {
        check(good, bad, &[expected]);
    }
}

#[test]
fn schedule_that_cannot_be_kept_is_refused() {
    for (good, bad, expected) in [
        (
            "\"Mon 09:00\"",
            "\"Mon 9:00\"",
            "r.yml:7:37: `Mon 9:00` is no time of a hand-off; write such as `\"Mon 09:00\"` or `\"09:00\"`",
        ),
        (
            "from: 2026-01-05",
            "from: 2026-02-30",
            "r.yml:7:56: `2026-02-30` is no date; write year, month and day, such as `2026-01-05`",
        ),
        (
            "from: 2026-01-05",
            "from: 2026-01-05T09:00",
            "r.yml:7:56: `2026-01-05T09:00` is no date; write year, month and day, such as `2026-01-05`",
        ),
        (
            "from: 2026-01-05",
            "from: 2026-01-07",
            "r.yml:7:56: `2026-01-07` is a Wednesday, and `handoff:` says Monday; write `2026-01-05` or `2026-01-12`",
        ),
        (
            "every: 1w",
            "every: 3d",
            "r.yml:7:37: `handoff:` names a weekday, but turns are no whole weeks; write `09:00` alone, or `every: 1w`",
        ),
        (
            "members: [ana, bob]",
            "members: []",
            "r.yml:7:77: `members:` is empty, so nobody would be on call; write such as `[ana, bob]`",
        ),
        (
            "members: [bob]",
            "members: []",
            "r.yml:9:66: `members:` is empty, so nobody would be on call; write such as `[ana, bob]`",
        ),
        (
            "to: 2026-12-26T09:00",
            "to: 2026-12-24T18:00",
            "r.yml:9:39: the override ends before it begins; write a `to:` after its `from:`",
        ),
        (
            "to: 2026-12-26T09:00",
            "to: 2026-12-26",
            "r.yml:9:39: `2026-12-26` is no date and time; write such as `2026-12-24T18:00`, in the zone of the \
             schedule",
        ),
        (
            "to: 2026-12-26T09:00",
            "to: 2026-12-26T25:00",
            "r.yml:9:39: `2026-12-26T25:00` is no date and time; write such as `2026-12-24T18:00`, in the zone of \
             the schedule",
        ),
        (
            "    timezone: Europe/Brussels\n",
            "",
            "r.yml:6:5: schedule `platform` has no `timezone:`; write such as `timezone: Europe/Brussels`",
        ),
        (
            "    timezone: Europe/Brussels\n",
            "    timezone: CEST\n",
            "r.yml:6:15: `CEST` is no time zone; did you mean `CET`?",
        ),
        (
            "handoff: \"Mon 09:00\", ",
            "",
            "r.yml:7:15: `rotation:` has no `handoff:`; write such as `handoff: \"Mon 09:00\"`",
        ),
        (
            "  platform:",
            "  plat form:",
            "r.yml:5:3: `plat form` is no name for a schedule; use 1 to 64 letters, digits, `.`, `_` and `-`",
        ),
    ] {
        let source = GOOD.replacen(good, bad, 1);
        let findings = told(&source);
        assert!(findings.contains(&expected.to_owned()), "`{bad}`: {findings:#?}");
        assert!(findings.len() == 1 || bad == "  plat form:", "`{bad}`: {findings:#?}");
    }
}

#[test]
fn route_that_pages_nobody_by_accident_is_refused() {
    const ROOT: &str = "  page: [schedule:platform]\n";
    const LOST: &str =
        "the root route pages nobody, so an alert that fits no other route would be lost; write such as `page: [ana]`";
    for (good, bad, expected) in [
        (ROOT, "  page: []\n", format!("r.yml:11:9: {LOST}")),
        (
            ROOT,
            "  matchers: [ a=b ]\n  page: [ana]\n",
            "r.yml:11:13: the root route has `matchers:`, and it has to catch every alert; move them to a route \
             under `routes:`"
                .to_owned(),
        ),
        (
            "      page: []",
            "      page:",
            "r.yml:14:11: `page:` is empty; write `[]` if nobody shall be told, or \
                                           such as `[ana]`"
                .to_owned(),
        ),
        (
            "      page: []",
            "      page: []\n      routes:\n        - matchers: [ a=b ]",
            "r.yml:16:11: `route.routes[0].routes[0]` pages nobody, because a route above it says `page: []`; write \
             `page: []` here too, or name somebody"
                .to_owned(),
        ),
        (
            "      remind",
            "      continue: yes\n      remind",
            "r.yml:16:17: `continue:` is neither `true` nor \
            `false`; write one of them, without quotes"
                .to_owned(),
        ),
        (
            "fallback: [ana]",
            "fallback: []",
            "r.yml:17:11: `fallback:` is empty, so a page nobody gets would be lost; \
                                             write such as `[ana]`"
                .to_owned(),
        ),
        (
            "fallback: [ana]",
            "fallback: ana",
            "r.yml:17:11: `fallback:` should be a list, here is a text; write such \
                                              as `[ana]`"
                .to_owned(),
        ),
        (
            "fallback: [ana]\n",
            "",
            "r.yml:1:1: the routing file has no `fallback:`; write such as `fallback: \
            [ana]`"
                .to_owned(),
        ),
        (
            "every: 5m }",
            "every: 5m }\n  - { name: Watchdog, matchers: [ a=b ], every: 5m }",
            "r.yml:20:5: two \
            heartbeats have the name `Watchdog`; give one of them another `name:`"
                .to_owned(),
        ),
        ("host: [host]", "host: []", "r.yml:21:39: `host:` names no label; write such as `[host]`".to_owned()),
    ] {
        check(good, bad, &[&expected]);
    }
    let no_page = GOOD.replacen(ROOT, "", 1).replacen("remind_after: 20m", "page: [ana]", 1);
    assert_eq!(told(&no_page), [format!("r.yml:11:3: {LOST}")]);
}
