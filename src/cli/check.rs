//! `nightbell check config`. Shell.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use crate::check::diagnostics::count_of;
use crate::check::{Report, check_files, render};
use crate::config::default_config_file;
use crate::finding::Finding;

/// Finds every mistake in the files before the night does
#[derive(clap::Args)]
#[command(after_help = "Example:\n  nightbell check config /etc/nightbell/nightbell.yml\n\n\
    A configuration is checked with everything it leads to: routing file, templates, token and PIN files.\n\
    Every template is tried on sample notifications. Leaves with 1 if there is any mistake.")]
pub(crate) struct Args {
    /// A configuration, routing file or template [default: ./nightbell.yml, else /etc/nightbell/nightbell.yml]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Runs it: 0 if all is good, 1 if there is a finding.
///
/// # Errors
/// None; what is wrong is in the findings.
pub(crate) fn run(args: Args) -> Result<u8, String> {
    let files = if args.files.is_empty() { vec![default_config_file()] } else { args.files };
    let report = check_files(&files);
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // Whoever closed the pipe has read enough; the exit code still tells.
    let _ = std::io::stdout().lock().write_all(words(&report, colour).as_bytes());
    Ok(u8::from(!report.findings.is_empty()))
}

/// All that is printed: warnings, findings, and what they come to.
fn words(report: &Report, colour: bool) -> String {
    let mut text = render(&marked(&report.warnings), &BTreeMap::new(), colour);
    text.push_str(&render(&report.findings, &report.sources, colour));
    if report.findings.is_empty() {
        report.good.iter().for_each(|line| text.push_str(&format!("good: {line}\n")));
    }
    if !report.findings.is_empty() {
        text.push_str(&format!("{}\n", count_of(&report.findings)));
    }
    text
}

fn marked(warnings: &[Finding]) -> Vec<Finding> {
    let marked = |warning: &Finding| Finding { message: format!("warning: {}", warning.message), ..warning.clone() };
    warnings.iter().map(marked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Place;

    #[test]
    fn findings_are_told_in_full_and_counted() {
        let finding = |line| Finding::at("n.yml", Place { line, column: 1 }, "`x` is wrong", "write `y`");
        let warning = Finding::whole("r.yml", "everybody can read it", "run chmod");
        let mut report =
            Report { warnings: vec![warning], good: vec!["n.yml: 1 modem".to_owned()], ..Report::default() };
        let warned = "r.yml: warning: everybody can read it; run chmod\n";
        assert_eq!(words(&report, false), format!("{warned}good: n.yml: 1 modem\n"));
        report.findings.push(finding(1));
        let first = "n.yml:1:1: `x` is wrong; write `y`\n";
        assert_eq!(words(&report, false), format!("{warned}{first}1 mistake\n"));
        report.findings.push(finding(2));
        assert!(words(&report, false).ends_with("2 mistakes\n"));
    }
}
