//! Alertmanager says the same again, for its own reasons; nobody is woken for it.

use super::bench::{Alertmanager, Bell, Machines, SAY_AGAIN, SAY_CHANGES, posted, refused, watch};
use super::programs::{Port, Program};

#[test]
fn restarts_of_alertmanager_page_nobody_twice() {
    let (bell, port) = (Bell::new("", &[]), Port::reserve());
    let alertmanager = Alertmanager::new(&bell.folder(), bell.address(), SAY_AGAIN, "");
    let machines = Machines::start(&[("db-1", true)]);
    let _prometheus = watch(&bell.folder(), &port, &machines, &[alertmanager.port.address]);
    let mut running = alertmanager.start("data");
    bell.modem.wait_accepted(1);

    type End = fn(Program);
    let restarts: [(&str, End, &str); 2] =
        [("stopped in order, with its memory", Program::stop, "data"), ("killed, with an empty folder", drop, "empty")];
    for (restart, end, data) in restarts {
        end(running);
        let before = bell.answered("200");
        running = alertmanager.start(data);
        running.until("a post after the restart", |program| (posted(program) >= 1.0).then_some(()));
        assert_eq!(refused(&running), 0.0, "{restart}: {}", running.log());
        assert!(bell.answered("200") > before, "{restart}");
        let texts = bell.texts_in_the_end();
        assert_eq!(texts.len(), 1, "{restart}: {texts:#?}");
    }
    assert_eq!(duplicates(&bell, "ha_peer"), 0.0);
    assert!(duplicates(&bell, "retry") + duplicates(&bell, "repeat") >= 2.0);
}

#[test]
fn the_second_alertmanager_of_a_pair_pages_nobody_twice() {
    let (bell, port) = (Bell::new("", &[]), Port::reserve());
    let pair = ["a", "b"].map(|peer| Alertmanager::new(&bell.folder().join(peer), bell.address(), SAY_CHANGES, ""));
    let machines = Machines::start(&[("db-1", true)]);
    let addresses = pair.each_ref().map(|peer| peer.port.address);
    let _prometheus = watch(&bell.folder(), &port, &machines, &addresses);
    let mut running = pair.each_ref().map(|peer| peer.start("data"));
    for peer in &mut running {
        peer.until("its post of the alarm", |program| (posted(program) == 1.0).then_some(()));
    }
    assert_eq!(duplicates(&bell, "ha_peer"), 1.0, "{}", bell.gateway.log());
    assert_eq!(bell.texts_in_the_end().len(), 1);

    machines.set(&[("db-1", false)]);
    for peer in &mut running {
        peer.until("its post of the all-clear", |program| (posted(program) == 2.0).then_some(()));
    }
    let texts = bell.texts_in_the_end();
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(texts[1].text.starts_with("ALL CLEAR "), "{}", texts[1].text);
    assert_eq!(bell.answered("200"), 4.0);
}

/// How many notifications were taken for copies of this kind.
fn duplicates(bell: &Bell, kind: &str) -> f64 {
    bell.count(&format!("nightbell_webhook_duplicates_total{{kind=\"{kind}\"}}"))
}
