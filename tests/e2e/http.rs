//! A plain HTTP client: one request a connection, nothing hidden.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for an answer: far beyond what any case needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// Sends a request and reads the answer to its end.
pub fn request(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).expect("the gateway listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(head.as_bytes()).expect("written");
    // A server that has answered already may not take the rest.
    let _ = stream.write_all(body);
    read_answer(&mut stream)
}

/// Reads an answer to the end of the connection.
pub fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
    Answer { status, body: body.to_owned() }
}

/// `GET`
pub fn get(address: SocketAddr, path: &str) -> Answer {
    request(address, "GET", path, &[], b"")
}

/// `POST /alerts`
pub fn post_alerts(address: SocketAddr, body: &str) -> Answer {
    request(address, "POST", "/alerts", &[("content-type", "application/json")], body.as_bytes())
}

/// The value of a metric line that starts so, if it is there.
pub fn metric(address: SocketAddr, line_start: &str) -> Option<f64> {
    let page = get(address, "/metrics").body;
    let line = page.lines().find(|line| line.starts_with(line_start))?;
    line.rsplit(' ').next()?.parse().ok()
}
