//! A file is one idea, a function one screen.

use std::sync::LazyLock;

use regex::Regex;

use crate::source::{Finding, Source};
use crate::tables::{LONG_FILES, LONG_FUNCTIONS, MAX_FILE_LINES, MAX_FUNCTION_LINES};
use crate::views::closing;

/// What is too long in a file, its tests left out.
pub fn check(source: &Source) -> Vec<Finding> {
    if source.is_test {
        return Vec::new();
    }
    let path = source.file.path.as_str();
    let mut findings = Vec::new();
    let lines = source.lines_without_tests();
    let limit = LONG_FILES.iter().find(|(file, ..)| *file == path).map_or(MAX_FILE_LINES, |(_, limit, _)| *limit);
    if lines > limit {
        findings.push(Finding::whole(path, format!("{lines} lines before its tests, {limit} are one idea; split it")));
    }
    for (offset, name, lines) in functions(source) {
        let excepted = LONG_FUNCTIONS.iter().find(|(file, function, ..)| (*file, *function) == (path, name));
        let limit = excepted.map_or(MAX_FUNCTION_LINES, |(_, _, limit, _)| *limit);
        if lines > limit {
            let says =
                format!("the body of `{name}` has {lines} lines, {limit} are one screen; give a part its own name");
            findings.push(source.finding(offset, says));
        }
    }
    findings
}

/// Where each function is, its name, and the lines between its braces.
fn functions(source: &Source) -> Vec<(usize, &str, usize)> {
    let code = source.bare.as_str();
    let heads = FUNCTION.captures_iter(code);
    heads
        .filter_map(|head| {
            let name = head.get(1)?;
            let open = body(code, name.end())?;
            let lines = source.line(closing(code, open)) - source.line(open);
            Some((name.start(), name.as_str(), lines.saturating_sub(1)))
        })
        .collect()
}

/// The brace that opens the body of the function whose name ends at `from`; a mere declaration has none.
fn body(code: &str, mut from: usize) -> Option<usize> {
    loop {
        let at = from + code[from..].find([';', '(', '[', '{'])?;
        match code.as_bytes()[at] {
            b';' => return None,
            b'{' => return Some(at),
            _ => from = closing(code, at) + 1,
        }
    }
}

static FUNCTION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bfn\s+(\w+)").unwrap());

#[test]
fn what_is_too_long_is_found() {
    let lines = |count: usize| "    x();\n".repeat(count);
    let function = |count: usize| format!("fn f(a: [u8; 2]) -> u8 {{\n{}}}\n", lines(count));
    let tests = |count: usize| format!("#[cfg(test)]\nmod tests {{\n{}}}\n", lines(count));
    let cases = [
        (function(MAX_FUNCTION_LINES), None),
        (function(MAX_FUNCTION_LINES + 1), Some("src/plan/core.rs:1: the body of `f` has 61 lines")),
        (format!("fn g();\n{}", function(61)), Some("src/plan/core.rs:2: ")),
        ("//\n".repeat(MAX_FILE_LINES) + &tests(1000), None),
        ("//\n".repeat(MAX_FILE_LINES + 1) + &tests(1), Some("src/plan/core.rs: 351 lines")),
    ];
    for (text, expected) in cases {
        let found: Vec<String> =
            check(&Source::new("src/plan/core.rs", &text)).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), usize::from(expected.is_some()), "{found:?}");
        assert!(found.iter().zip(expected).all(|(told, expected)| told.starts_with(expected)), "{found:?}");
    }
}
