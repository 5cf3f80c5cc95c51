//! A lint is silenced with a reason; nothing is unsafe.

use std::sync::LazyLock;

use regex::Regex;

use crate::source::{Finding, Source};
use crate::views::attributes;

/// What a file silences without a reason, and what it does that the compiler cannot check. Tests included.
pub fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for attribute in attributes(&source.code) {
        let text = &source.code[attribute.clone()];
        if ALLOW.is_match(text) {
            let says = "nobody would see when this is no longer needed; write `#[expect(…, reason = \"…\")]`";
            findings.push(source.finding(attribute.start, says));
        }
        if EXPECT.is_match(text) && !REASON.is_match(text) {
            findings.push(source.finding(attribute.start, "a lint is silenced; add `reason = \"…\"`"));
        }
    }
    let says = "`unsafe`; do without, or leave it to a dependency that is known for it";
    findings.extend(UNSAFE.find_iter(&source.code).map(|found| source.finding(found.start(), says)));
    findings
}

static ALLOW: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\ballow\s*\(").unwrap());
static EXPECT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bexpect\s*\(").unwrap());
static REASON: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\breason\s*=").unwrap());
static UNSAFE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bunsafe\b").unwrap());

#[test]
fn silenced_lints_and_unsafe_code_are_found() {
    for code in [
        "#[allow(dead_code)]\nfn f() {}",
        "#![allow(dead_code, reason = \"soon\")]",
        "#[cfg_attr(test, allow(dead_code))]\nfn f() {}",
        "#[expect(dead_code)]\nfn f() {}",
        "fn f() { unsafe { g() } }",
        "#[cfg(test)]\nmod tests {\n    #[allow(unused)]\n    fn f() {}\n}",
    ] {
        assert_eq!(check(&Source::new("src/plan/core.rs", code)).len(), 1, "{code}");
    }
    for code in [
        "#[expect(dead_code, reason = \"soon\")]\nfn f() {}",
        "#![forbid(unsafe_code)]",
        "// #[allow(x)] unsafe\nlet x = \"#[allow(x)] unsafe\"; y.allow(z);",
    ] {
        assert!(check(&Source::new("src/plan/core.rs", code)).is_empty(), "{code}");
    }
}
