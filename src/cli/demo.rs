//! `nightbell demo`: the main job with nothing to configure. Shell.
//!
//! A real gateway with a simulated modem, in a temporary folder: the sample outage is posted to its webhook as
//! Alertmanager would, and what the simulated network accepts is drawn as phones.

use std::io::{IsTerminal, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::cli::logging::{self, Format, Level};
use crate::cli::serve::runtime;
use crate::cli::signals::{Asked, Signals};
use crate::clock::now;
use crate::config::load_files;
use crate::daemon::{Options, sims_for, start};
use crate::modem::sim::{Accepted, Ledger};

/// Shows an outage becoming texts on phones; everything is simulated but the gateway
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  nightbell demo\n\nIt stays up until Ctrl-C when run in a terminal, so that you can look around."
)]
pub(crate) struct Args {
    /// Leave when the story is told
    #[arg(long)]
    once: bool,
    /// Show the gateway's log too
    #[arg(short, long)]
    verbose: bool,
}

/// One scene of the story.
struct Scene {
    title: &'static str,
    body: Value,
    texts: usize,
}

/// The people of the story, for the pictures.
const PEOPLE: [(&str, &str); 2] = [("ana", "+33639980001"), ("bob", "+33639980002")];

const CONFIG: &str = "routing_file: routing.yml\nmodems:\n  - { name: stick, address: \"sim:?script=SCRIPT\" }\n\
                      storage: { path: state }\n";

const SCRIPT: &str = "manufacturer: Simulated\nmodel: Modem\nnetwork_time: 400ms\nresult_time: 200ms\n";

const ROUTING: &str = r#"people:
  ana: { phone: "+33639980001", timezone: Europe/Brussels }
  bob: { phone: "+33639980002", timezone: Europe/Brussels }
allowed_prefixes: [ "+33" ]
route:
  page: [ana]
  routes:
    - { matchers: [ 'severity="info"' ], page: [] }
    - { matchers: [ 'team="web"' ], page: [bob, ana] }
fallback: [ana]
"#;

/// Runs it.
///
/// # Errors
/// One sentence.
pub(crate) fn run(args: Args) -> Result<u8, String> {
    logging::start(if args.verbose { Level::Info } else { Level::Error }, Format::Logfmt);
    let folder = temporary_folder()?;
    let outcome = runtime()?.block_on(play(&args, &folder));
    // What is left of a demo is of no use to anybody.
    let _ = std::fs::remove_dir_all(&folder);
    outcome
}

fn temporary_folder() -> Result<std::path::PathBuf, String> {
    let name = format!("nightbell-demo-{:08x}", getrandom::u32().map_err(|error| error.to_string())?);
    let folder = std::env::temp_dir().join(name);
    let sentence = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir(&folder).map_err(sentence)?;
    let script = folder.join("modem.yml");
    let config = CONFIG.replace("SCRIPT", &script.display().to_string());
    for (name, text) in [("nightbell.yml", config.as_str()), ("routing.yml", ROUTING), ("modem.yml", SCRIPT)] {
        std::fs::write(folder.join(name), text).map_err(sentence)?;
    }
    Ok(folder)
}

async fn play(args: &Args, folder: &Path) -> Result<u8, String> {
    let mut signals = Signals::listen()?;
    let config_file = folder.join("nightbell.yml");
    let loaded = load_files(&config_file).map_err(|findings| format!("the demo's own files: {findings:?}"))?;
    let sims = sims_for(&loaded.config.modems)?;
    let ledger = sims.values().next().map(crate::modem::sim::Sim::ledger).unwrap_or_default();
    let options =
        Options { listen: vec!["127.0.0.1:0".to_owned()], config_file: Some(config_file), ..Options::default() };
    let running = start(loaded, &sims, options).await?;
    let address = *running.addresses.first().ok_or("the gateway listens nowhere")?;
    let stays = std::io::stdout().is_terminal() && !args.once;
    say(&format!(
        "Nightbell is up at http://{address} with a simulated modem.\nAlertmanager would post to http://{address}/alerts\n"
    ));
    let told = async {
        let told = tokio::select! {
            told = tell(address, &ledger) => told,
            () = left(&mut signals) => return Ok(()),
        };
        if told.is_ok() && stays {
            say(&format!(
                "\nStill up. Look around, then press Ctrl-C:\n  curl http://{address}/-/ready\n  \
                 curl http://{address}/metrics\n  nightbell outbox list --storage.path={}",
                folder.join("state").display()
            ));
            left(&mut signals).await;
        }
        told
    };
    let mut outcome = Ok(());
    running.until(async { outcome = told.await }).await?;
    outcome.map(|()| 0)
}

async fn left(signals: &mut Signals) {
    while signals.next().await != Asked::Leave {}
}

/// Plays the scenes one after the other; each ends when its texts are on the phones.
async fn tell(address: SocketAddr, ledger: &Ledger) -> Result<(), String> {
    let mut shown = 0;
    for scene in scenes(now()) {
        say(&format!("--- {}", scene.title));
        let answer = post(address, &scene.body).await?;
        say(&format!("    POST /alerts -> {answer}"));
        let wanted = shown + scene.texts;
        let accepted = tokio::time::timeout(PATIENCE, ledger.wait_accepted(wanted)).await;
        let accepted = accepted.map_err(|_| "the texts did not come; run it again with --verbose")?;
        accepted[shown..].iter().for_each(|accepted| say(&phone(accepted)));
        shown = accepted.len();
    }
    say("That was it: one text a person and change, the repeat paged nobody, and all fits in 160 characters.");
    Ok(())
}

/// How long a scene's texts may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn scenes(at: Timestamp) -> Vec<Scene> {
    let ago = |minutes: i64| (at - SignedDuration::from_mins(minutes)).to_string();
    let database = |status: &str| {
        let end = if status == "resolved" { at.to_string() } else { "0001-01-01T00:00:00Z".to_owned() };
        let labels =
            json!({ "alertname": "PostgresDown", "host": "db-01.example.org", "severity": "critical", "team": "db" });
        let annotations = json!({ "summary": "PostgreSQL does not answer, replicas lag 40 s" });
        notification(status, "db", json!([alert(status, &labels, &annotations, &ago(4), &end)]))
    };
    let web: Vec<Value> = (1..=9)
        .map(|n| {
            let labels = json!({
                "alertname": "HttpErrors", "host": format!("web{n}.example.org"), "severity": "critical", "team": "web"
            });
            let annotations = json!({ "summary": "5xx above 20 % for 5 minutes" });
            alert("firing", &labels, &annotations, &ago(5), "0001-01-01T00:00:00Z")
        })
        .collect();
    vec![
        Scene { title: "the database goes down; ana is on call", body: database("firing"), texts: 1 },
        Scene { title: "Alertmanager missed our answer and sends it again", body: database("firing"), texts: 0 },
        Scene {
            title: "nine web servers follow, in one notification; bob and ana are told",
            body: notification("firing", "web", Value::Array(web)),
            texts: 2,
        },
        Scene { title: "the database is back", body: database("resolved"), texts: 1 },
    ]
}

fn notification(status: &str, team: &str, alerts: Value) -> Value {
    json!({
        "version": "4", "status": status, "receiver": "sms", "groupKey": format!("{{}}:{{team=\"{team}\"}}"),
        "groupLabels": { "team": team }, "commonLabels": { "team": team }, "commonAnnotations": {},
        "externalURL": "http://alertmanager.example.org:9093", "truncatedAlerts": 0, "alerts": alerts,
    })
}

fn alert(status: &str, labels: &Value, annotations: &Value, starts: &str, ends: &str) -> Value {
    json!({
        "status": status, "labels": labels, "annotations": annotations, "startsAt": starts, "endsAt": ends,
        "generatorURL": "http://prometheus.example.org:9090/graph",
    })
}

async fn post(address: SocketAddr, body: &Value) -> Result<String, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let request = Request::post("/alerts")
        .header(header::HOST, address.to_string())
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body.to_string())))
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = response.status();
    let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok(format!("{status} {}", String::from_utf8_lossy(&body).trim_end()))
}

/// How many characters a drawn phone shows in a line.
const PHONE_WIDTH: usize = 34;

fn phone(accepted: &Accepted) -> String {
    let person = PEOPLE.iter().find(|(_, number)| *number == accepted.number).map_or("?", |(person, _)| *person);
    let rule = "-".repeat(PHONE_WIDTH + 2);
    let mut lines = vec![
        format!("      .{rule}."),
        format!("      | {:<PHONE_WIDTH$} |", format!("{person}'s phone")),
        format!("      |{rule}|"),
    ];
    let mut line = String::new();
    for word in accepted.text.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > PHONE_WIDTH {
            lines.push(format!("      | {line:<PHONE_WIDTH$} |"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(format!("      | {line:<PHONE_WIDTH$} |"));
    lines.push(format!("      '{rule}'"));
    lines.join("\n")
}

fn say(text: &str) {
    // A closed terminal hears nothing, and that is all.
    let _ = writeln!(std::io::stdout(), "{text}");
}
