//! Watching a gateway that may die, and its modem that does not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use nightbell::modem::sim::{Entry, EntryKind};
use serde_json::Value;

use crate::gateway::{Gateway, Installation, SimModem};
use crate::http::get;

/// Longest wait for something that must come.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at something that can only be asked.
pub const PAUSE: Duration = Duration::from_millis(5);

/// Sends a request to somebody who may die before or during it: the code of a whole answer.
pub fn ask(address: SocketAddr, method: &str, path: &str, body: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let head = format!("{method} {path} HTTP/1.1\r\nhost: n\r\nconnection: close\r\ncontent-length: {}", body.len());
    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, _) = answer.split_once("\r\n\r\n")?;
    head.split(' ').nth(1)?.parse().ok()
}

/// Waits until no text is open any more.
pub fn settle(gateway: &Gateway) {
    let until = Instant::now() + PATIENCE;
    loop {
        let ready: Value = serde_json::from_str(&get(gateway.address, "/-/ready").body).expect("JSON");
        if ready["open_texts"] == 0 {
            return;
        }
        assert!(Instant::now() < until, "the queue does not empty: {ready}\n{}", gateway.log());
        thread::sleep(PAUSE);
    }
}

/// The same, without the pauses a text earns that was in doubt before: an operator asks for each at once.
pub fn settle_at_once(installation: &Installation, gateway: &Gateway) {
    let until = Instant::now() + PATIENCE;
    loop {
        let (code, listed, error) = installation.run(&["outbox", "list", "--json", "--limit=10000"]);
        assert_eq!(code, 0, "{error}");
        let rows: Vec<Value> = serde_json::from_str(&listed).expect("JSON");
        let open: Vec<_> = rows.iter().filter(|row| OPEN.iter().any(|state| row["state"] == *state)).collect();
        if open.is_empty() {
            return;
        }
        for row in open.iter().filter(|row| row["state"] == "queued" && row["marked"] == true) {
            // It may be on its way already.
            installation.run(&["outbox", "retry", &row["id"].to_string()]);
        }
        assert!(Instant::now() < until, "the queue does not empty: {open:#?}\n{}", gateway.log());
        thread::sleep(PAUSE);
    }
}

/// The states a text leaves again.
const OPEN: [&str; 3] = ["queued", "sending", "in_doubt"];

/// Waits for one more entry of a kind than there is now.
pub fn wait_for_one_more(modem: &SimModem, is: impl Fn(&EntryKind) -> bool) {
    let before = count(&modem.ledger().entries(), &is);
    modem.wait_for("one more", |entries| count(entries, &is) > before);
}

pub fn count(entries: &[Entry], is: impl Fn(&EntryKind) -> bool) -> usize {
    entries.iter().filter(|entry| is(&entry.kind)).count()
}

pub fn is_submitted(kind: &EntryKind) -> bool {
    matches!(kind, EntryKind::Submitted(_))
}

pub fn is_accepted(kind: &EntryKind) -> bool {
    matches!(kind, EntryKind::Accepted(_))
}
