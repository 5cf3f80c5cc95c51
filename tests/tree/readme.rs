//! What is written about metrics and commands is true, and complete for metrics.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::source::{Finding, Source, TextFile};

/// Metrics that are written about but not declared, and the other way round. `told`: README and docs, which must name
/// all of them; `used`: what is shipped and must name no other.
pub fn check_metrics(metrics: &[Source], told: &[TextFile], used: &[TextFile]) -> Vec<Finding> {
    let declared: Vec<(&Source, usize, &str)> = metrics.iter().flat_map(declarations).collect();
    if declared.is_empty() {
        return vec![Finding::whole("src/metrics.rs", "is missing or declares no metric; each is a string there")];
    }
    let names: BTreeSet<&str> = declared.iter().map(|(.., name)| *name).collect();
    let mut findings = readme_is_there(told);
    for file in told.iter().chain(used) {
        let unknown = METRIC.find_iter(&file.text).filter(|metric| !is_declared(metric.as_str(), &names));
        findings.extend(unknown.map(|metric| {
            file.finding(
                metric.start(),
                format!("`{}` is no metric of src/metrics.rs; correct the name", metric.as_str()),
            )
        }));
    }
    let mentioned: BTreeSet<&str> =
        told.iter().flat_map(|file| METRIC.find_iter(&file.text)).map(|metric| metric.as_str()).collect();
    let untold = declared.iter().filter(|(.., name)| !mentioned.contains(name));
    findings.extend(untold.map(|(source, offset, name)| {
        source.finding(*offset, format!("`{name}` is not in the README or docs; add it to the table of metrics"))
    }));
    findings
}

/// Commands the README names that have no file of their own among `files`, the paths under `src/cli/`.
pub fn check_commands(readme: &[TextFile], files: &[String]) -> Vec<Finding> {
    let mut findings = readme_is_there(readme);
    let exists = |command: &str| {
        let stem = format!("src/cli/{}", command.replace('-', "_"));
        command == HELP || files.iter().any(|file| *file == format!("{stem}.rs") || *file == format!("{stem}/mod.rs"))
    };
    for file in readme {
        for (offset, named) in commands(&file.text) {
            let missing = named.split('|').filter(|command| !exists(command));
            findings.extend(missing.map(|command| {
                let says =
                    format!("`nightbell {command}` has no file in src/cli; correct the command, or add the file");
                file.finding(offset, says)
            }));
        }
    }
    findings
}

fn readme_is_there(files: &[TextFile]) -> Vec<Finding> {
    let there = files.iter().any(|file| file.path == "README.md");
    if there { Vec::new() } else { vec![Finding::whole("README.md", "is missing; write it")] }
}

/// The names a file declares: strings of its own that are nothing but the name of a metric.
fn declarations(source: &Source) -> Vec<(&Source, usize, &str)> {
    let strings = QUOTED_METRIC.captures_iter(&source.file.text).filter_map(|string| string.get(1));
    let shipped = strings.filter(|name| source.shipped.as_bytes()[name.start() - 1] == b'"');
    shipped.map(|name| (source, name.start(), name.as_str())).collect()
}

/// A metric by its name, one of the series of a histogram, or the beginning of a family (`nightbell_modem_*`).
fn is_declared(mentioned: &str, names: &BTreeSet<&str>) -> bool {
    let series = ["_bucket", "_sum", "_count"];
    names.contains(mentioned)
        || series.iter().filter_map(|suffix| mentioned.strip_suffix(suffix)).any(|base| names.contains(base))
        || (mentioned.ends_with('_') && names.iter().any(|name| name.starts_with(mentioned)))
}

/// What follows `nightbell` where it is run: at the start of a line of a code block, or of a code span.
fn commands(markdown: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_block = false;
    let mut at = 0;
    for line in markdown.split_inclusive('\n') {
        let fence = line.trim_start().starts_with("```");
        in_block ^= fence;
        let pattern: &Regex = if in_block { &COMMAND_IN_BLOCK } else { &COMMAND_IN_SPAN };
        let named = pattern.captures_iter(line).filter_map(|command| command.get(1));
        found.extend(named.map(|command| (at + command.start(), command.as_str())));
        at += line.len();
    }
    found
}

/// clap brings it.
const HELP: &str = "help";

static METRIC: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bnightbell_[a-z0-9_]+").unwrap());
static QUOTED_METRIC: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""(nightbell_[a-z0-9_]+)""#).unwrap());
static COMMAND_IN_SPAN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"`(?:\$ )?(?:sudo )?(?:[\w./-]*/)?nightbell ([a-z][a-z|-]*)\b").unwrap());
static COMMAND_IN_BLOCK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^\s*(?:\$ )?|[|;&] ?)(?:sudo )?(?:\w+=\S* )*(?:[\w./-]*/)?nightbell ([a-z][a-z|-]*)\b").unwrap()
});

#[cfg(test)]
fn text(path: &str, text: &str) -> TextFile {
    TextFile { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn metrics_that_do_not_agree_are_found() {
    let metrics = "// \"nightbell_gone\"\nconst A: &str = \"nightbell_texts_total\";\n\
                   const B: &str = \"nightbell_send_seconds\";\n";
    let all = "`nightbell_texts_total` `nightbell_send_seconds`";
    let cases: [(&str, &str, &str, &[&str]); 6] = [
        (metrics, all, "rate(nightbell_send_seconds_bucket[5m]) nightbell_send_*", &[]),
        (metrics, "`nightbell_texts_total`", "", &["src/metrics.rs:3: `nightbell_send_seconds` is not in the README"]),
        (metrics, &format!("{all}\n`nightbell_gone`"), "", &["README.md:2: `nightbell_gone` is no metric"]),
        (metrics, all, "nightbell_text_total", &["deploy/r.yml:1: `nightbell_text_total` is no metric"]),
        (metrics, all, "process_open_fds", &[]),
        ("// none yet", all, "", &["src/metrics.rs: is missing"]),
    ];
    for (metrics, readme, rules, expected) in cases {
        let told = [text("README.md", readme)];
        let used = [text("deploy/r.yml", rules)];
        let found: Vec<String> = check_metrics(&[Source::new("src/metrics.rs", metrics)], &told, &used)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found.len(), expected.len(), "{readme} {rules}: {found:?}");
        assert!(found.iter().zip(expected).all(|(told, expected)| told.starts_with(expected)), "{found:?}");
    }
}

#[test]
fn missing_files_are_told_and_not_passed_over() {
    let metrics = Source::new("src/metrics.rs", "const A: &str = \"nightbell_texts_total\";");
    assert_eq!(check_metrics(&[], &[text("README.md", "")], &[]).len(), 1);
    let docs = [text("docs/metrics.md", "nightbell_texts_total")];
    assert_eq!(check_metrics(&[metrics], &docs, &[]).len(), 1);
    assert_eq!(check_commands(&[], &[]).len(), 1);
}

#[test]
fn commands_that_do_not_exist_are_found() {
    let files = ["src/cli/mod.rs", "src/cli/demo.rs", "src/cli/modem/mod.rs"].map(ToOwned::to_owned);
    let cases = [
        ("Try `nightbell demo`, then `nightbell modem probe URL`.", None),
        ("```\n$ nightbell demo\nuseradd nightbell nobody\n```", None),
        ("Call nightbell names, or `nightbell --version`, or `nightbell help`.", None),
        ("\nTry `nightbell dmeo`.", Some("README.md:2: `nightbell dmeo` has no file")),
        ("`nightbell demo|serve`", Some("README.md:1: `nightbell serve` has no file")),
        ("```\nRUST_LOG=x ./target/debug/nightbell serve --x\n```", Some("README.md:2: `nightbell serve`")),
        ("```\necho x | nightbell check-all\n```", Some("README.md:2: `nightbell check-all`")),
    ];
    for (readme, expected) in cases {
        let found: Vec<String> =
            check_commands(&[text("README.md", readme)], &files).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), usize::from(expected.is_some()), "{readme}: {found:?}");
        assert!(found.iter().zip(expected).all(|(told, expected)| told.starts_with(expected)), "{found:?}");
    }
}
