//! `nightbell.yml` from top to bottom.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;

use crate::config::glob::Glob;
use crate::config::modems::{MODEMS_EXAMPLE, read_modems};
use crate::config::settings::{AlertmanagerConfig, Config, StormConfig};
use crate::dispatch::{InDoubtPolicy, Limits};
use crate::finding::Finding;
use crate::http::WebConfig;
use crate::outbox::config::StorageConfig;
use crate::yaml::{self, Fields, Findings, Node, Value, Words, boolean, closest, list, shown, text, whole_number};

impl Config {
    /// Reads the config. `file` is its name as the operator gave it, `source` its text. Paths stay as written.
    ///
    /// # Errors
    /// Every mistake that can be told, in the order of the file; at least one.
    pub fn load(file: &str, source: &str) -> Result<Self, Vec<Finding>> {
        match Self::load_partly(file, source) {
            (Some(config), findings) if findings.is_empty() => Ok(config),
            (_, findings) => Err(findings),
        }
    }

    /// The same, for those who want to go on to the other files although something is wrong in this one: what could be
    /// read, defaults in the place of what could not, and every mistake.
    #[must_use]
    pub fn load_partly(file: &str, source: &str) -> (Option<Self>, Vec<Finding>) {
        let root = match yaml::parse(file, source) {
            Ok(root) if root.value == Value::Null => {
                let empty = Finding::whole(file, "the file is empty", "begin with the example nightbell.yml");
                return (None, vec![empty]);
            }
            Ok(root) => root,
            Err(finding) => return (None, vec![finding]),
        };
        let mut findings = Findings::new(file, &WORDS);
        let config = read(&root, &mut findings);
        (config, findings.finish())
    }
}

fn read(root: &Node, findings: &mut Findings) -> Option<Config> {
    let known = ["routing_file", "templates", "storage", "web", "modems", "alertmanager", "limits", "storm"];
    let fields = Fields::read(root, WHAT, &known, findings)?;
    let routing_file = fields.need("routing_file", WHAT, "routing_file: routing.yml", findings);
    let modems = fields.need("modems", WHAT, &format!("modems: {MODEMS_EXAMPLE}"), findings);
    let routing_file = routing_file.and_then(|node| path(node, "routing_file", "routing.yml", findings));
    let templates = fields.get_filled("templates").map(|node| read_templates(node, findings)).unwrap_or_default();
    let storage = fields.get_filled("storage").and_then(|node| read_storage(node, findings)).unwrap_or_default();
    let web = fields.get_filled("web").and_then(|node| read_web(node, findings)).unwrap_or_default();
    let modems = modems.map(|node| read_modems(node, findings));
    let alertmanager = fields.get_filled("alertmanager").and_then(|node| read_alertmanager(node, findings));
    let limits = fields.get_filled("limits").and_then(|node| read_limits(node, findings)).unwrap_or_default();
    let storm = fields.get_filled("storm").and_then(|node| read_storm(node, findings)).unwrap_or_default();
    Some(Config {
        routing_file: routing_file?,
        templates,
        storage,
        web,
        modems: modems.unwrap_or_default(),
        alertmanager: alertmanager.unwrap_or_default(),
        limits,
        storm,
    })
}

/// The path behind a key.
pub(super) fn path(node: &Node, key: &str, example: &str, findings: &mut Findings) -> Option<PathBuf> {
    text(node, key, example, findings).map(PathBuf::from)
}

/// A duration within bounds, for those who never count backwards.
pub(super) fn duration(
    node: &Node,
    key: &str,
    example: &str,
    bounds: RangeInclusive<Duration>,
    findings: &mut Findings,
) -> Option<Duration> {
    let signed = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    let bounds = signed(*bounds.start())..=signed(*bounds.end());
    yaml::duration(node, key, example, &bounds, findings).map(SignedDuration::unsigned_abs)
}

fn read_templates(node: &Node, findings: &mut Findings) -> Vec<Glob> {
    let mut globs = Vec::new();
    for item in list(node, "templates", TEMPLATES_EXAMPLE, findings).unwrap_or_default() {
        match text(item, "templates", "templates/*.hbs", findings).map(Glob::parse) {
            Some(Ok(glob)) => globs.push(glob),
            Some(Err(sentence)) => findings.add_sentence(item.place, &sentence),
            None => {}
        }
    }
    globs
}

fn read_storage(node: &Node, findings: &mut Findings) -> Option<StorageConfig> {
    let fields = Fields::read(node, "`storage:`", &["path"], findings)?;
    let path = fields.get("path").and_then(|node| path(node, "path", StorageConfig::DEFAULT_PATH, findings));
    path.map(|path| StorageConfig { path })
}

fn read_web(node: &Node, findings: &mut Findings) -> Option<WebConfig> {
    let fields = Fields::read(node, "`web:`", &["token_file"], findings)?;
    let token_file = fields.get("token_file").and_then(|node| path(node, "token_file", "token", findings));
    Some(WebConfig { token_file })
}

fn read_alertmanager(node: &Node, findings: &mut Findings) -> Option<AlertmanagerConfig> {
    let fields = Fields::read(node, "`alertmanager:`", &["url"], findings)?;
    let node = fields.get("url")?;
    let url = text(node, "url", URL_EXAMPLE, findings)?;
    if url.contains('@') {
        let message = "the URL of Alertmanager holds a user or a password";
        findings.add(node.place, message, format!("leave out what stands before the `@`, as in `{URL_EXAMPLE}`"));
        return None;
    }
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', ':', '?', '#']));
    if !has_host || url.contains(char::is_whitespace) {
        let message = "`url:` is not `http://` or `https://` and a host";
        findings.add(node.place, message, format!("write such as `{URL_EXAMPLE}`"));
        return None;
    }
    Some(AlertmanagerConfig { url: Some(url.to_owned()) })
}

fn read_limits(node: &Node, findings: &mut Findings) -> Option<Limits> {
    let known = ["retention", "expire_after", "in_doubt", "in_doubt_grace", "sim_per_day"];
    let fields = Fields::read(node, "`limits:`", &known, findings)?;
    let default = Limits::default();
    let mut span = |key, example, bounds, otherwise| {
        let node: Option<&Node> = fields.get(key);
        node.and_then(|node| duration(node, key, example, bounds, findings)).unwrap_or(otherwise)
    };
    let retention = span("retention", "30d", Limits::LEAST_RETENTION..=Duration::MAX, default.retention);
    let expire_after = span("expire_after", "24h", Limits::LEAST_EXPIRE_AFTER..=Duration::MAX, default.expire_after);
    let grace_bounds = Limits::LEAST_IN_DOUBT_GRACE..=Limits::LONGEST_IN_DOUBT_GRACE;
    let in_doubt_grace = span("in_doubt_grace", "20s", grace_bounds, default.in_doubt_grace);
    let in_doubt = fields.get("in_doubt").and_then(|node| read_in_doubt(node, findings)).unwrap_or_default();
    let sim_per_day = fields.get("sim_per_day");
    let sim_per_day = sim_per_day.and_then(|node| whole_number(node, "sim_per_day", SIM_PER_DAY_BOUNDS, findings));
    let sim_per_day = sim_per_day.unwrap_or(default.sim_per_day);
    Some(Limits { retention, expire_after, in_doubt, in_doubt_grace, sim_per_day })
}

fn read_in_doubt(node: &Node, findings: &mut Findings) -> Option<InDoubtPolicy> {
    let word = text(node, "in_doubt", InDoubtPolicy::default().as_str(), findings)?;
    let policy = InDoubtPolicy::parse(word);
    if policy.is_none() {
        let help = one_of(word, &InDoubtPolicy::ALL.map(InDoubtPolicy::as_str));
        findings.add(node.place, format!("{} is no way out of doubt", shown(word)), help);
    }
    policy
}

fn read_storm(node: &Node, findings: &mut Findings) -> Option<StormConfig> {
    let fields = Fields::read(node, "`storm:`", &["enabled"], findings)?;
    fields.get("enabled").and_then(|node| boolean(node, "enabled", findings)).map(|enabled| StormConfig { enabled })
}

/// The word that was meant, or all there are.
pub(super) fn one_of(word: &str, known: &[&str]) -> String {
    if let Some(meant) = closest(word, known.iter().copied()) {
        return format!("did you mean `{meant}`?");
    }
    match known {
        [others @ .., last] => {
            let others: Vec<_> = others.iter().map(|word| format!("`{word}`")).collect();
            format!("write {} or `{last}`", others.join(", "))
        }
        [] => String::new(),
    }
}

/// None would be a gateway that never rings; the most is what one modem can send at two texts a second.
const SIM_PER_DAY_BOUNDS: RangeInclusive<u32> = 1..=200_000;

const WHAT: &str = "the configuration";

const TEMPLATES_EXAMPLE: &str = "[ \"templates/*.hbs\" ]";

const URL_EXAMPLE: &str = "http://127.0.0.1:9093";

/// How mistakes in `nightbell.yml` are worded.
const WORDS: Words = Words {
    example: "the example nightbell.yml",
    // Until pages escalate.
    reserved: &["escalate"],
    elsewhere: &[
        ("routing", "routing_file"),
        ("route", "routing_file"),
        ("people", "routing_file"),
        ("data", "storage"),
        ("modem", "modems"),
        ("device", "address"),
        ("port", "address"),
        ("url", "address"),
        ("pin", "pin_file"),
        ("sca", "smsc"),
        ("timeout", "answer_within"),
        ("token", "token_file"),
        ("bearer_token_file", "token_file"),
        ("ttl", "expire_after"),
    ],
};
