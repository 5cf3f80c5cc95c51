//! `nightbell.yml`, composed of the parts' own configs, and the files it leads to.
//!
//! [`Config`] is pure: its bytes in, a value or every mistake out. [`files`] and [`Disk`] are the shell that
//! reads what stands on disk: config, routing file, templates, token and PINs.

mod cross;
pub mod disk;
pub mod files;
pub mod glob;
mod load;
mod modems;
mod settings;

#[cfg(test)]
mod mistakes;

pub use disk::Disk;
pub use files::{Loaded, Reading, default_config_file, load_files, load_rules, rules_of, storage_of};
pub use glob::Glob;
pub use settings::{AlertmanagerConfig, Config, StormConfig};
