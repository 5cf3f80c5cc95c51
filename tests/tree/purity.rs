//! Pure files decide, shells act, and one file reads the clock.

use std::sync::LazyLock;

use regex::Regex;

use crate::paths::paths;
use crate::source::{Finding, Source};
use crate::tables::{CLOCK, MIN_EXPECT_WORDS, PURE_IN_A_SHELL, SHELLS};

/// A pattern, and what to do instead of what it finds.
type Rule = (Regex, &'static str);

/// What a file does that it must not do outside its tests: pure files nothing but decide, shells do not give up.
pub fn check(source: &Source) -> Vec<Finding> {
    if source.is_test {
        return Vec::new();
    }
    let mut findings = short_expects(source);
    findings.extend(in_code(source, &NOWHERE));
    if !is_shell(&source.file.path) {
        findings.extend(in_paths(source, &CLOCK_PATHS));
        findings.extend(in_paths(source, &SHELL_PATHS));
        findings.extend(in_code(source, &SHELL_CODE));
    }
    findings
}

/// Where a file other than the clock reads one, shells included.
pub fn check_clock(source: &Source) -> Vec<Finding> {
    if source.is_test || source.file.path == CLOCK {
        return Vec::new();
    }
    in_paths(source, &CLOCK_PATHS).into_iter().chain(in_code(source, &CLOCK_CODE)).collect()
}

fn is_shell(path: &str) -> bool {
    let listed = |shell: &&str| *shell == path || (shell.ends_with('/') && path.starts_with(*shell));
    SHELLS.iter().any(listed) && !PURE_IN_A_SHELL.contains(&path)
}

fn in_paths(source: &Source, rules: &[Rule]) -> Vec<Finding> {
    let told = |path: &str| rules.iter().find(|(pattern, _)| pattern.is_match(path));
    paths(&source.shipped)
        .iter()
        .filter_map(|path| {
            told(&path.path).map(|(_, instead)| source.finding(path.offset, format!("`{}`; {instead}", path.path)))
        })
        .collect()
}

fn in_code(source: &Source, rules: &[Rule]) -> Vec<Finding> {
    let found = |(pattern, instead): &Rule| -> Vec<Finding> {
        let matches = pattern.find_iter(&source.shipped);
        matches.map(|found| source.finding(found.start(), format!("`{}`; {instead}", found.as_str()))).collect()
    };
    rules.iter().flat_map(found).collect()
}

/// An `expect` whose message is too short to state an invariant, or is not written there.
fn short_expects(source: &Source) -> Vec<Finding> {
    let says = format!("an `expect` states the invariant in {MIN_EXPECT_WORDS} words or more, or is an error instead");
    let too_short = EXPECT.captures_iter(&source.shipped).filter(|call| {
        let message = call.get(1).map_or("", |message| &source.file.text[message.range()]);
        message.split_whitespace().count() < MIN_EXPECT_WORDS
    });
    too_short.map(|call| source.finding(call.get_match().start(), says.as_str())).collect()
}

fn rules(rows: &[(&str, &'static str)]) -> Vec<Rule> {
    rows.iter().map(|(pattern, instead)| (Regex::new(pattern).unwrap(), *instead)).collect()
}

static CLOCK_PATHS: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let clock = "only src/clock.rs reads a clock: a shell asks `clock::now()`, a pure function takes the time";
    rules(&[(r"\b(Timestamp|Instant|Zoned|DateTime)::now$|\bSystemTime\b|\bclock_gettime$", clock)])
});

static CLOCK_CODE: LazyLock<Vec<Rule>> =
    LazyLock::new(|| rules(&[(r"\.elapsed\(\)", "that reads a clock: take the difference of two instants")]));

static SHELL_PATHS: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let acts = "a pure file does no IO: take the bytes, return the action, or list the file as a shell";
    rules(&[
        (r"\bclock::(now|instant)$|\bNow::read$", "a pure file reads no clock: take the time as an argument"),
        (r"^std::(fs|net|env|process|thread|os)\b|(^|::)File\b|\b(stdin|stdout|stderr)$", acts),
        (r"^(tokio|tokio_\w+|hyper|hyper_util|http_body_util|rusqlite|rustix|serial2_tokio|sd_notify)\b", acts),
        (r"\bTimeZone::(system|try_system)$", "a pure file does not ask the machine: take the zone as an argument"),
        (r"^(getrandom|rand|rand_\w+|fastrand)\b|\bRandomState\b", "a pure file rolls no dice: take the bits"),
        (r"^(tracing|log|prometheus)\b|^crate::metrics\b", "a pure file does not log or count: return it to the shell"),
    ])
});

static SHELL_CODE: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    rules(&[
        (r"\b(e?println|e?print)!", "a pure file prints nothing: return it to the shell"),
        (r"\b(info|warn|error|debug|trace)!", "a pure file does not log: return it to the shell"),
        (
            r"\b(panic|unreachable)!",
            "a pure file does not panic: return an error, or state the invariant in an `expect`",
        ),
        (r"\.elapsed\(\)", "a pure file reads no clock: take the time as an argument"),
    ])
});

static NOWHERE: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    rules(&[
        (r"\.unwrap(_err)?\(\)", "no unwrap outside tests: return an error, or state the invariant in an `expect`"),
        (r"\b(todo|unimplemented|dbg)!", "finish it before it goes in"),
    ])
});

static EXPECT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"\.expect(?:_err)?\(\s*(?:"([^"]*)")?"#).unwrap());

#[cfg(test)]
const PURE: &str = "src/plan/core.rs";

#[test]
fn what_a_pure_file_must_not_do_is_found() {
    let cases = [
        ("let now = Timestamp::now();", "`Timestamp::now`"),
        ("let now = std::time::Instant::now();", "`std::time::Instant::now`"),
        ("use std::time::{Duration, SystemTime};", "`std::time::SystemTime`"),
        ("let now = items.map(Zoned::now);", "`Zoned::now`"),
        ("let now = crate::clock::now();", "`crate::clock::now`"),
        ("use crate::clock::{Instant, instant};", "`crate::clock::instant`"),
        ("let now = clock::instant();", "`clock::instant`"),
        ("let now = Now::read();", "`Now::read`"),
        ("started.elapsed()", "`.elapsed()`"),
        ("use std::{fmt, fs};", "`std::fs`"),
        ("std::env::var(x)", "`std::env::var`"),
        ("use std::process;", "`std::process`"),
        ("use std::net::TcpStream;", "`std::net::TcpStream`"),
        ("use tokio::sync::mpsc;", "`tokio::sync::mpsc`"),
        ("use rusqlite::Connection;", "`rusqlite::Connection`"),
        ("File::open(x)", "`File::open`"),
        ("io::stdout()", "`io::stdout`"),
        ("println!(x)", "`println!`"),
        ("eprintln!(x)", "`eprintln!`"),
        ("getrandom::fill(x)", "`getrandom::fill`"),
        ("rand::random()", "`rand::random`"),
        ("use tracing::Span;", "`tracing::Span`"),
        ("warn!(x)", "`warn!`"),
        ("use prometheus::Counter;", "`prometheus::Counter`"),
        ("use crate::metrics::Metrics;", "`crate::metrics::Metrics`"),
        ("x.unwrap()", "`.unwrap()`"),
        ("panic!()", "`panic!`"),
        ("unreachable!()", "`unreachable!`"),
        ("todo!()", "`todo!`"),
        ("unimplemented!()", "`unimplemented!`"),
        ("x.expect(\"is good\")", "an `expect` states"),
        ("x.expect(why)", "an `expect` states"),
    ];
    for (code, expected) in cases {
        let found: Vec<String> =
            check(&Source::new(PURE, &format!("\n{code}"))).iter().map(ToString::to_string).collect();
        assert!(found.len() == 1 && found[0].starts_with("src/plan/core.rs:2: "), "{code}: {found:?}");
        assert!(found[0].contains(expected), "{code}: {found:?}");
    }
}

#[test]
fn what_a_pure_file_may_do_passes() {
    let cases = [
        "use crate::clock::{Instant, Now, Timestamp};",
        "// panic!() in a comment, \"println!\"",
        "let words = \"std::fs::read and x.unwrap()\";",
        "assert!(x.is_some());",
        "x.unwrap_or_default(); x.unwrap_or_else(f);",
        "x.expect(\"a page code is ASCII by construction\")",
        "#[expect(dead_code, reason = \"soon\")]",
        "let file = TemplateFile::new(); self.error(x);",
        "use std::io::{self, Write};",
        "#[cfg(test)]\nmod tests {\n    fn a() { std::fs::read(x).unwrap(); panic!() }\n}",
    ];
    for code in cases {
        let found = check(&Source::new(PURE, code));
        assert!(found.is_empty(), "{code}: {found:?}");
    }
}

#[test]
fn a_shell_acts_but_neither_gives_up_nor_reads_a_clock_itself() {
    let acts = "use tokio::net::TcpStream;\nfn f() { info!(x); clock::now(); tokio::time::sleep_until(t) }";
    let source = Source::new("src/modem/transport.rs", acts);
    assert!(check(&source).is_empty() && check_clock(&source).is_empty());
    assert_eq!(check(&Source::new("src/http/config.rs", acts)).len(), 4);
    assert_eq!(check(&Source::new("src/modem/transport.rs", "x.unwrap(); todo!()")).len(), 2);
    for code in ["Timestamp::now()", "tokio::time::Instant::now()", "use std::time::SystemTime;", "x.elapsed()"] {
        assert_eq!(check_clock(&Source::new("src/modem/transport.rs", code)).len(), 1, "{code}");
        assert!(check_clock(&Source::new(CLOCK, code)).is_empty(), "{code}");
    }
}
