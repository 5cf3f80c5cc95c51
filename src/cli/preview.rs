//! `nightbell preview`. Shell.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::alert::{self, Notification};
use crate::check::as_if_told;
use crate::check::texts::sample_code;
use crate::cli::routes::{parse_time, read_rules};
use crate::clock;
use crate::config::Disk;
use crate::config::glob::Glob;
use crate::message::Draft;
use crate::plan::{Plan, Rules, Setting, plan};
use crate::render::{TemplateFile, Templates};
use crate::sms::Text;
use crate::yaml::closest;

/// Shows the exact texts a notification would become
#[derive(clap::Args)]
#[command(after_help = "Example:\n  nightbell preview --template templates/db.hbs firing.json\n\n\
    Nothing is sent. The page's code is shown as #k7q4; what has ended is taken to have been told when it began.\n\
    Leaves with 1 if a template fails.")]
pub(crate) struct Args {
    /// The configuration [default: ./nightbell.yml, else /etc/nightbell/nightbell.yml]
    #[arg(long = "config.file", value_name = "FILE")]
    config_file: Option<PathBuf>,
    /// Another template for all texts: its name, or a .hbs file
    #[arg(long, value_name = "T")]
    template: Option<String>,
    /// When: 2026-12-24T18:00 (UTC), or with `Z`, `+01:00` or `[Europe/Brussels]` behind it [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<Timestamp>,
    /// The body of a notification, as Alertmanager or Grafana posts it; `-` reads the standard input
    #[arg(value_name = "PAYLOAD.json")]
    payload: PathBuf,
}

/// Runs it: 0, or 1 if a template fails.
///
/// # Errors
/// The files have mistakes, or the notification cannot be read.
pub(crate) fn run(args: Args) -> Result<u8, String> {
    let (mut rules, files) = read_rules(args.config_file)?;
    if let Some(template) = &args.template {
        rules = with_template(rules, files, template)?;
    }
    let body = read_payload(&args.payload)?;
    let notification = alert::read(&body).map_err(|why| format!("`{}`: {why}", args.payload.display()))?;
    let plan = plan_now(&rules, &notification, args.at.unwrap_or_else(clock::now));
    // Whoever closed the pipe has read enough; the exit code still tells.
    let _ = std::io::stdout().lock().write_all(tell(&plan).as_bytes());
    Ok(u8::from(!plan.template_failures.is_empty()))
}

/// A text in a line: for whom, why, how urgent, in which alphabet, how much of one SMS.
pub(crate) fn described(draft: &Draft) -> String {
    format!(
        "{}: {}, {}, {ENCODING}, {} of {} septets",
        draft.recipient,
        draft.kind.as_str(),
        draft.priority.as_str(),
        draft.body.septets(),
        Text::MAX_SEPTETS
    )
}

/// The words of a text, set in from the margin.
pub(crate) fn indented(words: &str) -> String {
    words.lines().map(|line| format!("  {line}\n")).collect()
}

/// All texts are in the default alphabet of TS 23.038.
const ENCODING: &str = "GSM 7-bit";

fn plan_now(rules: &Rules, notification: &Notification, now: Timestamp) -> Plan {
    let memory = as_if_told(notification, &rules.policy, sample_code(), now);
    let setting = Setting { policy: &rules.policy, templates: &rules.templates, now, fresh_code: sample_code() };
    plan(notification, &memory, &setting)
}

fn tell(plan: &Plan) -> String {
    let mut parts: Vec<String> = plan.drafts.iter().map(|draft| tell_draft(draft, plan)).collect();
    let mut notes = Vec::new();
    if plan.drafts.is_empty() {
        notes.push("nobody would get a text".to_owned());
    }
    notes.extend(plan.heartbeats.iter().map(|name| format!("heartbeat {name}: never texted; a metric is stamped")));
    if plan.to_nobody > 0 {
        notes.push(format!("{}, as `page: []` says", alerts(plan.to_nobody, "goes to nobody", "go to nobody")));
    }
    if plan.unrouted > 0 {
        let what = alerts(plan.unrouted, "goes to the fallback", "go to the fallback");
        notes.push(format!("{what}, because nobody is on call"));
    }
    let failures = plan.template_failures.iter();
    notes.extend(failures.map(|failure| {
        let why = failure.why.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("the template `{}` fails, built-in words stand in its place: {why}", failure.template)
    }));
    notes.dedup();
    if !notes.is_empty() {
        parts.push(notes.iter().map(|note| format!("{note}\n")).collect());
    }
    parts.join("\n")
}

fn tell_draft(draft: &Draft, plan: &Plan) -> String {
    let shed = plan.shed.get(&draft.recipient).into_iter().flatten();
    let shed: String = shed.map(|what| format!("  ({what})\n")).collect();
    format!("{}\n{}{shed}", described(draft), indented(draft.body.as_str()))
}

fn alerts(count: u64, one: &str, several: &str) -> String {
    if count == 1 { format!("1 alert {one}") } else { format!("{count} alerts {several}") }
}

/// The rules with every text in the words of one template: a name, or a file whose name it takes.
fn with_template(rules: Rules, mut files: Vec<TemplateFile>, template: &str) -> Result<Rules, String> {
    let Rules { mut policy, mut templates } = rules;
    let mut name = template.to_owned();
    if template.ends_with(Glob::EXTENSION) {
        let mut disk = Disk::default();
        let mut given = Vec::new();
        disk.template(Path::new(template), &mut given);
        let Some(file) = given.pop() else {
            return Err(disk.findings.first().map(ToString::to_string).unwrap_or_default());
        };
        name.clone_from(&file.name);
        files.retain(|other| other.name != file.name);
        files.push(file);
        let complaint = |findings: Vec<crate::finding::Finding>| {
            findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        templates = Templates::load(&files).map_err(complaint)?;
    }
    if !templates.has(&name) {
        let names: Vec<_> = templates.names().map(|name| format!("`{name}`")).collect();
        let help = match closest(&name, templates.names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known are {}; a file's name ends in `{}`", names.join(", "), Glob::EXTENSION),
        };
        return Err(format!("there is no template `{name}`; {help}"));
    }
    policy.tree = policy.tree.with_template(&name);
    Ok(Rules { policy, templates })
}

fn read_payload(path: &Path) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    let outcome = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MAX_PAYLOAD_BYTES + 1).read_to_end(&mut body)
    } else {
        File::open(path).and_then(|file| file.take(MAX_PAYLOAD_BYTES + 1).read_to_end(&mut body))
    };
    match outcome {
        Err(error) => Err(format!("`{}` cannot be read: {error}", path.display())),
        Ok(_) if body.len() as u64 > MAX_PAYLOAD_BYTES => Err(format!(
            "`{}` has more than the {MAX_PAYLOAD_BYTES} bytes that are read of a notification",
            path.display()
        )),
        Ok(_) => Ok(body),
    }
}

/// As much as the gateway reads of a notification.
const MAX_PAYLOAD_BYTES: u64 = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    const ROUTING: &str = r#"people:
  ana: { phone: "+33639980001", timezone: Europe/Brussels }
  bob: { phone: "+33639980002" }
allowed_prefixes: [ "+33" ]
fallback: [ana]
route:
  page: [ana, bob]
  routes: [ { matchers: [ severity=info ], page: [] } ]
"#;

    const SINGLE: &str = include_str!("../../tests/payloads/firing-single.json");
    const GROUPED: &str = include_str!("../../tests/payloads/firing-grouped.json");
    const RESOLVED: &str = include_str!("../../tests/payloads/resolved.json");

    fn rules(files: &[TemplateFile]) -> Rules {
        let templates = Templates::load(files).unwrap_or_else(|findings| panic!("{findings:?}"));
        Rules { policy: Policy::load("r.yml", ROUTING).expect("a good file"), templates }
    }

    fn shown(rules: &Rules, body: &str) -> String {
        let notification = alert::read(body.as_bytes()).expect("a good notification");
        tell(&plan_now(rules, &notification, "2026-11-22T07:20:00Z".parse().expect("a time")))
    }

    fn file(source: &str) -> TemplateFile {
        TemplateFile { name: "mine".to_owned(), file: "mine.hbs".to_owned(), source: source.to_owned() }
    }

    #[test]
    fn everybody_s_exact_text_is_shown_with_its_cost() {
        assert_eq!(
            shown(&rules(&[]), SINGLE),
            concat!(
                "ana: firing, critical, GSM 7-bit, 98 of 160 septets\n",
                "  CRITICAL db-01.example.org DiskAlmostFull since 08:11: Disk almost full on db-01.example.org #k7q4\n",
                "\n",
                "bob: firing, critical, GSM 7-bit, 99 of 160 septets\n",
                "  CRITICAL db-01.example.org DiskAlmostFull since 07:11Z: Disk almost full on db-01.example.org #k7q4\n",
            )
        );
    }

    #[test]
    fn what_gave_way_is_shown() {
        let text = shown(&rules(&[]), GROUPED);
        assert!(text.contains("\n  (dropped \"") || text.contains("\n  (shortened \""), "{text}");
    }

    #[test]
    fn end_of_what_nobody_remembers_is_shown_all_the_same() {
        let text = shown(&rules(&[]), RESOLVED);
        assert!(text.starts_with("ana: resolved, critical, GSM 7-bit, ") && text.contains("ALL CLEAR"), "{text}");
    }

    #[test]
    fn notes_say_why_somebody_gets_nothing() {
        assert_eq!(
            shown(&rules(&[]), &SINGLE.replace("\"severity\":\"critical\"", "\"severity\":\"info\"")),
            "nobody would get a text\n1 alert goes to nobody, as `page: []` says\n"
        );
        assert_eq!(shown(&rules(&[]), "{\"alerts\":[]}"), "nobody would get a text\n");
    }

    #[test]
    fn another_template_words_every_text() {
        let files = vec![file("{{severity}} {{host}} mine")];
        let mine = with_template(rules(&files), files.clone(), "mine").unwrap_or_else(|error| panic!("{error}"));
        assert!(shown(&mine, SINGLE).contains("\n  critical db-01.example.org mine #k7q4\n"));
        let failing = vec![file("{{#if false}}x{{/if}}")];
        let failing = with_template(rules(&failing), failing.clone(), "mine").unwrap_or_else(|error| panic!("{error}"));
        let text = shown(&failing, SINGLE);
        assert!(text.ends_with("\nthe template `mine` fails, built-in words stand in its place: it printed nothing\n"));
    }

    #[test]
    fn template_that_is_not_there_is_told() {
        for (template, expected) in [
            ("mien", "there is no template `mien`; did you mean `mine`?"),
            ("zzzzzz", "there is no template `zzzzzz`; known are `default`, `grouped`, `mine`, `resolved`; a file's"),
            ("absent/x.hbs", "absent/x.hbs: there is no such file"),
        ] {
            let files = vec![file("{{severity}} {{host}}")];
            let error = with_template(rules(&files), files, template).err().unwrap_or_default();
            assert!(error.starts_with(expected), "{template}: {error}");
        }
    }

    #[test]
    fn payload_that_cannot_be_read_is_told() {
        assert!(
            read_payload(Path::new("absent.json")).is_err_and(|error| error.starts_with("`absent.json` cannot be"))
        );
        assert!(read_payload(Path::new("/")).is_err());
    }
}
