//! From what Prometheus or Alertmanager sees to what phones show.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::bench::{Alertmanager, Bell, Machines, SAY_CHANGES, SAY_ONCE, fire, given_up, posted, refused, watch};
use super::programs::{Port, Program};

#[test]
fn an_outage_seen_by_prometheus_becomes_a_text_and_its_end_the_all_clear() {
    let (bell, port) = (Bell::new("", &[]), Port::reserve());
    let installed = Alertmanager::new(&bell.folder(), bell.address(), SAY_CHANGES, "");
    let machines = Machines::start(&[("db-1", true), ("db-2", false)]);
    let _prometheus = watch(&bell.folder(), &port, &machines, &[installed.port.address]);
    let mut alertmanager = installed.start("data");

    let alarm = bell.modem.wait_accepted(1).remove(0);
    assert_eq!(alarm.number, "+33639980001");
    let since = began(&mut alertmanager).to_zoned(TimeZone::get("Europe/Brussels").expect("bundled"));
    let expected = format!("CRITICAL db-1 DiskFull since {}: disk of db-1 is full #", since.strftime("%H:%M"));
    assert!(alarm.text.starts_with(&expected), "{} is not {expected}", alarm.text);

    machines.set(&[("db-1", false), ("db-2", false)]);
    bell.modem.wait_accepted(2);
    alertmanager.until("the answer to the all-clear", |program| (posted(program) == 2.0).then_some(()));
    assert_eq!(refused(&alertmanager), 0.0, "{}", alertmanager.log());
    let texts = bell.texts_in_the_end();
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(texts[1].text.starts_with("ALL CLEAR critical db-1 DiskFull after 1m"), "{}", texts[1].text);
    assert_eq!(code(&alarm.text), code(&texts[1].text));
}

#[test]
fn an_alert_that_fires_while_nightbell_is_dead_arrives_once_after_its_start() {
    let bell = Bell::new("", &[]);
    let port = Port::reserve();
    let listen = format!("--web.listen-address={}", port.address);
    let Bell { gateway, modem, installation } = bell;
    gateway.kill();
    let ringers = installation.path("ringers");
    let mut alertmanager = Alertmanager::new(&ringers, port.address, SAY_ONCE, "").start("data");
    fire(&mut alertmanager, &["db-1"]);
    alertmanager.until("a failed attempt", |program| (refused(program) > 0.0).then_some(()));

    let bell = Bell { gateway: installation.start_with(&[&listen]), modem, installation };
    bell.modem.wait_accepted(1);
    alertmanager.until("the answer", |_| (bell.answered("200") == 1.0).then_some(()));
    let texts = bell.texts_in_the_end();
    assert_eq!(texts.len(), 1, "{texts:#?}");
    assert!(texts[0].text.starts_with("CRITICAL db-1 DiskFull since "), "{}", texts[0].text);
    assert_eq!(given_up(&alertmanager), 0.0, "{}", alertmanager.log());
}

#[test]
fn hosts_of_one_group_share_a_text_and_a_host_that_joins_later_is_told_alone() {
    let bell = Bell::new("", &[]);
    let mut alertmanager = Alertmanager::new(&bell.folder(), bell.address(), SAY_CHANGES, "").start("data");
    fire(&mut alertmanager, &["db-1", "db-2", "db-3", "db-4", "db-5"]);
    let first = bell.modem.wait_accepted(1).remove(0).text;
    assert!(first.starts_with("CRITICAL 5x DiskFull: "), "{first}");
    for host in ["db-1", "db-2", "db-3", "db-4", "db-5"] {
        assert!(first.contains(host), "{host} is missing: {first}");
    }

    fire(&mut alertmanager, &["db-6"]);
    bell.modem.wait_accepted(2);
    alertmanager.until("the second answer", |program| (posted(program) == 2.0).then_some(()));
    let texts = bell.texts_in_the_end();
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(texts[1].text.starts_with("CRITICAL db-6 DiskFull since "), "{}", texts[1].text);
    assert_eq!(code(&first), code(&texts[1].text));
}

/// When the one alert began, as Alertmanager tells it.
fn began(alertmanager: &mut Program) -> Timestamp {
    let alerts = alertmanager.until("its alerts", |program| program.get("/api/v2/alerts"));
    let alerts: Value = serde_json::from_str(&alerts).expect("JSON");
    assert_eq!(alerts.as_array().map(Vec::len), Some(1), "{alerts}");
    alerts[0]["startsAt"].as_str().and_then(|at| at.parse().ok()).expect("a time")
}

/// The page's code, the last word of a text.
fn code(text: &str) -> &str {
    text.rsplit(' ').next().filter(|word| word.starts_with('#')).unwrap_or_else(|| panic!("no code: {text}"))
}
