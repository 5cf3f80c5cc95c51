//! Every command of the command line, as an operator meets it.

mod check;
mod demo;
mod help;
mod logs;
mod outbox;
mod plans;
mod probe;

use crate::gateway::{Installation, ROUTING};

/// A modem nobody needs to be at: the address is reserved for documentation.
const MODEM: &str = "  - { name: stick, address: \"serial:///dev/nightbell-no-such-device?baud=115200\" }\n";

/// An installation without a mistake, with a template of its own.
fn good() -> Installation {
    let installation = Installation::new(MODEM, "templates: [ \"templates/*.hbs\" ]", ROUTING);
    std::fs::create_dir(installation.path("templates")).expect("a folder");
    installation.write("templates/mine.hbs", "{{severity}} {{host}}{{list hosts}} is not well");
    installation
}

/// The bodies Alertmanager has been seen to post.
fn payload(name: &str) -> String {
    format!("{}/tests/payloads/{name}", env!("CARGO_MANIFEST_DIR"))
}
