//! The simulated modem as something to connect to: in this process, over TCP, or through a pseudo-terminal.

use std::{
    future::pending,
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, split},
    net::TcpListener,
    sync::mpsc,
    task::JoinSet,
    time::sleep_until,
};

use crate::clock::{self, Instant};
use crate::modem::sim::{
    engine::{Effect, Engine, Event},
    ledger::Ledger,
    pty::{self, Pty},
    script::{Clients, Script},
};

/// A handle to a running simulated modem, cheap to clone. The modem runs on from its first connection until the
/// last handle is dropped and the last connection closed, also while nobody is connected: what the network was
/// handed is sent.
#[derive(Clone, Debug)]
pub struct Sim {
    mail: mpsc::Sender<Mail>,
    // Taken by the first connection, since only there a runtime is sure to be.
    asleep: Arc<Mutex<Option<Asleep>>>,
    lines: Arc<AtomicU64>,
    ledger: Ledger,
}

impl Sim {
    /// A modem that follows a script, with a ledger in memory.
    #[must_use]
    pub fn new(script: Script) -> Self {
        Self::with_ledger(script, Ledger::default())
    }

    /// A modem that writes to this ledger.
    #[must_use]
    pub fn with_ledger(script: Script, ledger: Ledger) -> Self {
        let (mail, inbox) = mpsc::channel(MAX_MAIL);
        let asleep = Asleep { engine: Engine::new(script), inbox };
        Self { mail, asleep: Arc::new(Mutex::new(Some(asleep))), lines: Arc::default(), ledger }
    }

    /// What it saw and did.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }

    /// A new client in this process: the client's end of the line.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn connect(&self) -> DuplexStream {
        let (client, modem) = duplex(LINE_BUFFER);
        tokio::spawn(self.clone().attend(modem));
        client
    }

    /// Serves clients of a TCP port until its future is dropped, which closes their connections.
    ///
    /// # Errors
    /// When the port takes no more connections.
    pub async fn serve_tcp(&self, listener: TcpListener) -> io::Result<()> {
        let mut clients = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let (stream, _) = accepted?;
                    // A client already gone again refuses it; reading will tell.
                    let _ = stream.set_nodelay(true);
                    clients.spawn(self.clone().attend(stream));
                }
                Some(_) = clients.join_next() => {}
            }
        }
    }

    /// Opens a pseudo-terminal: the path a client opens as its serial port, and the future that serves it until
    /// it is dropped. Like a serial wire it is connected from the start, and nobody notices a client going.
    ///
    /// # Errors
    /// When the system gives no pseudo-terminal.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn open_pty(&self) -> io::Result<(PathBuf, impl Future<Output = ()> + Send + 'static)> {
        let Pty { path, near, far } = pty::open()?;
        let sim = self.clone();
        Ok((path, async move {
            sim.attend(near).await;
            drop(far);
        }))
    }

    /// Carries bytes between a client and the modem until one of them is done.
    async fn attend<S: AsyncRead + AsyncWrite + Unpin>(self, stream: S) {
        self.wake();
        let (mut reader, mut writer) = split(stream);
        let (to_client, mut from_modem) = mpsc::channel::<Vec<u8>>(MAX_LINE_QUEUE);
        let line = self.lines.fetch_add(1, Ordering::Relaxed);
        if self.mail.send(Mail::Connect { line, to_client }).await.is_err() {
            return;
        }
        let mut buffer = vec![0; LINE_BUFFER];
        loop {
            tokio::select! {
                said = from_modem.recv() => match said {
                    Some(bytes) if writer.write_all(&bytes).await.is_ok() => {}
                    _ => break,
                },
                heard = reader.read(&mut buffer) => match heard {
                    Ok(count @ 1..) => {
                        let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                        if self.mail.send(Mail::Bytes { line, bytes }).await.is_err() {
                            break;
                        }
                    }
                    _ => break,
                },
            }
        }
        // The client may be gone; that is no news.
        let _ = writer.shutdown().await;
    }

    fn wake(&self) {
        if let Some(asleep) = self.asleep.lock().unwrap_or_else(PoisonError::into_inner).take() {
            tokio::spawn(Driver::new(asleep.engine, self.ledger.clone()).run(asleep.inbox));
        }
    }
}

#[derive(Debug)]
struct Asleep {
    engine: Engine,
    inbox: mpsc::Receiver<Mail>,
}

/// What connections tell the modem. That one is gone shows in its closed channel.
#[derive(Debug)]
enum Mail {
    Connect { line: u64, to_client: mpsc::Sender<Vec<u8>> },
    Bytes { line: u64, bytes: Vec<u8> },
}

/// The one task that owns the engine.
struct Driver {
    engine: Engine,
    ledger: Ledger,
    started: Instant,
    line: Option<(u64, mpsc::Sender<Vec<u8>>)>,
}

impl Driver {
    fn new(engine: Engine, ledger: Ledger) -> Self {
        Self { engine, ledger, started: clock::instant(), line: None }
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<Mail>) {
        loop {
            let deadline = self.engine.deadline().map(|deadline| self.started + deadline);
            let line = self.line.as_ref().map(|(_, to_client)| to_client.clone());
            tokio::select! {
                // What a client wrote before it went is heard before it is missed.
                biased;
                mail = inbox.recv() => match mail {
                    Some(mail) => self.receive(mail),
                    None => break,
                },
                () = closed(line) => self.lose_line(),
                () = until(deadline) => self.turn(Event::Timer),
            }
        }
    }

    fn receive(&mut self, mail: Mail) {
        match mail {
            Mail::Connect { line, to_client } => self.connect(line, to_client),
            Mail::Bytes { line, bytes } => {
                if self.line.as_ref().is_some_and(|(current, _)| *current == line) {
                    self.turn(Event::Bytes(&bytes));
                }
            }
        }
    }

    fn connect(&mut self, line: u64, to_client: mpsc::Sender<Vec<u8>>) {
        let taken = self.line.as_ref().is_some_and(|(_, current)| !current.is_closed());
        if taken && self.engine.script().clients() == Clients::One {
            // Dropping its sender closes the newcomer.
            return;
        }
        self.lose_line();
        self.line = Some((line, to_client));
        self.turn(Event::Connected);
    }

    fn lose_line(&mut self) {
        if self.line.take().is_some() {
            self.turn(Event::Disconnected);
        }
    }

    fn turn(&mut self, event: Event<'_>) {
        let now = clock::instant().duration_since(self.started);
        for effect in self.engine.handle(event, now) {
            match effect {
                Effect::Write(bytes) => {
                    if let Some((_, to_client)) = &self.line {
                        // A client that does not read loses bytes, as on a serial line.
                        let _ = to_client.try_send(bytes);
                    }
                }
                Effect::Close => self.line = None,
                Effect::Ledger(kind) => self.ledger.record(clock::now(), kind),
            }
        }
    }
}

async fn closed(line: Option<mpsc::Sender<Vec<u8>>>) {
    match line {
        Some(to_client) => to_client.closed().await,
        None => pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

/// Reads waiting for the modem's attention; beyond that clients are slowed down.
const MAX_MAIL: usize = 64;

/// Pieces on their way to a client, single bytes included.
const MAX_LINE_QUEUE: usize = 65_536;

/// Bytes of one read, and of each direction of a line in this process.
const LINE_BUFFER: usize = 4_096;
