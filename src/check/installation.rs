//! Every finding of an installation, or of the files somebody names. Shell.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::check::texts::check_texts;
use crate::config::disk::name_of;
use crate::config::glob::Glob;
use crate::config::{Config, Disk, Loaded, Reading};
use crate::finding::Finding;
use crate::plan::Rules;
use crate::policy::Policy;
use crate::render::{SHIPPED, TemplateFile, Templates};
use crate::yaml::{self, Value};

/// What a check came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Mistakes: at least one makes `nightbell check` fail.
    pub findings: Vec<Finding>,
    /// What an operator should know and may leave as it is.
    pub warnings: Vec<Finding>,
    /// The text of every file by its name, to show findings in.
    pub sources: BTreeMap<String, String>,
    /// A line for everything that is good: what it is and how much is in it.
    pub good: Vec<String>,
}

/// Checks a config file and everything it leads to, the texts of all templates included.
#[must_use]
pub fn check_installation(config_file: &Path) -> Report {
    let reading = Reading::of(config_file);
    let mut report = Report {
        findings: reading.disk.findings,
        warnings: reading.disk.warnings,
        sources: reading.disk.sources,
        good: Vec::new(),
    };
    if let Some(loaded) = reading.loaded {
        report.findings.extend(check_texts(&reading.template_files, &loaded.rules));
        report.good.push(format!("{}: {}", name_of(config_file), summary(&loaded, reading.template_files.len())));
    }
    report
}

/// Checks each file for what it is: a template by its name, a routing file by its keys, else a config with everything
/// it leads to. Templates are tried together, on the routing file among the files if there is one.
#[must_use]
pub fn check_files(files: &[PathBuf]) -> Report {
    let mut report = Report::default();
    let mut disk = Disk::default();
    let mut templates = Vec::new();
    let mut policy = None;
    for path in files {
        match kind_of(path) {
            Kind::Template => disk.template(path, &mut templates),
            Kind::Routing => policy = check_routing(path, &mut disk, &mut report).or(policy),
            Kind::Config => report.absorb(check_installation(path)),
        }
    }
    if !templates.is_empty() {
        check_templates(&templates, policy, &mut report);
    }
    report.absorb(Report { findings: disk.findings, warnings: disk.warnings, sources: disk.sources, good: Vec::new() });
    // A routing file may be named by itself and by a config.
    report.findings = each_once(report.findings);
    report.warnings = each_once(report.warnings);
    report
}

fn each_once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut once: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        if !once.contains(&finding) {
            once.push(finding);
        }
    }
    once
}

impl Report {
    fn absorb(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.warnings.extend(other.warnings);
        self.sources.extend(other.sources);
        self.good.extend(other.good);
    }
}

enum Kind {
    Template,
    Routing,
    Config,
}

fn kind_of(path: &Path) -> Kind {
    let name = name_of(path);
    if name.ends_with(Glob::EXTENSION) {
        return Kind::Template;
    }
    // What cannot be read is told when it is read for what it is.
    let source = Disk::default().text(path, "").unwrap_or_default();
    match yaml::parse(&name, &source).map(|root| root.value) {
        Ok(Value::Map(entries)) if entries.iter().any(|entry| ROUTING_KEYS.contains(&entry.key.as_str())) => {
            Kind::Routing
        }
        Err(_) if name.contains("routing") => Kind::Routing,
        _ => Kind::Config,
    }
}

/// A routing file alone: which templates there are, only a config can tell.
fn check_routing(path: &Path, disk: &mut Disk, report: &mut Report) -> Option<Policy> {
    let source = disk.text(path, "correct the path")?;
    disk.warn_if_open_to_all(path, "it holds phone numbers");
    match Policy::load(&name_of(path), &source) {
        Ok(policy) => {
            report.good.push(format!("{}: {}", name_of(path), count_policy(&policy)));
            Some(policy)
        }
        Err(findings) => {
            report.findings.extend(findings);
            None
        }
    }
}

fn check_templates(files: &[TemplateFile], policy: Option<Policy>, report: &mut Report) {
    let policy = policy.unwrap_or_else(|| {
        Policy::load("the built-in routing file", SAMPLE_ROUTING).expect("a test reads the built-in routing file")
    });
    let findings = match Templates::load(files) {
        Ok(templates) => check_texts(files, &Rules { policy, templates }),
        Err(findings) => findings,
    };
    if findings.is_empty() {
        report.good.push(count(files.len(), "template"));
    }
    report.findings.extend(findings);
}

fn summary(loaded: &Loaded, template_files: usize) -> String {
    let Config { modems, .. } = &loaded.config;
    let templates = format!("{} ({} shipped)", count(template_files, "template"), SHIPPED.len());
    format!("{}, {}, {templates}", count(modems.len(), "modem"), count_policy(&loaded.rules.policy))
}

fn count_policy(policy: &Policy) -> String {
    let people = policy.people.len();
    let people = if people == 1 { "1 person".to_owned() } else { format!("{people} people") };
    let schedules = count(policy.schedules.len(), "schedule");
    format!("{people}, {schedules}, {}", count(policy.tree.routes().len(), "route"))
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Keys that only a routing file has.
const ROUTING_KEYS: [&str; 4] = ["people", "route", "schedules", "allowed_prefixes"];

/// Whom templates are tried on where no routing file is named.
const SAMPLE_ROUTING: &str = r#"
people:
  ana: { phone: "+33639980001", timezone: Europe/Brussels }
  bob: { phone: "+33639980002" }
allowed_prefixes: [ "+33" ]
fallback: [ana]
route: { page: [ana, bob] }
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const CONFIG: &str = r#"routing_file: routing.yml
templates: [ "t/*.hbs" ]
modems: [ { name: a, address: "sim:" } ]
"#;

    const ROUTING: &str = r#"people: { ana: { phone: "+33639980001" } }
allowed_prefixes: [ "+33" ]
fallback: [ana]
route: { page: [ana], template: db }
"#;

    const GOOD: [(&str, &str); 3] =
        [("nightbell.yml", CONFIG), ("routing.yml", ROUTING), ("t/db.hbs", "{{severity}} {{list hosts}}\n")];

    fn folder(changes: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("t")).expect("written");
        for (name, text) in GOOD.iter().chain(changes) {
            fs::write(folder.path().join(name), text).expect("written");
        }
        folder
    }

    fn lines(findings: &[Finding], folder: &tempfile::TempDir) -> Vec<String> {
        let prefix = format!("{}/", folder.path().display());
        findings.iter().map(|finding| finding.to_string().replace(&prefix, "")).collect()
    }

    #[test]
    fn good_installation_has_no_finding_and_says_what_is_in_it() {
        let folder = folder(&[]);
        let report = check_installation(&folder.path().join("nightbell.yml"));
        assert_eq!(lines(&report.findings, &folder), Vec::<String>::new());
        assert!(
            report.good[0].ends_with("nightbell.yml: 1 modem, 1 person, 0 schedules, 1 route, 1 template (3 shipped)"),
            "{:?}",
            report.good
        );
    }

    #[test]
    fn each_of_a_broken_set_is_found() {
        for (name, text, expected) in [
            ("nightbell.yml", "modems: []\n", "nightbell.yml:1:1: the configuration has no `routing_file:`"),
            ("routing.yml", "people: {}\n", "routing.yml:1:1: the routing file has no `route:`"),
            ("t/db.hbs", "{{sevrity}} {{host}}", "t/db.hbs:1:1: `sevrity` is not known to a text"),
            ("t/db.hbs", "{{severity}} {{host}}", "t/db.hbs: the template `db` does not say the host for `firing-"),
            ("t/db.hbs", "{{list hosts}}", "t/db.hbs: the template `db` does not say the severity for "),
            ("t/db.hbs", "{{#if false}}x{{/if}}", "t/db.hbs: the template `db` fails for `firing-single.json`"),
            ("t/extra.hbs", "{{summary}}", "t/extra.hbs: the template `extra` does not say the host"),
        ] {
            let folder = folder(&[(name, text)]);
            let report = check_installation(&folder.path().join("nightbell.yml"));
            let lines = lines(&report.findings, &folder);
            assert!(lines.iter().any(|line| line.starts_with(expected)), "{name} {text:?}: {lines:#?}");
        }
    }

    #[test]
    fn each_file_is_taken_for_what_it_is() {
        let broken = [("routing.yml", "people: {}\n"), ("t/db.hbs", "{{summary}}"), ("nightbell.yml", "modems: []\n")];
        for (index, (name, _)) in broken.iter().enumerate() {
            let folder = folder(&broken[index..=index]);
            let report = check_files(&[folder.path().join(name)]);
            let lines = lines(&report.findings, &folder);
            assert!(!lines.is_empty() && lines.iter().all(|line| line.starts_with(name)), "{name}: {lines:#?}");
        }
        let folder = folder(&[("routing.yml", "people: {}\n")]);
        let named_twice = check_files(&["nightbell.yml", "routing.yml"].map(|name| folder.path().join(name)));
        assert_eq!(named_twice.findings, check_files(&[folder.path().join("routing.yml")]).findings);
    }

    #[test]
    fn good_files_are_good_alone_and_together() {
        let folder = folder(&[]);
        for (name, _) in GOOD {
            assert!(check_files(&[folder.path().join(name)]).findings.is_empty(), "{name}");
        }
        let all = GOOD.map(|(name, _)| folder.path().join(name));
        let report = check_files(&all);
        assert_eq!((report.findings.len(), report.good.len()), (0, 3), "{:?}", report.good);
    }

    #[test]
    fn file_that_is_not_there_is_told() {
        let folder = folder(&[]);
        for name in ["absent.yml", "absent.hbs", "absent/routing.yml"] {
            let report = check_files(&[folder.path().join(name)]);
            let lines = lines(&report.findings, &folder);
            assert!(lines.iter().any(|line| line.starts_with(&format!("{name}: there is no such file"))), "{lines:?}");
        }
    }

    #[test]
    fn routing_file_open_to_all_is_warned_of_and_not_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder(&[]);
        for (mode, warnings) in [(0o640, 0), (0o644, 1)] {
            let path = folder.path().join("routing.yml");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
            let report = check_installation(&folder.path().join("nightbell.yml"));
            assert_eq!((report.findings.len(), report.warnings.len()), (0, warnings), "{mode:o}");
        }
    }

    #[test]
    fn built_in_routing_file_is_good() {
        assert!(Policy::load("x", SAMPLE_ROUTING).is_ok());
    }
}
