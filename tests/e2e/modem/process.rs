//! `nightbell modem sim`: the simulated modem as a program of its own.

use std::io::{BufRead, BufReader, Lines, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::gateway::{BINARY, run_in};
use crate::modem::{ANA, wait_until};

/// A running one; killed when dropped.
struct Played {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    err: Lines<BufReader<ChildStderr>>,
    url: String,
}

impl Played {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(BINARY);
        command.args(["modem", "sim"]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut out = BufReader::new(child.stdout.take().expect("piped")).lines();
        let err = BufReader::new(child.stderr.take().expect("piped")).lines();
        let first = out.next().expect("a line").expect("read");
        let url = first.strip_prefix("a simulated modem is at ").unwrap_or_else(|| panic!("{first}")).to_owned();
        Self { child, out, err, url }
    }

    /// Ctrl-C, and the exit code.
    fn interrupt(&mut self) -> i32 {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("it runs");
        let mut code = None;
        wait_until("it ends", || {
            code = self.child.try_wait().expect("it can be waited for").and_then(|status| status.code());
            code.is_some()
        });
        code.expect("it has ended")
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_prints_what_its_network_accepts_over_tcp_and_a_pseudo_terminal() {
    for arguments in [&["--listen", "127.0.0.1:0"][..], &["--pty"]] {
        let mut played = Played::start(arguments);
        let folder = std::env::temp_dir();
        let (code, _, err) = run_in(&folder, &["send", ANA, "disk full", "--modem", &played.url]);
        assert_eq!(code, 0, "{}: {err}", played.url);
        let line = played.out.next().expect("a line").expect("read");
        assert_eq!(line, format!("{ANA} < disk full"));
        assert_eq!(played.interrupt(), 0, "{arguments:?}");
    }
}

#[test]
fn it_leaves_with_1_when_somebody_sent_what_is_not_at() {
    let mut played = Played::start(&["--listen", "127.0.0.1:0"]);
    let address = played.url.strip_prefix("tcp://").expect("TCP").to_owned();
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(b"AT\r\xff").expect("written");
    let line = played.err.next().expect("a line").expect("read");
    assert_eq!(line, "NOT AT: byte 0xFF outside a message body");
    assert_eq!(played.interrupt(), 1);
    let last = played.err.next().expect("a line").expect("read");
    assert!(last.contains("what is not AT"), "{last}");
}

#[test]
fn it_behaves_as_its_script_says_and_writes_its_ledger() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(file("script.yml"), "faults: [ { on: submit, do: cms, code: 38 } ]\n").expect("written");
    let mut played =
        Played::start(&["--listen=127.0.0.1:0", "--script", &file("script.yml"), "--ledger", &file("ledger.jsonl")]);
    let (code, _, err) = run_in(folder.path(), &["send", ANA, "disk full", "--modem", &played.url]);
    assert!(code == 1 && err.contains("cms_38"), "{err}");
    assert_eq!(played.interrupt(), 0);
    let ledger = std::fs::read_to_string(file("ledger.jsonl")).expect("written");
    let kinds: Vec<serde_json::Value> = ledger.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(kinds.iter().any(|entry| entry["kind"] == "refused" && entry["code"] == 38), "{ledger}");
}

#[test]
fn a_script_with_a_mistake_is_told_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("s.yml"), "profile: generic\nregistration: 12\n").expect("written");
    let (code, _, err) = run_in(folder.path(), &["modem", "sim", "--listen=127.0.0.1:0", "--script=s.yml"]);
    assert!(code == 1 && err.contains("s.yml:2:15: `12` is no registration status"), "{code}: {err}");
}
