//! From the path of `nightbell.yml` to everything a daemon starts with. Shell.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::cross::unknown_templates;
use crate::config::disk::{Disk, name_of};
use crate::config::settings::Config;
use crate::finding::Finding;
use crate::http::WebConfig;
use crate::message::LaneName;
use crate::plan::Rules;
use crate::policy::Policy;
use crate::render::{TemplateFile, Templates};

/// All that stands in the files of an installation, without a mistake.
pub struct Loaded {
    /// `nightbell.yml`, its paths resolved.
    pub config: Config,
    /// The routing file, and the shipped templates with the operator's.
    pub rules: Rules,
    /// What `web.token_file` holds.
    pub token: Option<String>,
    /// What the `pin_file` of each modem holds; only modems that have one.
    pub pins: BTreeMap<LaneName, String>,
    /// What an operator should know and may leave as it is.
    pub warnings: Vec<Finding>,
}

/// An attempt to read an installation: whatever could be read, and everything that was wrong.
pub struct Reading {
    /// Everything, if nothing was wrong.
    pub loaded: Option<Loaded>,
    /// The operator's templates as read.
    pub template_files: Vec<TemplateFile>,
    /// The files' texts, and what was wrong with them.
    pub disk: Disk,
}

/// Reads an installation, for those who start it.
///
/// # Errors
/// Every mistake in every file; at least one.
pub fn load_files(config_file: &Path) -> Result<Loaded, Vec<Finding>> {
    let reading = Reading::of(config_file);
    reading.loaded.ok_or(reading.disk.findings)
}

/// Reads routing file and templates again, for a reload. `config` has its paths resolved.
///
/// # Errors
/// Every mistake in every file; at least one.
pub fn load_rules(config: &Config) -> Result<Rules, Vec<Finding>> {
    let mut disk = Disk::default();
    let files = disk.templates(&config.templates);
    let rules = read_rules(config, &files, &mut disk);
    rules.filter(|_| disk.findings.is_empty()).ok_or(disk.findings)
}

/// Reads routing file and templates as a config names them, for those who try them out; secrets are left alone.
///
/// # Errors
/// What was read and every mistake in it; at least one.
pub fn rules_of(config_file: &Path) -> Result<(Rules, Vec<TemplateFile>), Disk> {
    let mut disk = Disk::default();
    let read = read_config(config_file, &mut disk).and_then(|config| {
        let files = disk.templates(&config.templates);
        read_rules(&config, &files, &mut disk).map(|rules| (rules, files))
    });
    read.filter(|_| disk.findings.is_empty()).ok_or(disk)
}

/// Where the state folder is, for those who speak to a running gateway: mistakes elsewhere are of no matter.
///
/// # Errors
/// The config file cannot be read at all.
pub fn storage_of(config_file: &Path) -> Result<PathBuf, Finding> {
    let mut disk = Disk::default();
    let config = read_config(config_file, &mut disk);
    let unreadable = || Finding::whole(&name_of(config_file), "it cannot be read", "");
    config.map(|config| config.storage.path).ok_or_else(|| disk.findings.into_iter().next().unwrap_or_else(unreadable))
}

/// The config file where none is named: `nightbell.yml` here, else [`DEFAULT_CONFIG_FILE`].
#[must_use]
pub fn default_config_file() -> PathBuf {
    let here = Path::new("nightbell.yml");
    if here.is_file() { here.to_owned() } else { PathBuf::from(DEFAULT_CONFIG_FILE) }
}

/// Where a package puts the config file.
pub const DEFAULT_CONFIG_FILE: &str = "/etc/nightbell/nightbell.yml";

impl Reading {
    /// Reads an installation. A mistake in one file does not keep the others from being read, if they can be found.
    #[must_use]
    pub fn of(config_file: &Path) -> Self {
        let mut disk = Disk::default();
        let mut template_files = Vec::new();
        let loaded = read_config(config_file, &mut disk).and_then(|config| {
            template_files = disk.templates(&config.templates);
            let token = config.web.token_file.as_deref().and_then(|path| read_token(path, &mut disk));
            let pins = read_pins(&config, &mut disk);
            let rules = read_rules(&config, &template_files, &mut disk)?;
            Some(Loaded { config, rules, token, pins, warnings: disk.warnings.clone() })
        });
        Self { loaded: loaded.filter(|_| disk.findings.is_empty()), template_files, disk }
    }
}

fn read_config(path: &Path, disk: &mut Disk) -> Option<Config> {
    let source = disk.text(path, "write the path of your nightbell.yml as `--config.file=`")?;
    let (config, findings) = Config::load_partly(&name_of(path), &source);
    disk.findings.extend(findings);
    config.map(|config| config.resolved(path.parent().unwrap_or(Path::new(""))))
}

fn read_rules(config: &Config, files: &[TemplateFile], disk: &mut Disk) -> Option<Rules> {
    let file = name_of(&config.routing_file);
    let source = disk.text(&config.routing_file, "correct `routing_file:` in nightbell.yml, or write the file");
    if source.is_some() {
        disk.warn_if_open_to_all(&config.routing_file, "it holds phone numbers");
    }
    let policy = source.as_deref().and_then(|source| kept(Policy::load(&file, source), disk));
    let templates = kept(Templates::load(files), disk);
    let (source, policy, templates) = (source?, policy?, templates?);
    disk.findings.extend(unknown_templates(&file, &source, &policy, &templates));
    Some(Rules { policy, templates })
}

/// What was made of a file; what was wrong with it goes to the findings.
fn kept<T>(outcome: Result<T, Vec<Finding>>, disk: &mut Disk) -> Option<T> {
    outcome.map_err(|findings| disk.findings.extend(findings)).ok()
}

fn read_token(path: &Path, disk: &mut Disk) -> Option<String> {
    let token =
        disk.secret(path, "correct `token_file:` in nightbell.yml, or make one: `head -c 24 /dev/urandom | base64`")?;
    let characters = token.chars().count();
    let complaint = match characters {
        0 => "the file with the token is empty".to_owned(),
        _ if !token.bytes().all(|b| b.is_ascii_graphic()) => {
            "the token is more than one word of plain ASCII, which no sender could show".to_owned()
        }
        1..WebConfig::LEAST_TOKEN_CHARS => format!(
            "the token has {characters} characters, fewer than the {} that cannot be guessed",
            WebConfig::LEAST_TOKEN_CHARS
        ),
        WebConfig::LEAST_TOKEN_CHARS..=WebConfig::MOST_TOKEN_CHARS => return Some(token),
        _ => format!("the token has {characters} characters, more than {}", WebConfig::MOST_TOKEN_CHARS),
    };
    let help = "write one line, such as `head -c 24 /dev/urandom | base64` makes";
    disk.findings.push(Finding::whole(&name_of(path), complaint, help));
    None
}

fn read_pins(config: &Config, disk: &mut Disk) -> BTreeMap<LaneName, String> {
    let mut pins = BTreeMap::new();
    for modem in &config.modems {
        let Some(path) = &modem.pin_file else { continue };
        let Some(pin) = disk.secret(path, "correct `pin_file:` in nightbell.yml, or leave it out") else { continue };
        if PIN_DIGITS.contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_digit()) {
            pins.insert(modem.name.clone(), pin);
        } else {
            let message = format!("this is no PIN for the SIM of `{}`", modem.name);
            disk.findings.push(Finding::whole(&name_of(path), message, "write 4 to 8 digits and nothing else"));
        }
    }
    pins
}

/// How long a PIN is (TS 31.101, 9.5.1).
const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"routing_file: routing.yml
templates: [ "t/*.hbs" ]
web: { token_file: token }
modems: [ { name: a, address: "sim:", pin_file: pin } ]
"#;

    const ROUTING: &str = r#"people: { ana: { phone: "+33639980001" } }
allowed_prefixes: [ "+33" ]
fallback: [ana]
route: { page: [ana], template: db }
"#;

    /// A good installation with some files replaced; an empty text removes the file.
    fn installation(changes: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("t")).expect("written");
        let good = [
            ("nightbell.yml", CONFIG),
            ("routing.yml", ROUTING),
            ("token", "abcdefghijklmnop\n"),
            ("pin", "0000\n"),
            ("t/db.hbs", "{{severity}} {{host}}\n"),
        ];
        for (name, text) in good.iter().chain(changes) {
            let path = folder.path().join(name);
            match text.is_empty() {
                true => std::fs::remove_file(path).expect("removed"),
                false => std::fs::write(path, text).expect("written"),
            }
        }
        folder
    }

    /// What loading says, the folder left out.
    fn told(changes: &[(&str, &str)]) -> Vec<String> {
        let folder = installation(changes);
        let findings = load_files(&folder.path().join("nightbell.yml")).err().unwrap_or_default();
        let prefix = format!("{}/", folder.path().display());
        findings.iter().map(|finding| finding.to_string().replace(&prefix, "")).collect()
    }

    #[test]
    fn good_installation_is_loaded_whole() {
        let folder = installation(&[]);
        let loaded = load_files(&folder.path().join("nightbell.yml"));
        let loaded = loaded.unwrap_or_else(|findings| panic!("{findings:?}"));
        assert_eq!(loaded.token.as_deref(), Some("abcdefghijklmnop"));
        assert_eq!(loaded.pins.values().collect::<Vec<_>>(), ["0000"]);
        assert!(loaded.rules.templates.has("db") && loaded.rules.policy.people.len() == 1);
        let rules = load_rules(&loaded.config).unwrap_or_else(|findings| panic!("{findings:?}"));
        assert!(rules.templates.has("db"));
    }

    #[test]
    fn each_mistake_names_the_file_and_what_to_write() {
        for (file, text, expected) in [
            (
                "nightbell.yml",
                "",
                "nightbell.yml: there is no such file; write the path of your nightbell.yml as `--config.file=`",
            ),
            (
                "routing.yml",
                "",
                "routing.yml: there is no such file; correct `routing_file:` in nightbell.yml, or write the file",
            ),
            (
                "routing.yml",
                "people:\n\tx: 1\n",
                "routing.yml:2:1: a tab indents this line, which YAML does not allow; indent with spaces",
            ),
            ("t/db.hbs", "{{#if x}}", "t/db.hbs:1:10: the template does not parse: "),
            (
                "t/db.hbs",
                "",
                "routing.yml:4:33: there is no template `db`; write it as `db.hbs` where `templates:` of nightbell.yml looks, or name another",
            ),
            ("token", "", "token: there is no such file; correct `token_file:` in nightbell.yml, or make one: "),
            ("token", " \n", "token: the file with the token is empty; write one line, "),
            (
                "token",
                "abcdefghijklmno",
                "token: the token has 15 characters, fewer than the 16 that cannot be guessed; ",
            ),
            ("token", "abcdefgh ijklmnop", "token: the token is more than one word of plain ASCII, "),
            ("token", "ab\ncdefghijklmnop", "token: the token is more than one word of plain ASCII, "),
            ("pin", "", "pin: there is no such file; correct `pin_file:` in nightbell.yml, or leave it out"),
            ("pin", "123", "pin: this is no PIN for the SIM of `a`; write 4 to 8 digits and nothing else"),
            ("pin", "123456789", "pin: this is no PIN for the SIM of `a`; "),
            ("pin", "12a4", "pin: this is no PIN for the SIM of `a`; "),
        ] {
            let told = told(&[(file, text)]);
            assert_eq!(told.len(), 1, "{file} {text:?}: {told:#?}");
            assert!(told[0].starts_with(expected), "{file} {text:?}: {}", told[0]);
        }
    }

    #[test]
    fn mistakes_of_all_files_are_told_at_once_and_no_secret_with_them() {
        let told =
            told(&[("routing.yml", "people: {}\n"), ("token", "s3cret"), ("pin", "99x9"), ("t/db.hbs", "{{hots}}")]);
        let text = told.join("\n");
        for file in ["routing.yml:", "token:", "pin:", "t/db.hbs:"] {
            assert!(text.contains(file), "{file} in {text}");
        }
        assert!(!text.contains("s3cret") && !text.contains("99x9"), "{text}");
    }

    #[test]
    fn broken_routing_file_makes_no_rules() {
        let folder = installation(&[]);
        let loaded = load_files(&folder.path().join("nightbell.yml")).unwrap_or_else(|findings| panic!("{findings:?}"));
        std::fs::write(folder.path().join("routing.yml"), "people: {}\n").expect("written");
        assert!(load_rules(&loaded.config).is_err());
    }

    #[test]
    fn files_of_the_deploy_folder_are_good() {
        let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
        let config = std::fs::read_to_string(deploy.join("nightbell.yml")).expect("there");
        let routing = std::fs::read_to_string(deploy.join("routing.yml")).expect("there");
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in
            [("nightbell.yml", config.as_str()), ("routing.yml", &routing), ("token", "abcdefghijklmnop")]
        {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        let loaded = load_files(&folder.path().join("nightbell.yml"));
        let loaded = loaded.unwrap_or_else(|findings| panic!("{findings:?}"));
        assert_eq!(loaded.config.limits, crate::dispatch::Limits::default(), "the example shows the defaults");
    }
}
