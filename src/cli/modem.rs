//! `nightbell modem probe` and `nightbell modem sim`. Shell.

use std::io::Write as _;
use std::path::PathBuf;

use tokio::net::TcpListener;

use crate::cli::serve::runtime;
use crate::cli::signals::{Asked, Signals};
use crate::daemon::script_of;
use crate::modem::direct::OpenError;
use crate::modem::setup::{Capabilities, Mode, Wishes};
use crate::modem::sim::{Accepted, EntryKind, Ledger, Script, Sim};
use crate::modem::transport::Source;
use crate::modem::{Address, Modem};

/// What to do with a modem
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Say what a modem is, how its SIM and network are, and whether it can send; sends nothing, but takes the modem
    /// away from a gateway that runs on it, so ask that one's /-/ready instead
    #[command(after_help = "Example:\n  nightbell modem probe tcp://192.168.90.103:8081\n  \
        nightbell modem probe 'serial:///dev/serial/by-id/usb-…?baud=115200'")]
    Probe {
        /// tcp://HOST:PORT or serial:///dev/…?baud=115200
        url: String,
    },
    /// Play a modem, for game days and tests: prints every text its network accepts
    #[command(after_help = "Example:\n  nightbell modem sim --listen 127.0.0.1:8081\n  \
        nightbell modem sim --pty --script late.yml --ledger ledger.jsonl\n\n\
        Leaves with 1 if somebody sent a byte that is not AT.")]
    Sim {
        /// Where to listen
        #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8081")]
        listen: String,
        /// Offer a pseudo-terminal instead, as a serial modem
        #[arg(long)]
        pty: bool,
        /// How it behaves: delays, faults, PIN, profile
        #[arg(long, value_name = "FILE")]
        script: Option<PathBuf>,
        /// Write all that happens here, one JSON object a line
        #[arg(long, value_name = "FILE")]
        ledger: Option<PathBuf>,
    },
}

/// Runs it.
///
/// # Errors
/// One sentence.
pub(crate) fn run(command: &Command) -> Result<u8, String> {
    match command {
        Command::Probe { url } => runtime()?.block_on(probe(url)),
        Command::Sim { listen, pty, script, ledger } => {
            let script = script_of(script.as_deref())?;
            let ledger = match ledger {
                None => Ledger::default(),
                Some(file) => Ledger::with_file(file).map_err(|error| format!("{}: {error}", file.display()))?,
            };
            runtime()?.block_on(play(Sim::with_ledger(script, ledger), listen, *pty))
        }
    }
}

async fn probe(url: &str) -> Result<u8, String> {
    let source = match Address::parse(url)? {
        Address::Sim { .. } => Source::Sim(Sim::new(Script::default())),
        address => Source::Address(address),
    };
    match Modem::open(&source, Wishes::default(), None).await {
        Ok(modem) => {
            let (page, good) = page(modem.capabilities());
            modem.close().await;
            print(&page)?;
            Ok(u8::from(!good))
        }
        Err(OpenError::Lost(lost)) => Err(format!("{url}: {lost}")),
        Err(OpenError::Blocked(blocked)) => Err(format!("{url}: a modem answers, but {}", blocked.sentence())),
    }
}

/// What was found, for a human, and whether it can send.
fn page(found: &Capabilities) -> (String, bool) {
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
    let mode = match found.mode {
        Mode::Pdu => "PDU mode, read back".to_owned(),
        Mode::Text(charset) => format!("text mode only, character set {charset:?}"),
    };
    let registered = match found.registered {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "unknown: the modem does not tell",
    };
    let signal = match found.signal_dbm {
        None => "unknown".to_owned(),
        Some(dbm) => format!("{dbm} dBm, {}", signal_words(dbm)),
    };
    let good = found.registered != Some(false);
    let verdict = if good {
        "it can send; try `nightbell send NUMBER TEXT --modem URL`"
    } else {
        "it cannot send yet: check antenna, SIM contract and coverage"
    };
    let lines = [
        ("manufacturer", known(&found.manufacturer)),
        ("model", known(&found.model)),
        ("firmware", known(&found.firmware)),
        ("SIM", known(&found.sim)),
        ("registered", registered.to_owned()),
        ("signal", signal),
        ("service centre", if found.smsc.is_some() { "set" } else { "not set, or not told" }.to_owned()),
        ("texts", mode),
        ("verdict", verdict.to_owned()),
    ];
    (lines.map(|(name, value)| format!("{name:<15} {value}")).join("\n"), good)
}

fn signal_words(dbm: i16) -> &'static str {
    match dbm {
        -75.. => "good",
        -95..=-76 => "enough",
        -105..=-96 => "weak: texts may fail; move the antenna",
        _ => "hardly any: move the antenna",
    }
}

async fn play(sim: Sim, listen: &str, pty: bool) -> Result<u8, String> {
    let mut signals = Signals::listen()?;
    let ledger = sim.ledger();
    let (address, serving): (String, std::pin::Pin<Box<dyn Future<Output = ()> + Send>>) = if pty {
        let (path, serving) = sim.open_pty().map_err(|error| format!("no pseudo-terminal: {error}"))?;
        (format!("serial://{}", path.display()), Box::pin(serving))
    } else {
        let listener = TcpListener::bind(listen).await.map_err(|error| format!("--listen {listen}: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let sim = sim.clone();
        (format!("tcp://{address}"), Box::pin(async move { drop(sim.serve_tcp(listener).await) }))
    };
    print(&format!("a simulated modem is at {address}"))?;
    tokio::select! {
        () = serving => return Err("the simulated modem has ended".to_owned()),
        () = tell(&ledger) => {}
        () = async { while signals.next().await != Asked::Leave {} } => {}
    }
    let violations = ledger.violations();
    if violations.is_empty() {
        return Ok(0);
    }
    Err(format!("somebody sent what is not AT, {} in all; first: {}", violations.len(), violations[0]))
}

/// Prints what happens, as it happens.
async fn tell(ledger: &Ledger) {
    let mut told = 0;
    loop {
        let entries = ledger.wait_for(|entries| entries.len() > told).await;
        for entry in &entries[told.min(entries.len())..] {
            match &entry.kind {
                EntryKind::Accepted(accepted) => drop(print(&phone(accepted))),
                EntryKind::Violation { what } => {
                    let _ = writeln!(std::io::stderr(), "NOT AT: {what}");
                }
                _ => {}
            }
        }
        told = entries.len();
    }
}

fn phone(accepted: &Accepted) -> String {
    format!("{} < {}", accepted.number, accepted.text)
}

fn print(text: &str) -> Result<(), String> {
    writeln!(std::io::stdout(), "{text}").map_err(|error| error.to_string())
}
