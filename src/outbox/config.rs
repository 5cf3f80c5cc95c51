//! `storage:` in `nightbell.yml`.

use std::path::PathBuf;

/// Where the ledger is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageConfig {
    /// `path:`, the folder of the ledger and of the control socket; belongs to one Nightbell alone. Default
    /// [`StorageConfig::DEFAULT_PATH`].
    pub path: PathBuf,
}

impl StorageConfig {
    /// Where Debian and systemd's `StateDirectory=` put what a service must not lose.
    pub const DEFAULT_PATH: &str = "/var/lib/nightbell";
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self { path: PathBuf::from(Self::DEFAULT_PATH) }
    }
}
