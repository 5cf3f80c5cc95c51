//! What the command line says of itself.

use crate::gateway::run_in;

/// Every command that does something, and how a line of its example begins.
const COMMANDS: [&str; 12] = [
    "demo",
    "serve",
    "send",
    "check config",
    "routes test",
    "preview",
    "modem probe",
    "modem sim",
    "outbox list",
    "outbox show",
    "outbox retry",
    "outbox drop",
];

fn run(arguments: &[&str]) -> (i32, String, String) {
    run_in(&std::env::temp_dir(), arguments)
}

fn help(command: &str) -> String {
    let arguments: Vec<&str> = command.split(' ').chain(["--help"]).collect();
    let (code, out, err) = run(&arguments);
    assert_eq!((code, err.as_str()), (0, ""), "{command}");
    out
}

#[test]
fn every_command_explains_itself_in_a_sentence() {
    for command in COMMANDS.iter().chain(&["check", "routes", "modem", "outbox"]) {
        let help = help(command);
        let first = help.lines().next().unwrap_or_default();
        assert!(first.split(' ').count() >= 3 && first.starts_with(char::is_uppercase), "{command}: {first}");
        assert!(help.contains(&format!("Usage: nightbell {command}")), "{command}: {help}");
    }
}

#[test]
fn every_command_shows_an_example_of_itself() {
    let lacking: Vec<&str> = COMMANDS
        .into_iter()
        .filter(|command| {
            let help = help(command);
            let example = format!("\n  nightbell {command}");
            help.split_once("\nExample").is_none_or(|(_, examples)| !examples.contains(&example))
        })
        .collect();
    assert_eq!(lacking, Vec::<&str>::new(), "commands whose --help has no example");
}

#[test]
fn every_option_and_argument_is_explained() {
    for command in COMMANDS {
        let help = help(command);
        let listed = help.lines().map(str::trim_start).collect::<Vec<_>>();
        for (at, line) in listed.iter().enumerate().filter(|(_, line)| line.starts_with("--") || line.starts_with('<'))
        {
            let explained = line.contains("  ") || listed.get(at + 1).is_some_and(|next| next.len() > 3);
            assert!(explained, "{command}: `{line}`");
        }
    }
}

#[test]
fn the_whole_lists_all_commands_and_where_to_start() {
    let (code, out, _) = run(&["--help"]);
    assert_eq!(code, 0);
    for command in COMMANDS {
        let first = command.split(' ').next().expect("a word");
        assert!(out.lines().any(|line| line.trim_start().starts_with(first)), "{first}: {out}");
    }
    assert!(out.contains("nightbell demo"), "{out}");
}

#[test]
fn the_version_is_told() {
    for flag in ["--version", "-V"] {
        let (code, out, err) = run(&[flag]);
        assert_eq!((code, out.trim_end(), err.as_str()), (0, concat!("nightbell ", env!("CARGO_PKG_VERSION")), ""));
    }
}

#[test]
fn what_is_not_understood_is_a_matter_of_usage() {
    for line in [
        "",
        "explode",
        "--explode",
        "demo --explode",
        "serve --log.level=loud",
        "serve --log.format=xml",
        "send",
        "send +33639980001",
        "send +33639980001 hello --answer-within=soon",
        "check",
        "routes test severity",
        "routes test --at=yesterday severity=critical",
        "preview",
        "modem",
        "modem probe",
        "outbox show",
        "outbox list --limit=many",
    ] {
        let (code, out, err) = run(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!((code, out.as_str()), (2, ""), "`{line}`: {err}");
        assert!(err.contains("Usage:") || err.contains("--help"), "`{line}`: {err}");
    }
}
