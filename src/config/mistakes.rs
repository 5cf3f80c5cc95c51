//! One fixture a mistake, its expected sentence beside it; and the files that have none.

use std::path::Path;
use std::time::Duration;

use crate::config::settings::{AlertmanagerConfig, Config, StormConfig};
use crate::dispatch::{InDoubtPolicy, Limits};
use crate::http::WebConfig;
use crate::modem::ModemConfig;
use crate::modem::setup::ModeChoice;
use crate::outbox::config::StorageConfig;

/// A good file; every fixture changes one thing in it.
const GOOD: &str = r#"routing_file: routing.yml
templates: [ "templates/*.hbs" ]
storage: { path: /var/lib/nightbell }
web: { token_file: token }
modems:
  - { name: er75i, address: "tcp://192.0.2.10:8081", mode: auto }
  - { name: stick, address: "serial:///dev/ttyUSB0?baud=9600", pin_file: pin, smsc: "+33639980000" }
alertmanager: { url: "http://127.0.0.1:9093" }
limits: { retention: 30d, expire_after: 24h, in_doubt: resend, in_doubt_grace: 20s, sim_per_day: 500 }
storm: { enabled: true }
"#;

fn told(source: &str) -> Vec<String> {
    match Config::load("n.yml", source) {
        Ok(_) => Vec::new(),
        Err(findings) => findings.iter().map(ToString::to_string).collect(),
    }
}

/// Replaces `good` by `bad` in the good file and expects exactly this finding.
fn check(good: &str, bad: &str, expected: &str) {
    assert!(GOOD.contains(good), "`{good}` is not in the good file");
    assert_eq!(told(&GOOD.replacen(good, bad, 1)), [expected], "`{good}` became `{bad}`");
}

#[test]
fn example_of_the_design_is_good() {
    let source = r#"routing_file: routing.yml
templates: [ "templates/*.hbs" ]
storage: { path: /var/lib/nightbell }
modems:
  - { name: er75i, address: "tcp://192.168.90.103:8081", mode: auto }
  - { name: stick, address: "serial:///dev/serial/by-id/usb-…?baud=115200", pin_file: pin.txt }
alertmanager: { url: "http://127.0.0.1:9093" }
limits: { retention: 30d, in_doubt: resend, in_doubt_grace: 20s, sim_per_day: 500 }
storm: { enabled: true }        # the governor; false sends every text as it comes (test benches)
"#;
    for source in [source, GOOD] {
        assert_eq!(told(source), Vec::<String>::new());
    }
}

#[test]
fn every_value_arrives() {
    let source = GOOD
        .replace("mode: auto", "mode: text, answer_within: 7m")
        .replace("in_doubt: resend", "in_doubt: hold")
        .replace("grace: 20s", "grace: 1m30s")
        .replace("30d", "1w")
        .replace("500", "20")
        .replace("enabled: true", "enabled: false");
    let config = Config::load("n.yml", &source).expect("a good file");
    let [first, second] = &config.modems[..] else { panic!("two modems") };
    assert_eq!((first.name.as_str(), first.mode), ("er75i", ModeChoice::Text));
    assert_eq!(first.answer_within, Duration::from_secs(420));
    assert_eq!((first.pin_file.as_deref(), second.pin_file.as_deref()), (None, Some(Path::new("pin"))));
    assert_eq!(second.smsc.as_ref().map(ToString::to_string).as_deref(), Some("+33…00"));
    assert_eq!(
        config.limits,
        Limits {
            retention: Duration::from_secs(604_800),
            expire_after: Duration::from_secs(86_400),
            in_doubt: InDoubtPolicy::Hold,
            in_doubt_grace: Duration::from_secs(90),
            sim_per_day: 20,
        }
    );
    assert_eq!(config.alertmanager.url.as_deref(), Some("http://127.0.0.1:9093"));
    assert!(!config.storm.enabled);
}

#[test]
fn what_is_left_out_has_its_default() {
    let source = "routing_file: r.yml\nmodems: [ { name: a, address: \"sim:\" } ]\nlimits:\nweb: {}\nstorage: {}\n";
    let config = Config::load("n.yml", source).expect("the least file is good");
    assert_eq!(config.storage, StorageConfig::default());
    assert_eq!(config.storage.path, Path::new("/var/lib/nightbell"));
    assert_eq!((config.web, config.limits), (WebConfig::default(), Limits::default()));
    assert_eq!((config.alertmanager, config.storm), (AlertmanagerConfig::default(), StormConfig { enabled: true }));
    assert!(config.templates.is_empty());
    let modem = &config.modems[0];
    assert_eq!((modem.mode, &modem.pin_file, &modem.smsc), (ModeChoice::Auto, &None, &None));
    assert_eq!(modem.answer_within, ModemConfig::DEFAULT_ANSWER_WITHIN);
}

#[test]
fn key_that_is_not_known_is_refused_with_the_one_that_was_meant() {
    for (good, bad, expected) in [
        ("limits:", "limit:", "n.yml:9:1: `limit` is no key of the configuration; did you mean `limits:`?"),
        ("{ path:", "{ paht: x, path:", "n.yml:3:12: `paht` is no key of `storage:`; did you mean `path:`?"),
        ("mode: auto", "modee: auto", "n.yml:6:54: `modee` is no key of a modem; did you mean `mode:`?"),
        ("pin_file: pin", "pin: 1234", "n.yml:7:64: `pin` is no key of a modem; did you mean `pin_file:`?"),
        (
            "{ token_file: token }",
            "{ token: x }",
            "n.yml:4:8: `token` is no key of `web:`; did you mean `token_file:`?",
        ),
        ("{ enabled: true }", "{ factor: 2 }", "n.yml:10:10: `factor` is no key of `storm:`; known are `enabled:`"),
        (
            "storm:",
            "people: {}\nstorm:",
            "n.yml:10:1: `people` is no key of the configuration; did you mean `routing_file:`?",
        ),
        ("storm:", "escalate: []\nstorm:", "n.yml:10:1: `escalate:` is not built yet; remove it; the word is reserved"),
        (
            "storm:",
            "storage: {}\nstorm:",
            "n.yml:10:1: `storage` stands here twice, the first time in line 3; keep one of them",
        ),
    ] {
        check(good, bad, expected);
    }
}

#[test]
fn file_without_what_must_be_there_is_refused() {
    const MODEMS: &str = "[ { name: stick, address: \"serial:///dev/ttyUSB0?baud=115200\" } ]";
    check(
        "routing_file: routing.yml\n",
        "",
        "n.yml:1:1: the configuration has no `routing_file:`; write such as `routing_file: routing.yml`",
    );
    check("routing.yml", "", "n.yml:1:13: `routing_file:` is empty; write such as `routing.yml`");
    check("name: er75i, ", "", "n.yml:6:5: a modem has no `name:`; write such as `name: stick`");
    check(
        "address: \"tcp://192.0.2.10:8081\", ",
        "",
        "n.yml:6:5: a modem has no `address:`; write such as `address: \"tcp://192.0.2.10:8081\"`",
    );
    for (source, expected) in [
        (
            "routing_file: r.yml\n",
            format!("n.yml:1:1: the configuration has no `modems:`; write such as `modems: {MODEMS}`"),
        ),
        (
            "routing_file: r.yml\nmodems: []\n",
            format!("n.yml:2:9: `modems:` names no modem, so nothing could be sent; write such as `{MODEMS}`"),
        ),
        (
            "routing_file: r.yml\nmodems: { a: b }\n",
            format!("n.yml:2:9: `modems:` should be a list, here is a mapping; write such as `{MODEMS}`"),
        ),
        ("", "n.yml: the file is empty; begin with the example nightbell.yml".to_owned()),
        (
            "- a\n",
            "n.yml:1:1: the configuration should be a mapping (`key: value` lines), here is a list; see the example \
             nightbell.yml"
                .to_owned(),
        ),
    ] {
        assert_eq!(told(source), [expected], "{source}");
    }
}

#[test]
fn modem_that_cannot_be_is_refused() {
    for (good, bad, expected) in [
        (
            "name: stick",
            "name: er75i",
            "n.yml:7:13: two modems have the name `er75i`; give one of them another `name:`",
        ),
        (
            "serial:///dev/ttyUSB0?baud=9600",
            "tcp://192.0.2.10:8081/",
            "n.yml:7:29: the modem `er75i` has this address already; keep one of the two, or correct the address",
        ),
        (
            "tcp://192.0.2.10:8081",
            "serial:///dev/ttyUSB0",
            "n.yml:7:29: the modem `er75i` has this address already; keep one of the two, or correct the address",
        ),
        (
            "tcp://192.0.2.10:8081",
            "192.0.2.10:8081",
            "n.yml:6:29: `192.0.2.10:8081` has no scheme; write `tcp://192.0.2.10:8081`",
        ),
        (
            "?baud=9600",
            "?baud=fast",
            "n.yml:7:29: `fast` in `serial:///dev/ttyUSB0?baud=fast` is no rate; write `baud=115200`",
        ),
        ("mode: auto", "mode: pdo", "n.yml:6:60: `pdo` is no mode; did you mean `pdu`?"),
        ("mode: auto", "mode: binary", "n.yml:6:60: `binary` is no mode; write `auto`, `pdu` or `text`"),
        (
            "name: stick",
            "name: \"my stick\"",
            "n.yml:7:13: a modem's name is made of letters, digits, `.`, `_` and `-`; `my stick` has ` `",
        ),
        ("mode: auto", "answer_within: 30s", "n.yml:6:69: `answer_within:` of `30s` is too short; write `45s` or more"),
        ("mode: auto", "answer_within: 1h", "n.yml:6:69: `answer_within:` of `1h` is too long; write `10m` or less"),
        (
            "\"+33639980000\"",
            "+33639980000",
            "n.yml:7:85: `smsc:` is read as a number; put it in quotes, such as `\"+33639980000\"`",
        ),
        (
            "\"+33639980000\"",
            "\"0639980000\"",
            "n.yml:7:85: the message centre is wrong: a phone number starts with `+` and its country code, this one is \
             national (`0…`); write `+33639980001`, say, with `+33` in place of the `0` in France",
        ),
    ] {
        check(good, bad, expected);
    }
}

#[test]
fn limit_out_of_its_bounds_is_refused() {
    for (good, bad, expected) in [
        ("retention: 30d", "retention: 23h", "n.yml:9:22: `retention:` of `23h` is too short; write `1d` or more"),
        (
            "retention: 30d",
            "retention: 30days",
            "n.yml:9:22: `30days` is no duration; write such as `30s`, `5m`, `1h30m`, `1d`, `1w`",
        ),
        (
            "retention: 30d",
            "retention: 30",
            "n.yml:9:22: `retention:` is read as a number; put it in quotes, such as `\"30d\"`",
        ),
        (
            "expire_after: 24h",
            "expire_after: 9m59s",
            "n.yml:9:41: `expire_after:` of `9m59s` is too short; write `10m` or more",
        ),
        (
            "grace: 20s",
            "grace: 0",
            "n.yml:9:80: `in_doubt_grace:` is read as a number; put it in quotes, such as `\"20s\"`",
        ),
        ("grace: 20s", "grace: 999ms", "n.yml:9:80: `in_doubt_grace:` of `999ms` is too short; write `1s` or more"),
        ("grace: 20s", "grace: 301s", "n.yml:9:80: `in_doubt_grace:` of `301s` is too long; write `5m` or less"),
        ("resend", "retry", "n.yml:9:56: `retry` is no way out of doubt; write `resend`, `hold` or `drop`"),
        ("resend", "re-send", "n.yml:9:56: `re-send` is no way out of doubt; did you mean `resend`?"),
        (
            "per_day: 500",
            "per_day: 0",
            "n.yml:9:98: `sim_per_day:` of `0` is out of bounds; write a number from 1 to 200000",
        ),
        (
            "per_day: 500",
            "per_day: many",
            "n.yml:9:98: `sim_per_day:` should be a whole number without quotes; write a number from 1 to 200000",
        ),
    ] {
        check(good, bad, expected);
    }
}

#[test]
fn what_leads_elsewhere_is_refused_where_it_cannot_lead() {
    const URL: &str = "http://127.0.0.1:9093";
    for (good, bad, expected) in [
        (
            URL,
            "127.0.0.1:9093",
            "n.yml:8:22: `url:` is not `http://` or `https://` and a host; write such as `http://127.0.0.1:9093`",
        ),
        (
            URL,
            "ftp://host",
            "n.yml:8:22: `url:` is not `http://` or `https://` and a host; write such as `http://127.0.0.1:9093`",
        ),
        (
            URL,
            "http://",
            "n.yml:8:22: `url:` is not `http://` or `https://` and a host; write such as `http://127.0.0.1:9093`",
        ),
        (
            URL,
            "http://u:s3cret@host",
            "n.yml:8:22: the URL of Alertmanager holds a user or a password; leave out what stands before the `@`, as \
             in `http://127.0.0.1:9093`",
        ),
        (
            "templates/*.hbs",
            "*/x.hbs",
            "n.yml:2:14: `*/x.hbs` has a `*` in the name of a folder; write a folder and a file name with or without \
             `*`, such as `templates/*.hbs`",
        ),
        (
            "[ \"templates/*.hbs\" ]",
            "templates/x.hbs",
            "n.yml:2:12: `templates:` should be a list, here is a text; write such as `[ \"templates/*.hbs\" ]`",
        ),
        (
            "{ path: /var/lib/nightbell }",
            "/var/lib/nightbell",
            "n.yml:3:10: `storage:` should be a mapping (`key: value` lines), here is a text; see the example \
             nightbell.yml",
        ),
        (
            "{ enabled: true }",
            "{ enabled: yes }",
            "n.yml:10:19: `enabled:` is neither `true` nor `false`; write one of them, without quotes",
        ),
    ] {
        check(good, bad, expected);
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let source = GOOD
        .replacen("routing_file:", "routing_fiel:", 1)
        .replacen("tcp://", "tpc://", 1)
        .replacen("mode: auto", "mode: on", 1)
        .replacen("30d", "1h", 1);
    let lines: Vec<_> =
        told(&source).iter().map(|line| line.split(": ").next().unwrap_or_default().to_owned()).collect();
    assert_eq!(lines, ["n.yml:1:1", "n.yml:1:1", "n.yml:6:29", "n.yml:6:60", "n.yml:9:22"]);
}
