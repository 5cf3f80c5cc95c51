//! Events in, actions out: the core alone.

use std::time::Duration;

use jiff::Timestamp;

use crate::clock::{Instant, Now};
use crate::dispatch::config::{InDoubtPolicy, Limits};
use crate::dispatch::core::Core;
use crate::dispatch::event::{Action, Event};
use crate::message::{Fault, LaneName, PageCode, Priority, Reason, RecipientId, TextId, TextKind, TextState, Verdict};
use crate::outbox::{TextRow, Write};
use crate::sms::Text;

struct Play {
    core: Core,
    now: Now,
}

fn lane(name: &str) -> LaneName {
    LaneName::parse(name).expect("a name")
}

fn row(id: i64) -> TextRow {
    let created = Timestamp::from_second(1_800_000_000).expect("in range");
    TextRow {
        id: TextId(id),
        page: PageCode::from_random(1),
        recipient: RecipientId::parse("ana").expect("an id"),
        kind: TextKind::Firing,
        priority: Priority::Critical,
        body: Text::new("CRITICAL db-1 #abcd").expect("fits"),
        state: TextState::Queued,
        reason: None,
        lane: None,
        attempts: 0,
        refusals: 0,
        marked: false,
        reference: None,
        created,
        not_before: created,
        valid_from: created,
        submitted: None,
        finished: None,
        began: None,
    }
}

impl Play {
    fn new(lanes: &[&str], limits: Limits) -> Self {
        let now = Now { instant: Instant::now(), utc: row(0).created };
        let mut play = Self { core: Core::new(limits, lanes.iter().map(|name| lane(name))), now };
        for name in lanes {
            play.event(Event::LaneUp(lane(name), Some(true)));
        }
        play
    }

    fn event(&mut self, event: Event) -> Vec<String> {
        self.core.handle(event, self.now).iter().map(told).collect()
    }

    fn wait(&mut self, seconds: u64) -> Vec<String> {
        self.now.instant += Duration::from_secs(seconds);
        self.now.utc = self.now.utc.checked_add(Duration::from_secs(seconds)).expect("in range");
        self.event(Event::Timer)
    }

    fn waiting(&mut self, rows: &[TextRow]) -> Vec<String> {
        self.event(Event::Waiting { texts: rows.to_vec(), next_due: None })
    }

    fn verdict(&mut self, name: &str, id: i64, verdict: Verdict) -> Vec<String> {
        self.event(Event::Verdict(lane(name), TextId(id), verdict))
    }

    /// Brings text `id` behind the commit byte of a lane.
    fn fired(&mut self, name: &str, row: &TextRow) {
        assert_eq!(self.waiting(std::slice::from_ref(row)), [format!("submit {name} {}", row.id)]);
        let actions = self.event(Event::Armed(lane(name), row.id));
        assert_eq!(actions[..2], [format!("start {} on {name}", row.id), format!("fire {name}")]);
    }
}

/// An action in a few words.
fn told(action: &Action) -> String {
    match action {
        Action::Look { .. } => "look".to_owned(),
        Action::Submit(lane, row) => format!("submit {lane} {}", row.id),
        Action::Write(Write::Start { text, lane, .. }) => format!("start {text} on {lane}"),
        Action::Write(Write::Accepted { text, reference, .. }) => format!("accepted {text} {reference:?}"),
        Action::Write(Write::InDoubt { text, reason, .. }) => format!("in doubt {text} {reason}"),
        Action::Write(Write::Requeue { text, reason, refused, marked, .. }) => {
            format!(
                "again {text} {reason}{}{}",
                if *refused { " refused" } else { "" },
                if *marked { " *" } else { "" }
            )
        }
        Action::Write(other) => format!("{other:?}"),
        Action::Fire(lane) => format!("fire {lane}"),
        Action::Abort(lane) => format!("abort {lane}"),
        Action::GiveUp(end) => format!("give up {} {} {}", end.row.id, end.state.as_str(), end.reason),
        Action::Listen(lane, _) => format!("listen {lane}"),
        Action::Ended { row, state, .. } => format!("told {} {}", row.id, state.as_str()),
        Action::Trouble(trouble) => format!("trouble {} over={}", trouble.cause.alertname(), trouble.over),
        Action::Again { marked, .. } => format!("told again marked={marked}"),
    }
}

const ACCEPTED: Verdict = Verdict::Accepted { reference: Some(7) };

fn not_sent(fault: Fault, reason: Reason) -> Verdict {
    Verdict::NotSent { fault, reason }
}

#[test]
fn attempt_is_on_disk_before_the_commit_byte_and_the_outcome_before_the_next_look() {
    let mut play = Play::new(&["a"], Limits::default());
    play.fired("a", &row(1));
    assert_eq!(play.verdict("a", 1, ACCEPTED), ["accepted 1 Some(7)", "told 1 accepted", "look"]);
}

#[test]
fn start_that_is_not_on_disk_leaves_the_prompt() {
    let mut play = Play::new(&["a"], Limits::default());
    play.waiting(&[row(1)]);
    let start = Action::Write(Write::Start { text: TextId(1), lane: lane("a"), at: play.now.utc });
    assert_eq!(play.event(Event::NotDone(Box::new(start))), ["abort a"]);
    assert_eq!(play.event(Event::NotDone(Box::new(Action::Fire(lane("a"))))), Vec::<String>::new());
    assert_eq!(play.wait(1), ["look"], "tried again once the lane has rested");
}

#[test]
fn outcome_that_is_not_on_disk_is_owed_until_it_is() {
    let mut play = Play::new(&["a"], Limits::default());
    play.fired("a", &row(1));
    play.verdict("a", 1, ACCEPTED);
    let accepted = Action::Write(Write::Accepted { text: TextId(1), at: play.now.utc, reference: Some(7) });
    assert!(play.event(Event::NotDone(Box::new(accepted))).is_empty());
    assert!(play.event(Event::Queued).is_empty(), "nothing new while an outcome is owed");
    assert!(!play.core.is_idle());
    assert_eq!(play.wait(1), ["accepted 1 Some(7)", "look"]);
}

#[test]
fn each_fault_leads_where_it_must() {
    let cases = [
        (not_sent(Fault::Network { wait_s: 60 }, Reason::Cms(38)), vec!["again 1 cms_38", "told again marked=false"]),
        (not_sent(Fault::Modem { rest_s: 300 }, Reason::Cms(10)), vec!["again 1 cms_10", "told again marked=false"]),
        (not_sent(Fault::Text, Reason::Cms(304)), vec!["again 1 cms_304 refused", "told again marked=false"]),
        (not_sent(Fault::Recipient, Reason::Cms(1)), vec!["give up 1 failed cms_1"]),
    ];
    for (verdict, expected) in cases {
        let mut play = Play::new(&["a", "b"], Limits::default());
        play.fired("a", &row(1));
        let actions = play.verdict("a", 1, verdict.clone());
        assert_eq!(actions[..expected.len()], expected, "{verdict:?}");
    }
}

#[test]
fn lane_at_fault_rests_and_another_takes_the_text() {
    let mut play = Play::new(&["a", "b"], Limits::default());
    play.fired("a", &row(1));
    play.verdict("a", 1, not_sent(Fault::Modem { rest_s: 300 }, Reason::Cms(10)));
    let tried = TextRow { attempts: 1, lane: Some(lane("a")), ..row(1) };
    assert_eq!(play.waiting(&[tried, row(2)]), ["submit b 1"], "the other lane, and the resting one gets nothing");
    assert_eq!(play.wait(300), ["look"]);
    assert_eq!(play.waiting(&[row(2)]), ["submit a 2"]);
}

#[test]
fn what_the_network_refuses_on_one_lane_goes_to_the_other_at_once_and_then_waits() {
    let mut play = Play::new(&["a", "b"], Limits::default());
    let refused = not_sent(Fault::Network { wait_s: 60 }, Reason::Cms(38));
    let wait = |actions: Vec<Action>, now: Now| {
        actions.into_iter().find_map(|action| match action {
            Action::Write(Write::Requeue { not_before, .. }) => Some(not_before.duration_since(now.utc).as_secs()),
            _ => None,
        })
    };
    play.fired("a", &row(1));
    let actions = play.core.handle(Event::Verdict(lane("a"), TextId(1), refused.clone()), play.now);
    assert_eq!(wait(actions, play.now), Some(0));
    let tried = TextRow { attempts: 1, lane: Some(lane("a")), ..row(1) };
    play.fired("b", &tried);
    let actions = play.core.handle(Event::Verdict(lane("b"), TextId(1), refused), play.now);
    assert!(wait(actions, play.now) >= Some(60));
}

#[test]
fn lost_link_is_in_doubt_listened_for_and_then_resent_marked() {
    let mut play = Play::new(&["a"], Limits::default());
    play.fired("a", &row(1));
    let doubt = Verdict::InDoubt { reason: Reason::Io };
    assert_eq!(play.verdict("a", 1, doubt), ["in doubt 1 io", "told 1 in_doubt", "listen a", "look"]);
    assert_eq!(play.wait(20), ["again 1 io refused *", "told again marked=true", "look"]);
}

#[test]
fn late_answer_settles_the_doubt() {
    let mut play = Play::new(&["a"], Limits::default());
    play.fired("a", &row(1));
    play.verdict("a", 1, Verdict::InDoubt { reason: Reason::Io });
    assert_eq!(play.event(Event::Late(lane("a"), Some(9))), ["accepted 1 Some(9)", "told 1 accepted"]);
    assert!(!play.wait(60).iter().any(|action| action.starts_with("again")));
    assert!(play.event(Event::Late(lane("a"), Some(9))).is_empty(), "a second one belongs to nobody");
}

#[test]
fn answer_that_never_came_in_time_is_resent_at_once() {
    let mut play = Play::new(&["a"], Limits::default());
    play.fired("a", &row(1));
    let actions = play.verdict("a", 1, Verdict::InDoubt { reason: Reason::Timeout });
    assert_eq!(actions[..3], ["in doubt 1 timeout", "told 1 in_doubt", "again 1 timeout refused *"]);
}

#[test]
fn hold_waits_for_an_operator_and_drop_tells_the_fallback() {
    let hold = Limits { in_doubt: InDoubtPolicy::Hold, ..Limits::default() };
    let mut play = Play::new(&["a"], hold);
    play.fired("a", &row(1));
    play.verdict("a", 1, Verdict::InDoubt { reason: Reason::Io });
    assert!(!play.wait(3600).iter().any(|action| action.contains(" 1 ")));
    let wanted = TextRow { marked: true, attempts: 1, valid_from: play.now.utc, ..row(1) };
    assert_eq!(play.waiting(&[wanted]), ["submit a 1"], "an operator wants it sent after all");
    let drop = Limits { in_doubt: InDoubtPolicy::Drop, ..Limits::default() };
    let mut play = Play::new(&["a"], drop);
    play.fired("a", &row(1));
    play.verdict("a", 1, Verdict::InDoubt { reason: Reason::Io });
    assert_eq!(play.wait(20)[0], "give up 1 failed io");
}

#[test]
fn crash_leaves_doubts_that_end_by_themselves() {
    let mut play = Play::new(&["a"], Limits::default());
    let known = TextRow { state: TextState::InDoubt, lane: Some(lane("a")), reason: Some(Reason::Crash), ..row(1) };
    let orphan = TextRow { lane: Some(lane("gone")), ..TextRow { id: TextId(2), ..known.clone() } };
    let actions = play.event(Event::Recovered(vec![known, orphan]));
    // Every lane is told that it may open, then the one with a text in doubt how long it only listens.
    assert_eq!(actions[..4], ["listen a", "listen a", "again 2 crash *", "told again marked=true"], "{actions:?}");
    assert_eq!(play.wait(20)[0], "again 1 crash *");
}

#[test]
fn text_that_is_too_old_expires_and_tells_even_without_a_lane() {
    let mut core = Core::new(Limits::default(), [lane("a")]);
    let created = row(1).created;
    let now =
        Now { instant: Instant::now(), utc: created.checked_add(Duration::from_secs(25 * 3600)).expect("in range") };
    let looked: Vec<String> = core.handle(Event::Queued, now).iter().map(told).collect();
    assert_eq!(looked, ["look"]);
    let event = Event::Waiting { texts: vec![row(1)], next_due: None };
    let actions: Vec<String> = core.handle(event, now).iter().map(told).collect();
    assert_eq!(actions[0], "give up 1 expired too_old");
}

#[test]
fn nothing_is_burnt_on_a_lane_without_a_network() {
    let mut play = Play::new(&["a"], Limits::default());
    play.event(Event::LaneHealth(lane("a"), Some(false)));
    assert!(play.waiting(&[row(1)]).is_empty());
    assert_eq!(play.event(Event::LaneHealth(lane("a"), Some(true))), ["look"]);
}

#[test]
fn person_who_is_gone_ends_the_text() {
    let mut play = Play::new(&["a"], Limits::default());
    play.waiting(&[row(1)]);
    assert_eq!(play.event(Event::NoSuchPerson(lane("a"), TextId(1)))[0], "give up 1 failed no_such_person");
    assert_eq!(play.waiting(&[row(2)]), ["submit a 2"], "the lane is free again");
}

#[test]
fn lane_that_stays_down_is_told_once_and_so_is_its_return() {
    let mut play = Play::new(&["a"], Limits::default());
    play.event(Event::LaneDown(lane("a")));
    let told: Vec<String> =
        (0..20).flat_map(|_| play.wait(60)).filter(|action| action.starts_with("trouble")).collect();
    assert_eq!(told, ["trouble NightbellModemDown over=false"]);
    assert_eq!(play.event(Event::LaneUp(lane("a"), None))[0], "trouble NightbellModemDown over=true");
}

#[test]
fn draining_hands_out_nothing_and_ends_when_the_last_is_on_disk() {
    let mut play = Play::new(&["a"], Limits::default());
    play.fired("a", &row(1));
    play.event(Event::Drain);
    assert!(!play.core.is_idle());
    assert!(play.waiting(&[row(2)]).is_empty());
    assert_eq!(play.verdict("a", 1, ACCEPTED), ["accepted 1 Some(7)", "told 1 accepted"]);
    assert!(play.core.is_idle());
}

#[test]
fn armed_for_a_text_nobody_knows_is_aborted() {
    let mut play = Play::new(&["a"], Limits::default());
    assert_eq!(play.event(Event::Armed(lane("a"), TextId(99))), ["abort a"]);
}

#[test]
fn refusal_that_leaves_doubt_waits_and_ends() {
    let mut play = Play::new(&["a"], Limits::default());
    let unclear = Verdict::InDoubt { reason: Reason::PlainError };
    for round in 0..4 {
        let known = TextRow { attempts: round, refusals: round, ..row(1) };
        play.fired("a", &known);
        let actions = play.verdict("a", 1, unclear.clone());
        assert!(!actions.iter().any(|action| action.starts_with("again")), "not at once: {actions:?}");
        assert_eq!(play.wait(20)[0], "again 1 error refused *");
    }
    play.fired("a", &TextRow { attempts: 4, refusals: 4, ..row(1) });
    play.verdict("a", 1, unclear);
    assert_eq!(play.wait(20)[0], "give up 1 failed error");
}
