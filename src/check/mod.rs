//! `nightbell check`: every finding of an installation, and how it is shown.
//!
//! [`texts`] and [`diagnostics`] are pure; [`installation`] reads the files.

pub mod diagnostics;
pub mod installation;
mod pretence;
pub mod texts;

pub use diagnostics::render;
pub use installation::{Report, check_files, check_installation};
pub use pretence::as_if_told;
