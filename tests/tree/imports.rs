//! Imports go only downwards, by full path.

use std::sync::LazyLock;

use regex::Regex;

use crate::paths::paths;
use crate::source::{Finding, Source};
use crate::tables::{CLOSED_TO_THE_SIMULATED_MODEM, FLOORS, SIBLINGS, SIMULATED_MODEM};

/// What is wrong with the imports of a file. Floors hold for its tests as well.
pub fn check(source: &Source) -> Vec<Finding> {
    // It declares the rooms.
    if source.file.path == "src/lib.rs" {
        return Vec::new();
    }
    let directions = paths(&source.code);
    let directions = directions
        .iter()
        .filter_map(|path| direction(source, &path.path).map(|says| source.finding(path.offset, says)));
    let forms = if source.is_test { Vec::new() } else { paths(&source.shipped) };
    let forms = forms.iter().filter_map(|path| form(&path.path).map(|says| source.finding(path.offset, says)));
    directions.chain(forms).collect()
}

/// What is wrong with where a path leads.
fn direction(source: &Source, path: &str) -> Option<String> {
    let to = &ROOM.captures(path)?[1];
    if source.file.path.starts_with(SIMULATED_MODEM)
        && CLOSED_TO_THE_SIMULATED_MODEM.contains(&to)
        && !(path == "crate::modem::sim" || path.starts_with("crate::modem::sim::"))
    {
        return Some(format!("the simulated modem shares no code with what it judges; do without `{path}`"));
    }
    let from = source.room();
    if from == to || SIBLINGS.iter().any(|(sibling, of, _)| (*sibling, *of) == (from, to)) {
        return None;
    }
    let told = match (floor(from), floor(to)) {
        (None, _) => format!("`{from}` is on no floor; give it one in tests/tree/tables.rs"),
        (_, None) => {
            format!("`{path}` is in no room; import it from its room, or give `{to}` a floor in tests/tree/tables.rs")
        }
        (Some(own), Some(other)) if other >= own => format!(
            "`{from}` is on floor {own} and imports `{path}` from floor {other}; \
             take it as an argument, or move what both need to a lower floor"
        ),
        _ => return None,
    };
    Some(told)
}

/// What is wrong with how a path is written.
fn form(path: &str) -> Option<&'static str> {
    if path.split("::").any(|segment| segment == "super") {
        Some("a path through `super`; write it in full, from `crate::`")
    } else if path.ends_with("::*") {
        Some("everything is imported at once; name what is needed")
    } else {
        None
    }
}

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(_, rooms)| rooms.contains(&room)).map(|(floor, _)| *floor)
}

static ROOM: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^crate::(\w+)").unwrap());

#[test]
fn bad_imports_are_found() {
    let cases = [
        ("src/sms/text.rs", "use crate::plan::plan;", "from floor 5"),
        ("src/render/fit.rs", "use crate::{message::Draft, route::Tree};", "from floor 3"),
        ("src/plan/core.rs", "fn f() {\n    crate::dispatch::run();\n}", "src/plan/core.rs:2: `plan` is on floor 5"),
        ("src/plan/core.rs", "#[cfg(test)]\nmod tests {\n    use crate::http::Server;\n}", "from floor 7"),
        ("src/plan/core.rs", "use crate::attic::Box;", "is in no room"),
        ("src/attic.rs", "use crate::sms::Text;", "`attic` is on no floor"),
        ("src/config/files.rs", "use crate::check::Report;", "from floor 8"),
        ("src/modem/sim/body.rs", "use crate::sms::gsm7;", "shares no code"),
        ("src/modem/sim/body.rs", "use crate::at::Framer;", "shares no code"),
        ("src/modem/sim/body.rs", "use crate::modem::{sim::entry::Entry, form::form};", "`crate::modem::form::form`"),
        ("src/plan/core.rs", "use super::share::Route;", "`super`"),
        ("src/plan/core.rs", "fn f() { super::super::g() }", "`super`"),
        ("src/plan/core.rs", "use crate::page::*;", "everything"),
    ];
    for (path, code, expected) in cases {
        let found: Vec<String> = check(&Source::new(path, code)).iter().map(ToString::to_string).collect();
        assert!(found.len() == 1 && found[0].contains(expected), "{code}: {found:?}");
    }
}

#[test]
fn good_imports_pass() {
    let cases = [
        ("src/plan/core.rs", "use crate::plan::share::Route;\nuse crate::policy::Policy;\n// use super::x;"),
        ("src/at/client.rs", "use crate::clock::Instant;"),
        ("src/modem/lane.rs", "use crate::modem::sim::Sim;\nuse crate::sms::Text;"),
        ("src/modem/sim/body.rs", "use crate::modem::sim::{self, entry::Entry};\npub(super) fn f() {}"),
        ("src/page/judge.rs", "#[cfg(test)]\nmod tests {\n    use super::*;\n}"),
        ("src/main.rs", "use crate::cli::run;"),
    ];
    for (path, code) in cases {
        let found = check(&Source::new(path, code));
        assert!(found.is_empty(), "{code}: {found:?}");
    }
}
