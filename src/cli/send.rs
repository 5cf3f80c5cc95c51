//! `nightbell send`: to a number straight through a modem, or to a person through the running gateway. Shell.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::cli::control::{Where, ask};
use crate::cli::serve::runtime;
use crate::message::Verdict;
use crate::modem::session::{Heard, Listener};
use crate::modem::setup::{ModeChoice, Wishes};
use crate::modem::transport::Source;
use crate::modem::{Address, Modem};
use crate::sms::{Number, Text, transliterate};

/// Sends one text and tells the truth about it
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  nightbell send +33639980001 \"Disk full on db-01\" --modem tcp://192.168.90.103:8081\n  \
    nightbell send ana \"this is a test\"\n\n\
    Leaves with 0 when the network took the text (or the gateway has it), else with 1."
)]
pub(crate) struct Args {
    /// A number (+33639980001, with --modem) or a person of the routing file (ana)
    #[arg(value_name = "NUMBER|PERSON", allow_hyphen_values = true)]
    to: String,
    /// What to say: one SMS, 160 characters of the GSM alphabet
    text: String,
    /// Send straight through this modem: tcp://HOST:PORT or serial:///dev/…?baud=115200
    #[arg(long, value_name = "URL")]
    modem: Option<String>,
    /// PDU or text mode: auto, pdu, text
    #[arg(long, default_value = "auto")]
    mode: String,
    /// The file that holds the SIM's PIN
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
    /// How many seconds the network may take to answer
    #[arg(long, value_name = "SECONDS", default_value_t = 185)]
    answer_within: u64,
    /// Show the dialogue with the modem
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    place: Where,
}

/// Runs it.
///
/// # Errors
/// One sentence: why it was not sent.
pub(crate) fn run(args: &Args) -> Result<u8, String> {
    let is_number = args.to.starts_with('+') || args.to.starts_with(|c: char| c.is_ascii_digit());
    match (&args.modem, is_number) {
        (Some(modem), true) => runtime()?.block_on(through_modem(args, modem)),
        (None, false) => runtime()?.block_on(through_gateway(args)),
        (Some(_), false) => Number::parse(&args.to).map(|_| 0),
        (None, true) => Err("a number is sent to straight through a modem: add --modem tcp://HOST:PORT; \
                             the gateway knows people only"
            .to_owned()),
    }
}

async fn through_modem(args: &Args, url: &str) -> Result<u8, String> {
    let number = Number::parse(&args.to)?;
    let address = Address::parse(url).map_err(|error| format!("--modem: {error}"))?;
    let mode =
        ModeChoice::parse(&args.mode).ok_or_else(|| format!("--mode: `{}` is none of auto, pdu, text", args.mode))?;
    let text = fitting(&args.text)?;
    let pin = match &args.pin_file {
        None => None,
        Some(file) => {
            let read = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            Some(read.trim().to_owned())
        }
    };
    let source = match address {
        Address::Sim { .. } => Source::Sim(crate::modem::sim::Sim::new(crate::modem::sim::Script::default())),
        address => Source::Address(address),
    };
    let wishes = Wishes { mode, pin, smsc: None };
    let listener = args.verbose.then(|| Box::new(show) as Listener);
    let mut modem =
        Modem::open(&source, wishes, listener).await.map_err(|error| format!("{url}: {error}; not sent"))?;
    modem.answer_within(Duration::from_secs(args.answer_within));
    let began = crate::clock::instant();
    let verdict = modem.send(&number, &text).await;
    let took = crate::clock::instant().duration_since(began).as_secs_f64();
    modem.close().await;
    outcome(&verdict, took)
}

/// One text, transliterated; too long is refused rather than cut.
fn fitting(words: &str) -> Result<Text, String> {
    let plain = transliterate(words);
    if plain.lost > 0 {
        let _ = writeln!(
            std::io::stderr(),
            "nightbell: {} characters have no form in an SMS; sending `{}`",
            plain.lost,
            plain.text
        );
    }
    Text::new(&plain.text).map_err(|error| error.to_string())
}

fn outcome(verdict: &Verdict, took: f64) -> Result<u8, String> {
    match verdict {
        Verdict::Accepted { reference } => {
            let reference = reference.map(|reference| format!(", reference {reference}")).unwrap_or_default();
            let _ = writeln!(std::io::stdout(), "accepted by the network after {took:.1} s{reference}");
            Ok(0)
        }
        Verdict::NotSent { reason, .. } => Err(format!("not sent: {reason}; the modem or the network refused it")),
        Verdict::InDoubt { reason } => {
            Err(format!("in doubt: {reason}; it was handed to the radio and nobody can tell whether it went out"))
        }
    }
}

/// Both directions, printable.
fn show(heard: Heard<'_>) {
    let (arrow, bytes) = match heard {
        Heard::Wrote(bytes) => (">>", bytes),
        Heard::Read(bytes) => ("<<", bytes),
    };
    let _ = writeln!(std::io::stderr(), "{arrow} {}", String::from_utf8_lossy(bytes).escape_debug());
}

async fn through_gateway(args: &Args) -> Result<u8, String> {
    let state = args.place.state_folder()?;
    let body = json!({ "recipient": args.to, "text": args.text }).to_string();
    let Some(answer) = ask(&state, Method::POST, "/api/v1/texts", body).await? else {
        return Err(format!(
            "no gateway runs on {}: start `nightbell serve`, or add --modem and a number",
            state.display()
        ));
    };
    if answer.status != StatusCode::OK {
        return Err(answer.body);
    }
    let queued: Value = serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
    let (id, page) = (&queued["id"], queued["page"].as_str().unwrap_or_default());
    let _ = writeln!(
        std::io::stdout(),
        "text {id} to {} is on disk as #{page}; follow it with `nightbell outbox show {id}`",
        args.to
    );
    Ok(0)
}
