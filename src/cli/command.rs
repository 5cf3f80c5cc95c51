//! The commands and their exit codes: 0 good, 1 finding or failure, 2 usage. Shell.

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::cli::{check, demo, modem, outbox, preview, routes, send, serve};

/// Wakes the right human by SMS when Alertmanager rings, through a GSM modem of your own.
#[derive(Parser)]
#[command(name = "nightbell", version, about, max_term_width = 100)]
#[command(
    after_help = "Start with `nightbell demo`: an outage becomes texts on (simulated) phones, nothing to configure."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the whole way with nothing to configure: a sample outage becomes texts on simulated phones
    Demo(demo::Args),
    /// Run the gateway: take Alertmanager's notifications, send the texts
    Serve(serve::Args),
    /// Send one text: to a number straight through a modem, or to a person through the running gateway
    Send(send::Args),
    /// Find every mistake in the files before the night does
    #[command(subcommand)]
    Check(Check),
    /// Say who would be told
    #[command(subcommand)]
    Routes(Routes),
    /// Show the exact texts a notification would become
    Preview(preview::Args),
    /// Look at a modem, or play one
    #[command(subcommand)]
    Modem(modem::Command),
    /// See and change what is in the queue and what became of it
    #[command(subcommand)]
    Outbox(outbox::Command),
}

#[derive(Subcommand)]
enum Check {
    /// Every mistake in nightbell.yml, the routing file and the templates, with its place and what to write instead
    Config(check::Args),
}

#[derive(Subcommand)]
enum Routes {
    /// Who would be paged for these labels, by which route, with which text
    Test(routes::Args),
}

/// Reads the command line, runs the command, and says with which code to leave.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(&args),
        Command::Send(args) => send::run(&args),
        Command::Check(Check::Config(args)) => check::run(args),
        Command::Routes(Routes::Test(args)) => routes::run(args),
        Command::Preview(args) => preview::run(args),
        Command::Modem(command) => modem::run(&command),
        Command::Outbox(command) => outbox::run(&command),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(sentence) => {
            // A closed terminal takes no complaint.
            let _ = writeln!(std::io::stderr(), "nightbell: {sentence}");
            ExitCode::FAILURE
        }
    }
}
