//! A file as the rules see it: the text, and the same text with parts of it blanked.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use crate::views;

/// What is wrong, where, and what to do.
#[derive(Debug)]
pub struct Finding {
    /// `file:line`, or `file` where the whole of it is meant.
    place: String,
    says: String,
}

impl Finding {
    /// About a file as a whole, perhaps one that is missing.
    pub fn whole(path: &str, says: impl Into<String>) -> Self {
        Self { place: path.to_owned(), says: says.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.says)
    }
}

/// A file of any kind.
#[derive(Debug)]
pub struct TextFile {
    /// From the root of the package, with `/`.
    pub path: String,
    pub text: String,
}

impl TextFile {
    /// Something at a byte of the text.
    pub fn finding(&self, offset: usize, says: impl Into<String>) -> Finding {
        Finding { place: format!("{}:{}", self.path, line_of(&self.text, offset)), says: says.into() }
    }
}

/// A Rust file. All views have the length of the text, so that an offset means the same in each.
#[derive(Debug)]
pub struct Source {
    pub file: TextFile,
    /// Without comments and without what stands between quotes.
    pub code: String,
    /// `code` without `#[cfg(test)]` items.
    pub shipped: String,
    /// `shipped` without attributes.
    pub bare: String,
    /// The whole file is compiled for tests only.
    pub is_test: bool,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let code = views::code(text);
        let shipped = views::without(&code, &views::test_items(&code));
        let bare = views::without(&shipped, &views::attributes(&shipped));
        let is_test = path.contains("/tests/") || path.starts_with("tests/") || code.contains("#![cfg(test)]");
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        Self { file, code, shipped, bare, is_test }
    }

    /// Something at a byte of the text.
    pub fn finding(&self, offset: usize, says: impl Into<String>) -> Finding {
        self.file.finding(offset, says)
    }

    /// The lines up to the last one that is not a test's.
    pub fn lines_without_tests(&self) -> usize {
        views::without(&self.file.text, &views::test_items(&self.code)).trim_end().lines().count()
    }

    /// The number of the line a byte is on, from 1.
    pub fn line(&self, offset: usize) -> usize {
        line_of(&self.file.text, offset)
    }

    /// Where the modules are that this file declares for tests only, without `.rs`.
    pub fn test_modules(&self) -> Vec<String> {
        let stem = self.file.path.trim_end_matches(".rs");
        let folder = match stem.rsplit_once('/') {
            Some((folder, "mod" | "lib" | "main")) => folder,
            _ => stem,
        };
        let items = views::test_items(&self.code);
        let modules = items.iter().filter_map(|item| MODULE.captures(&self.code[item.clone()]));
        modules.map(|module| format!("{folder}/{}", &module[1])).collect()
    }

    /// Whether this is the file of a module, or of one below it.
    pub fn is_within(&self, module: &str) -> bool {
        self.file.path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    }

    /// The first segment under `src/`: the room the file belongs to.
    pub fn room(&self) -> &str {
        let path = self.file.path.strip_prefix("src/").unwrap_or(&self.file.path);
        path.split_once('/').map_or(path, |(room, _)| room).trim_end_matches(".rs")
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// A module in a file of its own.
static MODULE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bmod\s+(\w+)\s*;").unwrap());

#[test]
fn a_module_declared_for_tests_is_found_with_all_below_it() {
    let source = Source::new("src/policy/mod.rs", "mod node;\n#[cfg(test)]\nmod mistakes;\n");
    assert_eq!(source.test_modules(), ["src/policy/mistakes"]);
    for (path, expected) in [
        ("src/policy/mistakes.rs", true),
        ("src/policy/mistakes/far.rs", true),
        ("src/policy/mistakes_told.rs", false),
        ("src/policy/node.rs", false),
    ] {
        assert_eq!(Source::new(path, "").is_within("src/policy/mistakes"), expected, "{path}");
    }
    assert_eq!(Source::new("src/a/b.rs", "#[cfg(test)]\nmod c;").test_modules(), ["src/a/b/c"]);
}
