//! The modem behind a stream, a port, a terminal.

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::modem::sim::{entry::EntryKind, script::Script, server::Sim};

const HELLO: &[u8] = b"AT+CMGF=0\rAT+CMGS=23\r0011000B913336990800F10000A70AE8329BFD4697D9EC37\x1A";

fn sim(yaml: &str) -> Sim {
    Sim::new(Script::parse(yaml).unwrap())
}

/// Reads until the answer ends so, or the line does.
async fn until_told(client: &mut (impl AsyncRead + Unpin), end: &str) -> String {
    let mut heard = Vec::new();
    let mut buffer = [0; 64];
    while !heard.ends_with(end.as_bytes()) {
        match client.read(&mut buffer).await {
            Ok(count @ 1..) => heard.extend_from_slice(&buffer[..count]),
            _ => break,
        }
    }
    String::from_utf8(heard).unwrap()
}

async fn serve(sim: &Sim) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sim = sim.clone();
    tokio::spawn(async move { sim.serve_tcp(listener).await });
    address
}

#[tokio::test]
async fn a_client_in_this_process_sends_a_text() {
    let sim = sim("{ echo: false, chunk: 1 }");
    let mut client = sim.connect();
    client.write_all(HELLO).await.unwrap();
    let heard = until_told(&mut client, "+CMGS: 0\r\n\r\nOK\r\n").await;
    assert_eq!(heard, "\r\nOK\r\n\r\n> \r\n+CMGS: 0\r\n\r\nOK\r\n");
    assert_eq!(sim.ledger().wait_accepted(1).await[0].text, "hellohello");
    assert!(sim.ledger().violations().is_empty());
}

#[tokio::test]
async fn a_submission_goes_on_without_its_client() {
    let sim = sim("{ network_time: 1ms, faults: [ { on: submit, do: drop } ] }");
    let mut client = sim.connect();
    client.write_all(HELLO).await.unwrap();
    until_told(&mut client, "never").await;
    drop(client);
    assert_eq!(sim.ledger().wait_accepted(1).await.len(), 1);
}

#[tokio::test]
async fn over_tcp_a_second_client_takes_the_line() {
    let sim = sim("echo: false");
    let address = serve(&sim).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    first.write_all(b"AT\r").await.unwrap();
    assert_eq!(until_told(&mut first, "OK\r\n").await, "\r\nOK\r\n");
    let mut second = TcpStream::connect(address).await.unwrap();
    assert_eq!(until_told(&mut first, "never").await, "");
    second.write_all(b"AT\r").await.unwrap();
    assert_eq!(until_told(&mut second, "OK\r\n").await, "\r\nOK\r\n");
}

#[tokio::test]
async fn where_one_client_is_served_a_second_is_closed() {
    let sim = sim("{ profile: advantech, echo: false }");
    let address = serve(&sim).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    first.write_all(b"AT\r").await.unwrap();
    assert_eq!(until_told(&mut first, "OK\r\n").await, "\r\nOK\r\n");
    let mut second = TcpStream::connect(address).await.unwrap();
    assert_eq!(until_told(&mut second, "never").await, "");
    drop(first);
    sim.ledger().wait_for(|entries| entries.last().is_some_and(|e| e.kind == EntryKind::Disconnected)).await;
    let mut third = TcpStream::connect(address).await.unwrap();
    third.write_all(b"AT\r").await.unwrap();
    assert_eq!(until_told(&mut third, "OK\r\n").await, "\r\nOK\r\n");
}

#[tokio::test]
async fn a_terminal_is_opened_as_a_serial_port_and_again() {
    let sim = sim("echo: false");
    let (path, serving) = sim.open_pty().unwrap();
    let serving = tokio::spawn(serving);
    for _ in 0..2 {
        let mut port = serial2_tokio::SerialPort::open(&path, 115_200).unwrap();
        port.write_all(b"AT\r").await.unwrap();
        assert_eq!(until_told(&mut port, "OK\r\n").await, "\r\nOK\r\n");
    }
    serving.abort();
}
