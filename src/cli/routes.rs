//! `nightbell routes test`. Shell.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::alert::{Alert, Dialect, Fingerprint, GroupKey, Labels, Notification, Status};
use crate::check::render;
use crate::check::texts::sample_code;
use crate::cli::preview::{described, indented};
use crate::clock;
use crate::config::{default_config_file, rules_of};
use crate::message::RecipientId;
use crate::page::Memory;
use crate::plan::{Plan, Rules, Setting, plan, routes_of};
use crate::render::TemplateFile;
use crate::route::RouteHit;
use crate::yaml::format_duration;

/// Says who would be paged for these labels, by which route, with which text
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  nightbell routes test --at 2026-12-24T18:00 severity=critical team=db host=db-01\n\n\
    Nothing is sent. With --verify.people it leaves with 1 unless exactly these would be told."
)]
pub(crate) struct Args {
    /// The configuration [default: ./nightbell.yml, else /etc/nightbell/nightbell.yml]
    #[arg(long = "config.file", value_name = "FILE")]
    config_file: Option<PathBuf>,
    /// When: 2026-12-24T18:00 (UTC), or with `Z`, `+01:00` or `[Europe/Brussels]` behind it [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<Timestamp>,
    /// Who should be told, and nobody else; empty for nobody
    #[arg(long = "verify.people", value_name = "ana,bob")]
    verify_people: Option<String>,
    /// The labels of the alert
    #[arg(value_name = "LABEL=VALUE", value_parser = parse_label)]
    labels: Vec<(String, String)>,
}

/// Runs it: 0, or 1 if others would be told than `--verify.people` says.
///
/// # Errors
/// The files have mistakes.
pub(crate) fn run(args: Args) -> Result<u8, String> {
    let (rules, _) = read_rules(args.config_file)?;
    let now = args.at.unwrap_or_else(clock::now);
    let labels: Labels = args.labels.into_iter().collect();
    let plan = plan_one(&rules, labels.clone(), now);
    let mut text = tell(&rules, &labels, &plan, now);
    let verdict = args.verify_people.as_deref().map_or(Ok(()), |expected| verify(&plan, expected));
    if let Err(sentence) = &verdict {
        text.push_str(&format!("\n{sentence}\n"));
    }
    // Whoever closed the pipe has read enough; the exit code still tells.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    Ok(u8::from(verdict.is_err()))
}

/// The rules a config leads to; what is wrong with them is shown on the standard error.
///
/// # Errors
/// That there are mistakes.
pub(crate) fn read_rules(config_file: Option<PathBuf>) -> Result<(Rules, Vec<TemplateFile>), String> {
    let file = config_file.unwrap_or_else(default_config_file);
    rules_of(&file).map_err(|disk| {
        let colour = std::io::stderr().is_terminal();
        let _ = std::io::stderr().lock().write_all(render(&disk.findings, &disk.sources, colour).as_bytes());
        format!("`{}` cannot be used as it is; see `nightbell check config`", file.display())
    })
}

/// An instant as somebody types it.
pub(crate) fn parse_time(text: &str) -> Result<Timestamp, String> {
    let time = text.split_once(['T', 't', ' ']).map_or("", |(_, time)| time);
    let instant = if time.is_empty() {
        None
    } else if time.contains('[') {
        text.parse::<Zoned>().ok().map(|zoned| zoned.timestamp())
    } else if time.contains(['Z', 'z', '+', '-']) {
        text.parse().ok()
    } else {
        text.parse::<DateTime>().ok().and_then(|time| time.to_zoned(TimeZone::UTC).ok()).map(|zoned| zoned.timestamp())
    };
    instant.ok_or_else(|| {
        "write a date and a time, such as `2026-12-24T18:00` (UTC), `2026-12-24T18:00:00+01:00` or \
         `2026-12-24T18:00[Europe/Brussels]`"
            .to_owned()
    })
}

fn parse_label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write a name and a value, such as `severity=critical`")?;
    if name.is_empty() || name.ends_with(['!', '~']) || value.starts_with('~') {
        return Err(
            "write one label as the alert has it, such as `severity=critical`; matchers are for routes".to_owned()
        );
    }
    let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    Ok((name.to_owned(), bare.unwrap_or(value).to_owned()))
}

/// Plans for one alert with these labels that begins now.
fn plan_one(rules: &Rules, labels: Labels, now: Timestamp) -> Plan {
    let alert = Alert {
        status: Status::Firing,
        fingerprint: Fingerprint::new(None, &labels, &Labels::new()),
        labels: labels.clone(),
        annotations: Labels::new(),
        starts_at: Some(now),
        ends_at: None,
        generator_url: String::new(),
    };
    let notification = Notification {
        receiver: String::new(),
        status: Status::Firing,
        alerts: vec![alert],
        reason: None,
        group_labels: Labels::new(),
        common_labels: labels,
        common_annotations: Labels::new(),
        route_labels: Labels::new(),
        external_url: String::new(),
        group_key: GroupKey::new(None, "", &Labels::new()),
        truncated_alerts: 0,
        dialect: Dialect::Alertmanager,
        conforming: true,
    };
    let setting = Setting { policy: &rules.policy, templates: &rules.templates, now, fresh_code: sample_code() };
    plan(&notification, &Memory::default(), &setting)
}

fn tell(rules: &Rules, labels: &Labels, plan: &Plan, now: Timestamp) -> String {
    if let Some(heartbeat) = plan.heartbeats.first() {
        return format!("heartbeat {heartbeat}\n  nobody: it is never texted; a metric is stamped\n");
    }
    let mut text = String::new();
    for (hit, people) in routes_of(&rules.policy, labels, now) {
        text.push_str(&tell_route(&hit, &people, rules.policy.reaches_nobody(hit.page, now), now));
    }
    for draft in &plan.drafts {
        text.push_str(&format!("\n{}\n", described(draft)));
        text.push_str(&indented(draft.body.as_str()));
    }
    text
}

fn tell_route(hit: &RouteHit<'_>, people: &BTreeSet<RecipientId>, fallback: bool, now: Timestamp) -> String {
    let matchers: Vec<_> = hit.matchers.iter().map(ToString::to_string).collect();
    let who = match (people.is_empty(), fallback) {
        (true, _) => "nobody, as `page: []` says".to_owned(),
        (false, true) => format!("{}, the fallback, because nobody is on call", names(people)),
        (false, false) => names(people),
    };
    let matchers = if matchers.is_empty() { "(everything)".to_owned() } else { matchers.join(", ") };
    [
        hit.path.to_owned(),
        format!("  matchers      {matchers}"),
        format!("  page          {}", hit.page),
        format!("  told          {who} (at {})", now.strftime("%Y-%m-%dT%H:%M:%SZ")),
        format!("  template      {}", hit.template),
        format!("  remind_after  {}", format_duration(hit.remind_after)),
        String::new(),
    ]
    .join("\n")
}

fn names<'a>(people: impl IntoIterator<Item = &'a RecipientId>) -> String {
    people.into_iter().map(RecipientId::as_str).collect::<Vec<_>>().join(", ")
}

/// Whether exactly these would be told.
fn verify(plan: &Plan, expected: &str) -> Result<(), String> {
    let expected: BTreeSet<&str> = expected.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let told: BTreeSet<&str> = plan.drafts.iter().map(|draft| draft.recipient.as_str()).collect();
    if told == expected {
        return Ok(());
    }
    let list = |names: &BTreeSet<&str>| match names.is_empty() {
        true => "nobody".to_owned(),
        false => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    };
    Err(format!("expected {}, but told would be {}", list(&expected), list(&told)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::render::Templates;

    const ROUTING: &str = r#"people:
  ana: { phone: "+33639980001", timezone: Europe/Brussels }
  bob: { phone: "+33639980002" }
schedules:
  platform:
    timezone: Europe/Brussels
    rotation: { every: 1w, handoff: "Mon 09:00", from: 2026-01-05, members: [ana, bob] }
allowed_prefixes: [ "+33" ]
fallback: [bob]
route:
  page: [schedule:platform]
  routes:
    - { matchers: [ 'severity="info"' ], page: [] }
    - { matchers: [ 'team="db"', 'severity=~"critical|page"' ], page: [ana], remind_after: 10m }
heartbeats: [ { matchers: [ alertname=Watchdog ], every: 5m } ]
"#;

    fn told(pairs: &[&str], at: &str) -> (String, Plan) {
        let policy = Policy::load("r.yml", ROUTING).expect("a good file");
        let rules = Rules { policy, templates: Templates::shipped() };
        let labels: Labels = pairs.iter().map(|pair| parse_label(pair).expect(pair)).collect();
        let now = parse_time(at).expect(at);
        let plan = plan_one(&rules, labels.clone(), now);
        (tell(&rules, &labels, &plan, now), plan)
    }

    #[test]
    fn route_people_and_text_are_told() {
        let pairs = ["severity=critical", "team=db", "host=db-01", "alertname=Disk"];
        assert_eq!(
            told(&pairs, "2026-11-22T12:00").0,
            concat!(
                "route.routes[1]\n",
                "  matchers      team=\"db\", severity=~\"critical|page\"\n",
                "  page          [ana]\n",
                "  told          ana (at 2026-11-22T12:00:00Z)\n",
                "  template      default\n",
                "  remind_after  10m\n",
                "\n",
                "ana: firing, critical, GSM 7-bit, 37 of 160 septets\n",
                "  CRITICAL db-01 Disk since 13:00 #k7q4\n",
            )
        );
    }

    #[test]
    fn nobody_fallback_and_heartbeat_are_told_as_such() {
        for (pairs, at, expected) in [
            (&["severity=info"][..], "2026-11-22T12:00", "  told          nobody, as `page: []` says (at "),
            (&[], "2025-11-22T12:00", "  told          bob, the fallback, because nobody is on call (at "),
            (&[], "2026-01-05T09:00[Europe/Brussels]", "  told          ana (at 2026-01-05T08:00:00Z)"),
            (&["alertname=Watchdog"], "2026-11-22T12:00", "heartbeat Watchdog\n  nobody: "),
        ] {
            let (text, _) = told(pairs, at);
            assert!(text.contains(expected), "{pairs:?}: {text}");
            assert!(!text.contains("3399800"), "no number is shown: {text}");
        }
    }

    #[test]
    fn verification_wants_exactly_these_people() {
        let (_, ana) = told(&["team=db", "severity=page"], "2026-11-22T12:00");
        let (_, nobody) = told(&["severity=info"], "2026-11-22T12:00");
        assert_eq!((verify(&ana, "ana"), verify(&ana, " ana,"), verify(&nobody, "")), (Ok(()), Ok(()), Ok(())));
        for (plan, expected, sentence) in [
            (&ana, "bob", "expected `bob`, but told would be `ana`"),
            (&ana, "ana,bob", "expected `ana`, `bob`, but told would be `ana`"),
            (&ana, "", "expected nobody, but told would be `ana`"),
            (&nobody, "ana", "expected `ana`, but told would be nobody"),
        ] {
            assert_eq!(verify(plan, expected), Err(sentence.to_owned()));
        }
    }

    #[test]
    fn times_are_utc_unless_a_zone_follows() {
        for text in [
            "2026-12-24T18:00",
            "2026-12-24 18:00",
            "2026-12-24T18:00:00Z",
            "2026-12-24T19:00:00+01:00",
            "2026-12-24T19:00+01:00",
            "2026-12-24T19:00[Europe/Brussels]",
        ] {
            let instant = parse_time(text).expect(text);
            assert_eq!(instant.to_string(), "2026-12-24T18:00:00Z", "{text}");
        }
        for text in
            ["", "now", "18:00", "2026-12-24", "2026-12-24T18:00[Middle/Earth]", "2026-12-24T", "2026-13-24T18:00"]
        {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn label_is_a_name_and_a_value() {
        for (text, name, value) in
            [("a=b", "a", "b"), ("a=\"b c\"", "a", "b c"), ("a=", "a", ""), ("service.name=x=y", "service.name", "x=y")]
        {
            assert_eq!(parse_label(text), Ok((name.to_owned(), value.to_owned())), "{text}");
        }
        for text in ["", "a", "=b", "a!=b", "a=~b", "a!~b"] {
            assert!(parse_label(text).is_err(), "{text}");
        }
    }
}
