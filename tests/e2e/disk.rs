//! A disk that is full, a ledger that is none, a state folder that is somebody else's or cannot be.

use std::collections::BTreeSet;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::gateway::{BINARY, Gateway, Installation, ROUTING, SimModem, alert, notification};
use crate::http::{Answer, get, metric, post_alerts};
use crate::kill::judge::{Feed, host, judge};
use crate::kill::watch::settle;

/// How large a file of the gateway may grow on a full disk: the ledger itself fits, its log soon does not.
const FULL: u64 = 512 * 1024;
/// More notifications than fit into that.
const MANY: usize = 2_000;
/// What the ledger is called in the state folder.
const LEDGER: &str = "state/outbox.db";

/// An installation whose disk can be full.
struct Disk {
    modem: SimModem,
    installation: Installation,
    feed: Feed,
}

impl Disk {
    fn new(script: &str) -> Self {
        let modem = SimModem::start(script);
        let installation = Installation::new(&modem.line("stick"), "limits: { in_doubt_grace: 1s }", ROUTING);
        Self { modem, installation, feed: Feed::default() }
    }

    /// Starts a gateway that hears of a full disk as an error, not as a signal.
    fn start(&self) -> Gateway {
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", BINARY]);
        command.args(["serve", "--web.listen-address=127.0.0.1:0"]).current_dir(self.installation.folder.path());
        Gateway::spawn(command)
    }

    fn post(&mut self, gateway: &Gateway, host: &str) -> Answer {
        let answer = post_alerts(gateway.address, &of(host));
        self.feed.posted.insert(host.to_owned());
        if answer.status == 200 {
            self.feed.acknowledged.insert(host.to_owned());
        }
        answer
    }

    /// Fills the disk with notifications until one is refused: its name and what was said.
    fn fill(&mut self, gateway: &Gateway) -> (String, Answer) {
        limit(gateway, Some(FULL));
        for number in 0..MANY {
            let host = format!("db-{number}");
            let answer = self.post(gateway, &host);
            if answer.status != 200 {
                return (host, answer);
            }
        }
        panic!("{MANY} notifications fit into {FULL} bytes");
    }

    fn texts(&self) -> Vec<String> {
        self.modem.ledger().accepted().into_iter().map(|accepted| accepted.text).collect()
    }
}

/// A notification about this host.
fn of(host: &str) -> String {
    notification(host, &[alert("firing", "DiskFull", host, "critical")])
}

/// How large the files of a gateway may grow from now on.
fn limit(gateway: &Gateway, bytes: Option<u64>) {
    let new = Rlimit { current: bytes, maximum: None };
    prlimit(Some(Pid::from_child(&gateway.child)), Resource::Fsize, new).expect("it runs, and is ours");
}

#[test]
fn on_a_full_disk_nothing_acknowledged_is_lost_and_room_is_noticed_without_a_restart() {
    let mut disk = Disk::new("{ network_time: 20ms }");
    let gateway = disk.start();
    let (refused, answer) = disk.fill(&gateway);
    println!("{} acknowledged, then {}: {}", disk.feed.acknowledged.len(), answer.status, answer.body);
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.body.starts_with("not stored: the ledger cannot be written: "), "{}", answer.body);
    assert!(disk.feed.acknowledged.len() > 5, "the disk was too small for a test");

    assert_eq!(get(gateway.address, "/-/healthy").status, 200);
    assert_eq!(disk.post(&gateway, "still-full").status, 503);
    assert_eq!(get(gateway.address, "/-/ready").status, 503, "ready means: can commit");
    assert_eq!(post_alerts(gateway.address, &of("db-0")).status, 200, "what is owed already needs no room");
    assert!(metric(gateway.address, "nightbell_webhook_requests_total{code=\"503\"}") >= Some(2.0));

    limit(&gateway, None);
    let answer = disk.post(&gateway, "room-again");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(get(gateway.address, "/-/ready").status, 200);
    settle(&gateway);
    judge(&disk.feed, &disk.texts()).unwrap_or_else(|why| panic!("{why}\n{}", gateway.log()));
    assert_eq!(disk.texts().len(), disk.feed.acknowledged.len(), "each once, and nothing that was refused");
    assert!(!disk.texts().iter().any(|text| text.ends_with('*')));

    for host in [refused.as_str(), "still-full"] {
        assert_eq!(disk.post(&gateway, host).status, 200);
    }
    settle(&gateway);
    judge(&disk.feed, &disk.texts()).unwrap_or_else(|why| panic!("{why}\n{}", gateway.log()));
    assert_eq!(disk.texts().len(), disk.feed.posted.len());
    assert_eq!(disk.modem.ledger().violations(), Vec::<String>::new());
}

#[test]
fn killed_on_a_full_disk_it_sends_what_it_acknowledged_once_there_is_room() {
    let mut disk = Disk::new("{ network_time: 20ms }");
    let gateway = disk.start();
    let (_, answer) = disk.fill(&gateway);
    assert_eq!(answer.status, 503, "{}", answer.body);
    gateway.kill();
    let gateway = disk.start();
    settle(&gateway);
    judge(&disk.feed, &disk.texts()).unwrap_or_else(|why| panic!("{why}\n{}", gateway.log()));
    let hosts: BTreeSet<_> = disk.texts().iter().map(|text| host(text)).collect();
    assert_eq!(hosts, disk.feed.acknowledged, "what was refused is not sent");
    assert_eq!(disk.modem.ledger().violations(), Vec::<String>::new());
}

/// A gateway that must not start on this state folder: what it says.
fn refusal(installation: &Installation, state: &Path) -> String {
    let mut command = Command::new(BINARY);
    command.args(["serve", "--web.listen-address=127.0.0.1:0"]).current_dir(installation.folder.path());
    command.arg(format!("--storage.path={}", state.display()));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let until = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        if Instant::now() > until {
            child.kill().expect("it runs");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
    assert_eq!((status.code(), status.signal()), (Some(1), None), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// Longest wait for a gateway that is to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// The bytes of a ledger with a text in it, in one file.
fn sound_ledger(modem: &SimModem) -> Vec<u8> {
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let gateway = installation.start();
    assert_eq!(post_alerts(gateway.address, &of("db-1")).status, 200);
    settle(&gateway);
    gateway.kill();
    // The last connection to close puts the log into the file.
    let ledger = rusqlite::Connection::open(installation.path(LEDGER)).expect("opens");
    ledger.query_row("SELECT count(*) FROM texts", [], |row| row.get::<_, i64>(0)).expect("a ledger");
    ledger.close().expect("closes");
    std::fs::read(installation.path(LEDGER)).expect("a ledger")
}

/// Starts on a ledger of these bytes, which must be refused by its name and not be touched.
#[track_caller]
fn refuses_ledger(modem: &SimModem, bytes: &[u8], says: &str) {
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let path = installation.path(LEDGER);
    std::fs::create_dir(installation.path("state")).expect("a folder");
    std::fs::write(&path, bytes).expect("written");
    let said = refusal(&installation, &installation.path("state"));
    assert!(said.contains(&format!("{}: ", path.display())) && said.contains(says), "{said}");
    assert!(!said.contains("message=ready"), "{said}");
    assert!(std::fs::read(path).expect("still there") == bytes, "the file was written to");
}

#[test]
fn a_file_that_is_no_ledger_is_named_and_left_as_it_is() {
    let letter = b"Dear operator, this is no ledger. ".repeat(400);
    refuses_ledger(&SimModem::start("{}"), &letter, "file is not a database");
}

#[test]
fn a_damaged_ledger_is_named_before_anything_is_accepted_and_left_as_it_is() {
    let modem = SimModem::start("{}");
    let sound = sound_ledger(&modem);
    assert!(sound.len() > 16_384, "{} bytes", sound.len());
    let torn = [&sound[..4_096], vec![0x5A; sound.len() - 4_096].as_slice()].concat();
    refuses_ledger(&modem, &torn, "malformed");
    refuses_ledger(&modem, &sound[..sound.len() / 2], "malformed");
}

#[test]
fn a_second_gateway_on_a_state_folder_is_refused_and_the_first_unharmed() {
    let modem = SimModem::start("{}");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let first = installation.start();
    let state = installation.path("state");
    let said = refusal(&installation, &state);
    let sentence =
        format!("storage.path {}: another Nightbell is running on it; give each one its own folder", state.display());
    assert!(said.contains(&sentence), "{said}");
    assert_eq!(post_alerts(first.address, &of("db-1")).status, 200);
    settle(&first);
    assert_eq!(modem.ledger().accepted().len(), 1);
    let (code, listed, error) = installation.run(&["outbox", "list"]);
    assert!(code == 0 && listed.contains("accepted"), "its control socket is gone: {listed}{error}");
}

#[test]
fn a_state_folder_that_cannot_be_written_is_named_with_the_way_out() {
    let modem = SimModem::start("{}");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    installation.write("file", "");
    let mut folders = vec![installation.path("file/state"), installation.path("file"), "/proc/nightbell".into()];
    if !rustix::process::geteuid().is_root() {
        let folder = installation.path("read-only");
        std::fs::create_dir(&folder).expect("a folder");
        let read_only = std::os::unix::fs::PermissionsExt::from_mode(0o555);
        std::fs::set_permissions(&folder, read_only).expect("ours");
        folders.push(folder);
    }
    for state in folders {
        let said = refusal(&installation, &state);
        let way_out = "; write a folder this user may write to as `--storage.path=`";
        assert!(said.contains(&format!("storage.path {}: ", state.display())) && said.contains(way_out), "{said}");
    }
}
