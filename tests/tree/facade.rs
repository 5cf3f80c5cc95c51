//! `mod.rs` declares and documents, and holds no logic; what is public is documented.

use std::sync::LazyLock;

use regex::Regex;

use crate::source::{Finding, Source};

/// What is wrong with what a file shows to others.
pub fn check(source: &Source) -> Vec<Finding> {
    if source.is_test {
        return Vec::new();
    }
    let mut findings = undocumented(source);
    let path = source.file.path.as_str();
    if path.ends_with("/mod.rs") || path == "src/lib.rs" {
        findings.extend(logic(source));
        if !source.file.text.starts_with("//!") {
            findings.push(source.finding(0, "a façade begins with `//!` and what the room is for"));
        }
    }
    findings
}

fn logic(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut at = 0;
    for statement in source.bare.split_inclusive(';') {
        let text = statement.trim();
        if !text.is_empty() && !DECLARATION.is_match(text) {
            let offset = at + (statement.len() - statement.trim_start().len());
            let says = "a façade holds `mod` and `pub use` only; move this to a file of its own";
            findings.push(source.finding(offset, says));
            // Whatever comes behind it is a part of it, or can wait.
            break;
        }
        at += statement.len();
    }
    findings
}

fn undocumented(source: &Source) -> Vec<Finding> {
    let text: Vec<&str> = source.file.text.lines().collect();
    let bare: Vec<&str> = source.bare.lines().collect();
    let documented = |line: usize| {
        // Attributes and plain comments may stand between an item and its documentation.
        let above = (0..line).rev().take_while(|at| bare[*at].trim().is_empty() && !text[*at].trim().is_empty());
        above.into_iter().any(|at| text[at].trim_start().starts_with("///"))
    };
    PUBLIC
        .captures_iter(&source.bare)
        .filter_map(|item| item.get(1))
        .filter(|name| !documented(source.line(name.start()) - 1))
        .map(|name| {
            let says =
                format!("`{}` is public and has no `///`; say what holds, its units, limits and errors", name.as_str());
            source.finding(name.start(), says)
        })
        .collect()
}

static DECLARATION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:(?:pub(?:\([^)]*\))?\s+)?mod\s+\w+|pub(?:\([^)]*\))?\s+use\s[^;]+);$").unwrap());

static PUBLIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^[ \t]*pub\s+(?:(?:async|const|unsafe)\s+)*(?:fn|struct|enum|trait|const|static|type)\s+(\w+)")
        .unwrap()
});

#[cfg(test)]
fn told(path: &str, text: &str) -> Vec<String> {
    check(&Source::new(path, text)).iter().map(ToString::to_string).collect()
}

#[test]
fn logic_in_a_facade_is_found() {
    for text in [
        "//! Docs.\nfn helper() {}\n",
        "//! Docs.\nmod a;\n\nconst LIMIT: usize = 3;\npub use a::A;\n",
        "//! Docs.\nuse std::fmt;\n",
        "//! Docs.\nmod a { fn f() {} }\n",
        "mod a;\n",
    ] {
        assert_eq!(told("src/plan/mod.rs", text).len(), 1, "{text}");
    }
}

#[test]
fn a_facade_passes() {
    let text = "//! Docs.\n#![warn(x)]\n\nmod a;\npub mod b;\npub(crate) mod c;\n#[cfg(test)]\nmod d;\n\n\
                pub use a::{A, B};\npub(super) use b::C;\n#[cfg(test)]\nmod tests {\n    fn f() {}\n}\n";
    assert_eq!(told("src/plan/mod.rs", text), Vec::<String>::new());
}

#[test]
fn what_is_public_without_a_word_is_found() {
    for item in [
        "pub fn f() {}",
        "pub async fn f() {}",
        "pub const fn f() {}",
        "pub struct S;",
        "pub enum E {}",
        "pub trait T {}",
        "pub const C: u8 = 1;",
        "pub type T = u8;",
        "#[must_use]\n    pub fn f() {}",
        "// not for readers\npub fn f() {}",
        "\n/// Lost.\n\npub fn f() {}",
    ] {
        let found = told("src/plan/core.rs", item);
        assert!(found.len() == 1 && found[0].contains("is public and has no `///`"), "{item}: {found:?}");
        let documented =
            format!("/// Says something.\n#[expect(\n    dead_code,\n    reason = \"x\"\n)]\n{}", item.trim_start());
        if !item.contains("Lost") {
            assert_eq!(told("src/plan/core.rs", &documented), Vec::<String>::new(), "{documented}");
        }
    }
    for item in ["fn f() {}", "pub(super) fn f() {}", "pub use a::B;", "#[cfg(test)]\nmod tests { pub fn f() {} }"] {
        assert_eq!(told("src/plan/core.rs", item), Vec::<String>::new(), "{item}");
    }
}
