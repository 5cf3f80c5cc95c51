//! What the HTTP side bears: sizes, slowness, numbers of connections, strangers.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::gateway::{BINARY, Installation, ROUTING, SimModem, alert, notification};
use crate::http::{get, metric, read_answer, request};
use crate::webhook::{Bench, fires, wait_until, words};

const MIB: usize = 1024 * 1024;
/// Beyond every time limit of the product that is tried here.
const PATIENCE: Duration = Duration::from_secs(30);

/// Begins a request: its head and a blank line.
fn begin(address: SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the gateway listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream.write_all(format!("{head}\r\nhost: x\r\n\r\n").as_bytes()).expect("written");
    stream
}

/// Sends bytes as they are and reads what comes until the end of the connection.
fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("the gateway listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream.write_all(bytes).expect("written");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A notification of so many bytes: one alert and a long field that nobody reads.
fn padded(host: &str, bytes: usize) -> String {
    let body = fires("DiskFull", host);
    let (alerts, end) = body.trim_end().split_at(body.trim_end().len() - 1);
    let pad = bytes - body.trim_end().len() - ",\"pad\":\"\"".len();
    format!("{alerts},\"pad\":\"{}\"{end}", "x".repeat(pad))
}

/// The most memory a process has had, in KiB.
fn most_memory_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("Linux tells");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
}

#[test]
fn ten_thousand_alerts_in_one_post_are_one_text_and_all_counted() {
    let bench = Bench::start();
    let alerts: Vec<String> =
        (0..10_000).map(|n| alert("firing", "HostDown", &format!("web-{n:05}.example.org"), "critical")).collect();
    assert_eq!(bench.owed(&notification("all", &alerts)), 1);
    assert_eq!(bench.figure("nightbell_alerts_received_total{status=\"firing\"}"), 10_000.0);
    let texts = bench.words();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].starts_with("CRITICAL 10000x HostDown: web-00000.example.org, "), "{texts:?}");
    let most = most_memory_kib(bench.gateway.child.id());
    assert!(most < 150 * 1024, "{most} KiB");
    // Every one of them is known: the same again owes nothing.
    assert_eq!(bench.taken(&notification("all", &alerts))["duplicate"], true);
}

#[test]
fn body_beyond_the_limit_is_taken_and_told_once() {
    let bench = Bench::start();
    let nothing = "{\"accepted\":0,\"duplicate\":false,\"id\":null}\n";
    let answer = bench.post(&padded("db-1", 33 * MIB));
    assert_eq!((answer.status, answer.body.as_str()), (200, nothing), "no retry could cure it");
    let told = bench.modem.wait_accepted(1);
    let says = words(&told[0]);
    assert_eq!(told[0].number, "+33639980001");
    assert!(says.starts_with("CRITICAL nightbell NightbellOversizedNotification since "), "{says}");
    assert!(says.contains(": Alertmanager sends more than can be read: look at its groups"), "{says}");
    // The same without a word about its size beforehand.
    let mut stream =
        begin(bench.gateway.address, "POST /alerts HTTP/1.1\r\nconnection: close\r\ntransfer-encoding: chunked");
    let chunk = format!("{MIB:x}\r\n{}\r\n", "x".repeat(MIB));
    (0..33).for_each(|_| stream.write_all(chunk.as_bytes()).expect("read to its end"));
    stream.write_all(b"0\r\n\r\n").expect("read to its end");
    let answer = read_answer(&mut stream);
    assert_eq!(answer.status, 200, "{}", answer.body);
    bench.wait_own_duplicates(1);
    assert_eq!(bench.settled().len(), 1, "one text an hour");
}

#[test]
fn body_just_below_the_limit_is_read_whole() {
    let bench = Bench::start();
    assert_eq!(bench.owed(&padded("db-1", 31 * MIB)), 1);
    assert_eq!(bench.owed(&padded("db-2", 32 * MIB)), 1);
    assert_eq!(bench.settled().len(), 2);
}

#[test]
fn bodies_beyond_the_memory_for_all_are_put_off_and_none_is_lost() {
    let bench = Bench::start();
    let address = bench.gateway.address;
    let head = format!("POST /alerts HTTP/1.1\r\nconnection: close\r\ncontent-length: {}", 31 * MIB);
    let bodies = ["db-1", "db-2", "db-3"].map(|host| padded(host, 31 * MIB));
    // Two that have all but their last byte in the gateway hold 62 MiB of 64.
    let mut held: Vec<TcpStream> = bodies[..2]
        .iter()
        .map(|body| {
            let mut stream = begin(address, &head);
            stream.write_all(&body.as_bytes()[..body.len() - 1]).expect("it is read");
            stream
        })
        .collect();
    for _ in 0..3 {
        let answer = read_answer(&mut begin(address, &head));
        assert_eq!(answer.status, 503, "{}", answer.body);
        assert_eq!(answer.body, "too many large notifications at once; send it again\n");
    }
    assert_eq!(bench.owed(&fires("DiskFull", "small")), 1, "small ones still pass");
    for stream in &mut held {
        stream.write_all(b"}").expect("it is read");
        let answer = read_answer(stream);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    assert_eq!(bench.owed(&bodies[2]), 1, "sent again it is taken");
    let mut texts = bench.words();
    texts.sort();
    let hosts: Vec<&str> = texts.iter().filter_map(|text| text.split(' ').nth(1)).collect();
    assert_eq!(hosts, ["db-1", "db-2", "db-3", "small"]);
    assert_eq!(bench.figure("nightbell_webhook_requests_total{code=\"503\"}"), 3.0);
}

#[test]
fn other_methods_are_answered_405_with_a_hint_and_what_is_allowed() {
    let bench = Bench::start();
    for method in ["GET", "HEAD", "DELETE", "PATCH", "OPTIONS", "RING"] {
        let head = format!("{method} /alerts HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = exchange(bench.gateway.address, head.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
        let hint = format!("{method} rings no bell: Alertmanager's webhook_config posts here");
        assert!(method == "HEAD" || answer.contains(&hint), "{answer}");
    }
    for (method, path) in [("GET", "/-/reload"), ("POST", "/metrics"), ("DELETE", "/-/ready"), ("POST", "/")] {
        let answer = request(bench.gateway.address, method, path, &[], b"");
        assert_eq!((answer.status, answer.body), (405, format!("{method} is not answered here\n")), "{path}");
    }
    assert_eq!(bench.settled(), []);
}

#[test]
fn answer_405_names_the_methods_that_are_answered() {
    // RFC 9110 §15.5.6: a 405 must have an Allow header.
    let bench = Bench::start();
    let answer = exchange(bench.gateway.address, b"GET /alerts HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let allow = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("allow:"));
    assert!(allow.is_some_and(|line| line.contains("POST")), "{answer}");
}

#[test]
fn nothing_is_at_other_paths() {
    let bench = Bench::start();
    let body = fires("DiskFull", "db-1");
    for path in ["/alerts/", "/ALERTS", "/alerts%00", "/api/v2/alerts", "/../alerts", "//alerts", "/x", "/-/quit"] {
        let answer = request(bench.gateway.address, "POST", path, &[], body.as_bytes());
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        assert_eq!(answer.body, "nothing is here; Alertmanager posts to /alerts\n", "{path}");
    }
    for (method, path) in [("GET", "/api/v1/texts"), ("POST", "/api/v1/texts"), ("POST", "/api/v1/texts/1/drop")] {
        let answer = request(bench.gateway.address, method, path, &[], b"{\"recipient\":\"ana\",\"text\":\"x\"}");
        assert_eq!((answer.status, answer.body.as_str()), (404, "served on the control socket only\n"), "{path}");
    }
    assert_eq!(bench.settled(), []);
}

#[test]
fn packed_bodies_are_refused_415() {
    let bench = Bench::start();
    for encoding in ["gzip", "zstd", "br, gzip", "identity, gzip"] {
        let headers = [("content-encoding", encoding)];
        let answer = request(bench.gateway.address, "POST", "/alerts", &headers, b"\x1f\x8b\x08\x00");
        assert_eq!(answer.status, 415, "{}", answer.body);
        assert_eq!(answer.body, format!("Content-Encoding `{encoding}` is not read here: send the body as it is\n"));
    }
    assert_eq!(bench.settled(), []);
}

#[test]
fn what_is_no_http_is_closed_and_disturbs_nobody() {
    let bench = Bench::start();
    let long = format!("POST /alerts HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(200 * 1024));
    let cases: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello \r\n\r\n",
        b"AT+CMGS=23\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"POST /alerts HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 5\r\n\r\nabcde",
        b"POST /alerts HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        b"POST /alerts HTTP/1.1\r\ncontent-length: -1\r\n\r\n{}",
    ];
    for bytes in cases.into_iter().chain([long.as_bytes()]) {
        let mut stream = TcpStream::connect(bench.gateway.address).expect("the gateway listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        // It may be closed before all is written.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let ended = stream.read_to_end(&mut answer);
        assert!(!ended.is_err_and(|error| error.kind() == ErrorKind::WouldBlock), "still open: {bytes:?}");
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1);
    assert_eq!(bench.settled().len(), 1);
}

#[test]
fn requests_follow_one_another_on_one_connection() {
    let bench = Bench::start();
    let one = |host: &str, more: &str| {
        let body = fires("DiskFull", host);
        format!("POST /alerts HTTP/1.1\r\nhost: x\r\n{more}content-length: {}\r\n\r\n{body}", body.len())
    };
    let bad = "POST /alerts HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello";
    // All at once, a bad one in the middle.
    let all = [&one("db-1", ""), bad, &one("db-2", ""), &one("db-3", "connection: close\r\n")].concat();
    let answers = exchange(bench.gateway.address, all.as_bytes());
    let codes: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(codes, ["200", "400", "200", "200"], "{answers}");
    let hosts: Vec<String> = bench.modem.wait_accepted(4).iter().map(|text| words(text).to_owned()).collect();
    for host in ["db-1", "db-2", "db-3"] {
        assert_eq!(hosts.iter().filter(|text| text.contains(&format!(" {host} "))).count(), 1, "{hosts:?}");
    }
}

#[test]
fn sender_that_asks_before_a_large_body_is_told_to_go_on() {
    let bench = Bench::start();
    let body = padded("db-1", 2 * MIB);
    let head =
        format!("POST /alerts HTTP/1.1\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: {}", body.len());
    let mut stream = begin(bench.gateway.address, &head);
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).expect("an answer to the expectation");
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).expect("it is read");
    assert_eq!(read_answer(&mut stream).status, 200);
    assert_eq!(bench.settled().len(), 1);
}

/// Whether the other side has closed; what it said before is dropped.
fn is_closed(stream: &mut TcpStream) -> bool {
    let mut bytes = [0; 1024];
    match stream.read(&mut bytes) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

#[test]
fn headers_that_never_end_stop_no_good_sender_and_are_cut_off() {
    let bench = Bench::start();
    let mut siege: Vec<TcpStream> = (0..60)
        .map(|_| {
            let mut stream = TcpStream::connect(bench.gateway.address).expect("the gateway listens");
            stream.write_all(b"POST /alerts HTTP/1.1\r\nx: ").expect("written");
            stream.set_nonblocking(true).expect("set");
            stream
        })
        .collect();
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1, "beside the siege");
    let until = Instant::now() + PATIENCE;
    while !siege.is_empty() {
        assert!(Instant::now() < until, "{} are still open", siege.len());
        siege.retain_mut(|stream| stream.write_all(b"y").is_ok() && !is_closed(stream));
        // The attack itself: a byte from each, now and then.
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(bench.owed(&fires("DiskFull", "db-2")), 1, "and after it");
    assert_eq!(bench.settled().len(), 2);
}

#[test]
fn bodies_that_come_too_slowly_are_put_off() {
    let bench = Bench::start();
    let heads = ["content-length: 100000", "transfer-encoding: chunked"];
    let mut slow = heads.map(|head| begin(bench.gateway.address, &format!("POST /alerts HTTP/1.1\r\n{head}")));
    for stream in &mut slow {
        stream.set_read_timeout(Some(Duration::from_millis(100))).expect("set");
    }
    let answers = slow.each_mut().map(|stream| {
        let until = Instant::now() + PATIENCE;
        let mut answer = Vec::new();
        let mut bytes = [0; 1024];
        loop {
            assert!(Instant::now() < until, "it is still read from");
            // `1\r\n \r\n` is one byte of a chunked body and six of any other.
            let _ = stream.write_all(b"1\r\n \r\n");
            match stream.read(&mut bytes) {
                Ok(0) => return String::from_utf8_lossy(&answer).into_owned(),
                Ok(count) => answer.extend_from_slice(&bytes[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return String::from_utf8_lossy(&answer).into_owned(),
            }
        }
    });
    for answer in answers {
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(answer.ends_with("the body came too slowly; send it again\n"), "{answer}");
    }
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1);
}

#[test]
fn body_that_ends_in_the_middle_is_not_taken() {
    let bench = Bench::start();
    let body = fires("DiskFull", "db-1");
    // What has come is a whole JSON value, and still not all that was announced.
    let head = format!("POST /alerts HTTP/1.1\r\ncontent-length: {}", body.len() + 1);
    let mut stream = begin(bench.gateway.address, &head);
    stream.write_all(body.as_bytes()).expect("written");
    stream.shutdown(Shutdown::Write).expect("half closed");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert_eq!(bench.settled(), []);
    assert_eq!(bench.figure("nightbell_alerts_received_total{status=\"firing\"}"), 0.0);
    assert_eq!(bench.owed(&body), 1, "sent again it is taken");
}

#[test]
fn sixty_fifth_connection_of_an_address_is_closed_and_others_live() {
    let bench = Bench::start();
    let address = bench.gateway.address;
    let connect = || {
        let stream = TcpStream::connect(address).expect("the kernel takes it");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        stream
    };
    let mut guests: Vec<TcpStream> = (0..nightbell::http::MAX_CONNECTIONS_PER_ADDRESS).map(|_| connect()).collect();
    assert!(is_closed(&mut connect()), "one too many");
    assert!(health_from([127, 0, 0, 2], address).starts_with("HTTP/1.1 200 "), "another address has its own share");
    let mut living = guests.pop().expect("64 of them");
    let body = fires("DiskFull", "db-1");
    let head =
        format!("POST /alerts HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    living.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).expect("it is open");
    assert_eq!(read_answer(&mut living).status, 200);
    drop((living, guests));
    wait_until("the places are not free again", || {
        let mut stream = connect();
        stream.write_all(b"GET /-/healthy HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").is_ok() && {
            let mut answer = String::new();
            stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200 ")
        }
    });
    assert_eq!(bench.settled().len(), 1);
}

/// Asks for `/-/healthy` from another address of this machine.
fn health_from(from: [u8; 4], address: SocketAddr) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((from, 0))).expect("an address of the loopback");
        socket.connect(address).await.expect("the gateway listens")
    });
    let mut stream = stream.into_std().expect("not in use");
    stream.set_nonblocking(false).expect("set");
    stream.write_all(b"GET /-/healthy HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("written");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn sender_that_leaves_before_the_answer_has_rung_all_the_same() {
    let bench = Bench::start();
    let heard = || bench.figure("nightbell_alerts_received_total{status=\"firing\"}");
    // Few at a time: an address has its share of the connections.
    for batch in 1..=4_u32 {
        for n in 0..25 {
            let body = fires("DiskFull", &format!("db-{batch}-{n}"));
            let head = format!("POST /alerts HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
            let mut stream = TcpStream::connect(bench.gateway.address).expect("the gateway listens");
            stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).expect("written");
        }
        let until = Instant::now() + Duration::from_secs(5);
        while heard() < f64::from(25 * batch) && Instant::now() < until {
            std::thread::yield_now();
        }
        assert_eq!(heard(), f64::from(25 * batch));
    }
    assert_eq!(bench.settled().len(), 100);
}

const TOKEN: &str = "correct-horse-battery-staple";

#[test]
fn token_is_asked_of_whoever_rings_or_reloads_and_of_nobody_else() {
    let bench = Bench::with_files("{}", "web: { token_file: token }", ROUTING, &[("token", &format!("{TOKEN}\n"))]);
    let right = format!("Bearer {TOKEN}");
    let cases: [(Option<&str>, u16); 7] = [
        (None, 401),
        (Some("Basic YW5hOnNlY3JldA=="), 401),
        (Some("Bearer"), 401),
        (Some("Bearer wrong-horse-battery-staple"), 403),
        (Some("Bearer correct-horse-battery-stapl"), 403),
        (Some(&right), 200),
        (Some(&right.to_lowercase()), 200),
    ];
    for (index, (credentials, status)) in cases.into_iter().enumerate() {
        let headers: Vec<(&str, &str)> = credentials.map(|value| ("authorization", value)).into_iter().collect();
        let body = fires("DiskFull", &format!("db-{index}"));
        for (path, body) in [("/alerts", body.as_bytes()), ("/-/reload", b"")] {
            let answer = request(bench.gateway.address, "POST", path, &headers, body);
            assert_eq!(answer.status, status, "{path} {credentials:?}: {}", answer.body);
        }
    }
    for path in ["/metrics", "/-/ready", "/-/healthy", "/"] {
        assert_eq!(get(bench.gateway.address, path).status, 200, "{path}");
    }
    let asked = exchange(bench.gateway.address, b"POST /alerts HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}");
    assert!(asked.to_ascii_lowercase().contains("www-authenticate: bearer"), "{asked}");
    assert_eq!(bench.settled().len(), 2);
    assert_eq!(bench.figure("nightbell_webhook_requests_total{code=\"403\"}"), 2.0);
    assert!(!bench.gateway.log().contains(TOKEN), "a secret is in the log");
}

/// Starts a gateway that must not start: its exit code and what it says.
fn refused(installation: &Installation, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(BINARY);
    command.arg("serve").arg(format!("--config.file={}", installation.path("nightbell.yml").display()));
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let until = Instant::now() + PATIENCE;
    let code = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status.code().unwrap_or(-1);
        }
        if Instant::now() > until {
            child.kill().expect("it runs");
            child.wait().expect("it ends");
            panic!("{arguments:?}: it started");
        }
        std::thread::yield_now();
    };
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
    (code, said)
}

#[test]
fn listener_beyond_this_machine_without_a_token_is_refused_at_start() {
    let modem = SimModem::start("{}");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    for address in ["0.0.0.0:0", "[::]:0", ":0"] {
        let argument = format!("--web.listen-address={address}");
        let (code, said) = refused(&installation, &["--web.listen-address=127.0.0.1:0", &argument]);
        assert_eq!(code, 1, "{address}: {said}");
        let sentence = format!(
            "{argument}: others than this machine can reach it, and nobody is asked for credentials; set \
             `web.token_file` in nightbell.yml, or say --web.allow-unauthenticated"
        );
        assert!(said.contains(&sentence), "{said}");
        assert!(!said.contains("listening="), "{said}");
    }
}

#[test]
fn port_that_is_taken_is_told_in_a_sentence() {
    let modem = SimModem::start("{}");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let argument = format!("--web.listen-address={}", other.local_addr().expect("bound"));
    let (code, said) = refused(&installation, &[&argument]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains(&format!("{argument}: something else listens there; stop it or choose another port")),
        "{said}"
    );
    let (code, said) = refused(&installation, &["--web.listen-address=nonsense"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("--web.listen-address=nonsense: ") && said.contains("write HOST:PORT"), "{said}");
}

#[test]
fn several_listeners_are_all_answered() {
    let modem = SimModem::start("{}");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let gateway = installation.start_with(&["--web.listen-address=127.0.0.1:0", "--web.listen-address=127.0.0.2:0"]);
    wait_until("the second one is not in the log", || gateway.log().contains("127.0.0.2:"));
    let log = gateway.log();
    let start = log.find("127.0.0.2:").expect("seen just now");
    let second: String = log[start..].chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect();
    for address in [gateway.address, second.parse().expect("an address")] {
        assert_eq!(get(address, "/-/ready").status, 200, "{address}");
        assert_eq!(metric(address, "nightbell_config_last_reload_successful"), Some(1.0), "{address}");
    }
}
