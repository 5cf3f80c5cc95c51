//! `nightbell outbox`: through the running gateway, or on the ledger itself when none runs. Shell.

use std::io::Write as _;
use std::path::Path;

use hyper::{Method, StatusCode};
use serde_json::Value;

use crate::cli::control::{Answer, Where, ask};
use crate::cli::serve::runtime;
use crate::daemon::StateFolder;
use crate::http::texts_api;
use crate::message::PageCode;
use crate::outbox::Outbox;

/// What to do with the ledger
#[derive(clap::Subcommand)]
#[command(
    after_help = "Example:\n  nightbell outbox list --state=failed\n  nightbell outbox show 17\n  nightbell outbox retry 17"
)]
pub(crate) enum Command {
    /// The newest texts and where they stand
    #[command(after_help = "Example:\n  nightbell outbox list --state=failed")]
    List {
        #[command(flatten)]
        place: Where,
        /// Only texts in this state, such as queued, in_doubt, failed
        #[arg(long)]
        state: Option<String>,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// One text and its whole story
    #[command(after_help = "Example:\n  nightbell outbox show 17")]
    Show {
        /// Its number in the list, or the code at the end of the text (k7q4)
        id: String,
        #[command(flatten)]
        place: Where,
    },
    /// Send it (again); marked with a * if an earlier copy may have gone out
    #[command(after_help = "Example:\n  nightbell outbox retry 17")]
    Retry {
        /// Its number in the list, or the code at the end of the text (k7q4)
        id: String,
        #[command(flatten)]
        place: Where,
    },
    /// Do not send it
    #[command(after_help = "Example:\n  nightbell outbox drop 17")]
    Drop {
        /// Its number in the list, or the code at the end of the text (k7q4)
        id: String,
        #[command(flatten)]
        place: Where,
    },
}

/// Runs it.
///
/// # Errors
/// One sentence.
pub(crate) fn run(command: &Command) -> Result<u8, String> {
    runtime()?.block_on(async {
        match command {
            Command::List { place, state, limit, json } => {
                let state = state.as_ref().map(|state| format!("&state={state}")).unwrap_or_default();
                let answer = answer(place, Method::GET, &format!("/api/v1/texts?limit={limit}{state}")).await?;
                print(&if *json { answer } else { table(&answer) })
            }
            Command::Show { id, place } => {
                for id in ids(place, id).await? {
                    print(&story(&answer(place, Method::GET, &format!("/api/v1/texts/{id}")).await?))?;
                }
                Ok(())
            }
            Command::Retry { id, place } => {
                for id in ids(place, id).await? {
                    print(&answer(place, Method::POST, &format!("/api/v1/texts/{id}/retry")).await?)?;
                }
                Ok(())
            }
            Command::Drop { id, place } => {
                for id in ids(place, id).await? {
                    print(&answer(place, Method::POST, &format!("/api/v1/texts/{id}/drop")).await?)?;
                }
                Ok(())
            }
        }
    })?;
    Ok(0)
}

/// The texts a number or a code means.
async fn ids(place: &Where, id: &str) -> Result<Vec<i64>, String> {
    if let Ok(id) = id.parse() {
        return Ok(vec![id]);
    }
    let code = PageCode::parse(id)
        .ok_or_else(|| format!("`{id}` is neither a number of `outbox list` nor a code like k7q4"))?;
    let listed = answer(place, Method::GET, &format!("/api/v1/texts?page={code}")).await?;
    let rows: Vec<Value> = serde_json::from_str(&listed).unwrap_or_default();
    let ids: Vec<i64> = rows.iter().rev().filter_map(|row| row["id"].as_i64()).collect();
    if ids.is_empty() { Err(format!("no text has the code #{code}")) } else { Ok(ids) }
}

async fn answer(place: &Where, method: Method, path: &str) -> Result<String, String> {
    let state = place.state_folder()?;
    let answer = match ask(&state, method.clone(), path, String::new()).await? {
        Some(answer) => answer,
        None => on_the_ledger(&state, &method, path).await?,
    };
    if answer.status == StatusCode::OK { Ok(answer.body) } else { Err(answer.body) }
}

/// No gateway runs: the same questions to the ledger itself, under the same lock a gateway takes.
async fn on_the_ledger(state: &Path, method: &Method, path: &str) -> Result<Answer, String> {
    if !state.join(crate::outbox::LEDGER_FILE).is_file() {
        return Err(format!("{}: no gateway runs here and there is no ledger", state.display()));
    }
    let folder = StateFolder::take(state)?;
    let (writer, reader) = crate::outbox::open(folder.path())?;
    let outbox = Outbox::start(Box::new(writer), Box::new(reader)).map_err(|error| error.to_string())?;
    let (status, body) = texts_api(&outbox, method, path).await;
    Ok(Answer { status, body })
}

fn print(text: &str) -> Result<(), String> {
    writeln!(std::io::stdout(), "{text}").map_err(|error| error.to_string())
}

fn table(json: &str) -> String {
    let rows: Vec<Value> = serde_json::from_str(json).unwrap_or_default();
    if rows.is_empty() {
        return "no texts".to_owned();
    }
    let mut lines = vec![format!(
        "{:>6}  {:<20}  {:<10}  {:<12}  {:<10}  {:<8}  text",
        "id", "queued", "state", "reason", "to", "modem"
    )];
    for row in &rows {
        let created = word(row, "created");
        lines.push(format!(
            "{:>6}  {:<20}  {:<10}  {:<12}  {:<10}  {:<8}  {}",
            row["id"].to_string(),
            created.split('.').next().unwrap_or_default().trim_end_matches('Z').to_owned() + "Z",
            word(row, "state"),
            word(row, "reason"),
            word(row, "recipient"),
            word(row, "modem"),
            word(row, "text"),
        ));
    }
    lines.join("\n")
}

fn story(json: &str) -> String {
    let whole: Value = serde_json::from_str(json).unwrap_or_default();
    let text = &whole["text"];
    let mut lines = vec![
        format!("text {} of page #{} to {}", text["id"], word(text, "page"), word(text, "recipient")),
        format!("  {}", word(text, "text")),
        format!("  {}, {}, {} attempts", word(text, "kind"), word(text, "priority"), text["attempts"]),
        format!("  {}  queued", word(text, "created")),
    ];
    for line in whole["story"].as_array().into_iter().flatten() {
        lines.push(format!("  {}  {}  {}", word(line, "at"), word(line, "what"), word(line, "detail")));
    }
    lines.join("\n")
}

fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
