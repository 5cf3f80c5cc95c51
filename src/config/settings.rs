//! What `nightbell.yml` says, whole and checked.

use std::path::{Path, PathBuf};

use crate::config::glob::Glob;
use crate::dispatch::Limits;
use crate::http::WebConfig;
use crate::modem::{Address, ModemConfig};
use crate::outbox::config::StorageConfig;

/// The configuration. Paths are as written until [`Config::resolved`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `routing_file:`, people, schedules and routes.
    pub routing_file: PathBuf,
    /// `templates:`, which files hold templates; default: none, the shipped ones do.
    pub templates: Vec<Glob>,
    /// `storage:`
    pub storage: StorageConfig,
    /// `web:`
    pub web: WebConfig,
    /// `modems:`, at least one; names and addresses are unique.
    pub modems: Vec<ModemConfig>,
    /// `alertmanager:`
    pub alertmanager: AlertmanagerConfig,
    /// `limits:`
    pub limits: Limits,
    /// `storm:`
    pub storm: StormConfig,
}

impl Config {
    /// The same with every relative path below `base`, the folder of the config file; absolute where `base` is.
    #[must_use]
    pub fn resolved(mut self, base: &Path) -> Self {
        self.routing_file = base.join(&self.routing_file);
        self.storage.path = base.join(&self.storage.path);
        self.web.token_file = self.web.token_file.map(|file| base.join(file));
        for glob in &mut self.templates {
            glob.folder = base.join(&glob.folder);
        }
        for modem in &mut self.modems {
            modem.pin_file = modem.pin_file.take().map(|file| base.join(file));
            if let Address::Sim { script: Some(script) } = &mut modem.address {
                *script = base.join(&*script).to_string_lossy().into_owned();
            }
        }
        self
    }

    /// The keys whose values differ, in the order of the example file: what a reload refuses by name.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        [
            ("routing_file", self.routing_file == other.routing_file),
            ("templates", self.templates == other.templates),
            ("storage", self.storage == other.storage),
            ("web", self.web == other.web),
            ("modems", self.modems == other.modems),
            ("alertmanager", self.alertmanager == other.alertmanager),
            ("limits", self.limits == other.limits),
            ("storm", self.storm == other.storm),
        ]
        .into_iter()
        .filter(|(_, same)| !same)
        .map(|(key, _)| key)
        .collect()
    }
}

/// Where Alertmanager is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertmanagerConfig {
    /// `url:`, `http://` or `https://` and a host; absent: it is not asked anything.
    pub url: Option<String>,
}

/// The governor of storms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StormConfig {
    /// `enabled:`, default true; false sends every text as it comes.
    pub enabled: bool,
}

impl Default for StormConfig {
    fn default() -> Self {
        Self { enabled: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
routing_file: routing.yml
templates: [ "templates/*.hbs", /opt/t/x.hbs ]
storage: { path: state }
web: { token_file: token }
modems: [ { name: a, address: "sim:?script=a.yml", pin_file: pin } ]
"#;

    fn config(source: &str) -> Config {
        Config::load("n.yml", source).expect("a good file")
    }

    #[test]
    fn relative_paths_start_at_the_folder_of_the_file() {
        let config = config(SOURCE).resolved(Path::new("/etc/nightbell"));
        assert_eq!(config.routing_file, Path::new("/etc/nightbell/routing.yml"));
        assert_eq!(config.storage.path, Path::new("/etc/nightbell/state"));
        assert_eq!(config.web.token_file.as_deref(), Some(Path::new("/etc/nightbell/token")));
        assert_eq!(config.modems[0].pin_file.as_deref(), Some(Path::new("/etc/nightbell/pin")));
        assert_eq!(config.modems[0].address.to_string(), "sim:?script=/etc/nightbell/a.yml");
        let folders: Vec<_> = config.templates.iter().map(|glob| glob.folder.as_path()).collect();
        assert_eq!(folders, [Path::new("/etc/nightbell/templates"), Path::new("/opt/t")]);
    }

    #[test]
    fn absolute_paths_stay() {
        let source = SOURCE.replace("path: state", "path: /srv/n").replace("routing.yml", "/srv/routing.yml");
        let config = config(&source).resolved(Path::new("/etc/nightbell"));
        assert_eq!(
            (config.storage.path.as_path(), config.routing_file.as_path()),
            (Path::new("/srv/n"), Path::new("/srv/routing.yml"))
        );
    }

    #[test]
    fn every_difference_is_named() {
        let old = config(SOURCE);
        assert!(old.differences(&old.clone()).is_empty());
        let source = SOURCE.replace("path: state", "path: other").replace("name: a", "name: b");
        assert_eq!(
            old.differences(&config(&format!("{source}storm: {{ enabled: false }}\n"))),
            ["storage", "modems", "storm"]
        );
    }
}
