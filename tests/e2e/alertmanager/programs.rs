//! Programs of other projects: started on reserved ports, asked over HTTP, ended with the test.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take to come true before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at something that cannot tell by itself.
const PAUSE: Duration = Duration::from_millis(20);

/// A program, and the Debian package that brings it.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    name: &'static str,
    package: &'static str,
}

pub const PROMETHEUS: Tool = Tool { name: "prometheus", package: "prometheus" };
pub const PROMTOOL: Tool = Tool { name: "promtool", package: "prometheus" };
pub const ALERTMANAGER: Tool = Tool { name: "prometheus-alertmanager", package: "prometheus-alertmanager" };
pub const AMTOOL: Tool = Tool { name: "amtool", package: "prometheus-alertmanager" };

impl Tool {
    /// Runs it to its end in a folder: exit code, and everything it said.
    pub fn run(self, folder: &Path, arguments: &[&str], input: &str) -> (i32, String) {
        let mut command = Command::new(self.name);
        command.args(arguments).current_dir(folder);
        let mut child = self.spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()));
        // One that has its answer may not read to the end; the pipe closes here.
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("it ends");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
    }

    fn spawn(self, command: &mut Command) -> Child {
        match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                panic!("`{}` is missing: apt-get install {}", self.name, self.package)
            }
            Err(error) => panic!("`{}` does not start: {error}", self.name),
        }
    }
}

/// A free port of loopback that nobody else is given while this lives: bound and never listened on, so that a program
/// that sets `SO_REUSEADDR` can listen there, end, and listen again. Until then connections are refused.
pub struct Port {
    pub address: SocketAddr,
    _bound: tokio::net::TcpSocket,
}

impl Port {
    /// Takes one.
    pub fn reserve() -> Self {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("set");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        Self { address: socket.local_addr().expect("bound"), _bound: socket }
    }
}

/// A running program that answers HTTP; killed when dropped.
pub struct Program {
    pub address: SocketAddr,
    tool: Tool,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts it; what it says goes to `log`. It may not listen yet when this returns.
    pub fn start(tool: Tool, arguments: &[String], address: SocketAddr, log: PathBuf) -> Self {
        let file = File::options().create(true).append(true).open(&log).expect("a log file");
        let mut command = Command::new(tool.name);
        let child = tool.spawn(command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(file));
        Self { address, tool, child, log }
    }

    /// Everything it has said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Looks until there is an answer that will do; fails the test if it ends or takes too long.
    pub fn until<T>(&mut self, what: &str, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let name = self.tool.name;
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            let ended = self.child.try_wait().expect("it can be waited for");
            assert!(ended.is_none(), "{name} ended while waiting for {what}: {}", self.log());
            assert!(Instant::now() < until, "{what} did not come from {name}: {}", self.log());
            std::thread::sleep(PAUSE);
        }
    }

    /// The body of a good answer to `GET`; nothing while it does not listen or refuses.
    pub fn get(&self, path: &str) -> Option<String> {
        ask(self.address, "GET", path, "")
    }

    /// Posts JSON until it is taken.
    pub fn post(&mut self, path: &str, body: &str) {
        self.until(path, |program| ask(program.address, "POST", path, body));
    }

    /// The value of the first metric line that starts so; 0 while there is none.
    pub fn metric(&self, line_start: &str) -> f64 {
        let page = self.get("/metrics").unwrap_or_default();
        let line = page.lines().find(|line| line.starts_with(line_start));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
    }

    /// Ends it in order.
    pub fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{} ended with {status}: {}", self.tool.name, self.log());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks until there is an answer that will do; fails the test if that takes too long.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "{what} did not come");
        std::thread::sleep(PAUSE);
    }
}

/// One request by HTTP/1.0, so that the answer is not chunked: the body if it is 200.
fn ask(address: SocketAddr, method: &str, path: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let head = format!("{method} {path} HTTP/1.0\r\nhost: {address}\r\ncontent-type: application/json\r\n");
    stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    (head.split(' ').nth(1) == Some("200")).then(|| body.to_owned())
}
