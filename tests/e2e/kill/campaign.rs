//! Hundreds of kills at random moments, under load.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use nightbell::modem::sim::{Entry, EntryKind};
use serde_json::Value;

use crate::gateway::{BINARY, Installation, ROUTING, SimModem, alert, notification};
use crate::kill::judge::{Feed, host, judge};
use crate::kill::watch::{PAUSE, ask, is_submitted, settle_at_once, wait_for_one_more};

/// How a lane of the campaign behaves; each has its own installation and thread.
const CAMPAIGN: [&str; 4] = [
    "{ network_time: 60ms, result_time: 60ms, late_result: lost }",
    "{ network_time: 60ms, result_time: 60ms, late_result: to_next_client }",
    "{ network_time: 150ms, result_time: 20ms, late_result: to_next_client, clients: one }",
    "{ profile: advantech-old, network_time: 20ms, result_time: 150ms, late_result: lost }",
];
/// Kills of each lane of the campaign.
const KILLS: usize = 53;
/// To doubt no longer than it must, and to send as much as it can.
const LIMITS: &str = "limits: { in_doubt_grace: 1s, sim_per_day: 100000 }";
/// Texts acknowledged and not yet accepted at which the feeder waits: always load, never a backlog of minutes.
const LOAD: usize = 4;

#[test]
fn hundreds_of_kills_lose_nothing_and_repeat_nothing_unmarked() {
    let seed = seed();
    println!("NIGHTBELL_SEED={seed}");
    let lanes: Vec<Victim> = thread::scope(|scope| {
        let start = |(lane, script)| scope.spawn(move || Victim::new(lane, script).live_through(KILLS, seed));
        let lanes: Vec<_> = CAMPAIGN.into_iter().enumerate().map(start).collect();
        lanes.into_iter().map(|lane| lane.join().unwrap_or_else(|_| panic!("NIGHTBELL_SEED={seed}"))).collect()
    });
    // One judgement over all: a port given back by one lane may be another's the moment after.
    let mut all = Feed::default();
    let (mut accepted, mut in_window, mut behind_commit) = (Vec::new(), 0, 0);
    for lane in &lanes {
        all.posted.extend(lane.feed.posted.iter().cloned());
        all.acknowledged.extend(lane.feed.acknowledged.iter().cloned());
        accepted.extend(lane.texts());
        let (cut, cut_behind_commit) = cut_submissions(&lane.modem.ledger().entries());
        (in_window, behind_commit) = (in_window + cut, behind_commit + cut_behind_commit);
        assert_eq!(lane.modem.ledger().violations(), Vec::<String>::new(), "NIGHTBELL_SEED={seed}");
    }
    let marked = accepted.iter().filter(|text| text.ends_with('*')).count();
    println!(
        "{} kills, {in_window} of them between AT+CMGS and its result ({behind_commit} behind the commit byte); {} \
         posted, {} acknowledged, {} accepted, {marked} of them marked",
        CAMPAIGN.len() * KILLS,
        all.posted.len(),
        all.acknowledged.len(),
        accepted.len(),
    );
    judge(&all, &accepted).unwrap_or_else(|why| panic!("{why}; NIGHTBELL_SEED={seed}"));
    assert!(CAMPAIGN.len() * KILLS >= 200 && in_window >= 50, "the campaign missed its aim; NIGHTBELL_SEED={seed}");
}

/// One installation that is killed over and over.
struct Victim {
    lane: usize,
    modem: SimModem,
    installation: Installation,
    feed: Feed,
}

impl Victim {
    fn new(lane: usize, script: &str) -> Self {
        let modem = SimModem::start(script);
        let installation = Installation::new(&modem.line("stick"), LIMITS, ROUTING);
        Self { lane, modem, installation, feed: Feed::default() }
    }

    /// The texts the network took.
    fn texts(&self) -> Vec<String> {
        self.modem.ledger().accepted().into_iter().map(|accepted| accepted.text).collect()
    }

    /// Is killed so often, then lives until nothing is owed any more.
    fn live_through(mut self, kills: usize, seed: u64) -> Self {
        let mut random = Random(seed ^ (self.lane as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for _ in 0..kills {
            match random.below(20) {
                0 => self.die_starting(&mut random),
                1..=8 => self.die_under_load(|_| thread::sleep(Duration::from_millis(random.below(900)))),
                9..=11 => self.die_under_load(|modem| {
                    wait_for_one_more(modem, |kind| *kind == EntryKind::Prompted);
                    thread::sleep(Duration::from_micros(random.below(6_000)));
                }),
                _ => self.die_under_load(|modem| {
                    wait_for_one_more(modem, is_submitted);
                    thread::sleep(Duration::from_millis(random.below(120)));
                }),
            }
        }
        let gateway = self.installation.start();
        settle_at_once(&self.installation, &gateway);
        let (code, listed, _) = self.installation.run(&["outbox", "list", "--json", "--limit=10000"]);
        assert_eq!(code, 0);
        let rows: Vec<Value> = serde_json::from_str(&listed).expect("JSON");
        assert!(rows.len() >= self.feed.acknowledged.len(), "{listed}");
        assert!(rows.iter().all(|row| row["state"] == "accepted"), "{listed}");
        gateway.signal(rustix::process::Signal::TERM);
        assert_eq!(gateway.wait(), 0);
        self
    }

    /// Is killed before it is ready, or soon after.
    fn die_starting(&self, random: &mut Random) {
        let mut command = Command::new(BINARY);
        command.args(["serve", "--web.listen-address=127.0.0.1:0"]).current_dir(self.installation.folder.path());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
        thread::sleep(Duration::from_millis(random.below(150)));
        child.kill().expect("it runs");
        child.wait().expect("it ends");
    }

    /// Is fed and killed at a moment.
    fn die_under_load(&mut self, moment: impl FnOnce(&SimModem)) {
        let (lane, modem, feed) = (self.lane, &self.modem, &mut self.feed);
        let gateway = self.installation.start();
        let address = gateway.address;
        thread::scope(|scope| {
            scope.spawn(move || feed.feed(lane, address, modem));
            // Owned here, so that it dies with a moment that never comes, and the feeder ends.
            let gateway = gateway;
            moment(modem);
            gateway.kill();
        });
    }
}

impl Feed {
    /// Posts, one new group after the other, until nobody answers any more.
    fn feed(&mut self, lane: usize, address: SocketAddr, modem: &SimModem) {
        loop {
            let accepted: BTreeSet<String> =
                modem.ledger().accepted().iter().map(|accepted| host(&accepted.text)).collect();
            if self.acknowledged.difference(&accepted).count() >= LOAD {
                thread::sleep(PAUSE);
                let Some(_) = ask(address, "GET", "/-/healthy", "") else { return };
                continue;
            }
            let host = format!("lane{lane}-{}", self.posted.len());
            let body = notification(&host, &[alert("firing", "DiskFull", &host, "critical")]);
            self.posted.insert(host.clone());
            match ask(address, "POST", "/alerts", &body) {
                Some(200) => drop(self.acknowledged.insert(host)),
                Some(_) => {}
                None => return,
            }
        }
    }
}

/// How many connections ended between an `AT+CMGS` and its final result, and how many of them behind the commit byte.
fn cut_submissions(entries: &[Entry]) -> (usize, usize) {
    let (mut cut, mut cut_behind_commit) = (0, 0);
    let (mut open, mut committed) = (false, false);
    for entry in entries {
        match &entry.kind {
            EntryKind::Command { line } if line.starts_with("AT+CMGS=") => (open, committed) = (true, false),
            EntryKind::Submitted(_) => committed = open,
            EntryKind::Answered { .. } => (open, committed) = (false, false),
            EntryKind::Disconnected => {
                cut += usize::from(open);
                cut_behind_commit += usize::from(committed);
                (open, committed) = (false, false);
            }
            _ => {}
        }
    }
    (cut, cut_behind_commit)
}

/// A small generator of Marsaglia's kind; the same seed gives the same kills.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

/// From `NIGHTBELL_SEED`, or from the clock.
fn seed() -> u64 {
    match std::env::var("NIGHTBELL_SEED") {
        Ok(seed) => seed.parse().expect("NIGHTBELL_SEED is a number"),
        Err(_) => std::time::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos() as u64),
    }
}
