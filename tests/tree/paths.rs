//! Paths in code: those of `use` with their groups taken apart, and those written where they are used.

use std::sync::LazyLock;

use regex::Regex;

use crate::views::without;

/// A path of at least two segments, or one that is imported.
#[derive(Debug)]
pub struct CodePath {
    /// Where it is written.
    pub offset: usize,
    /// Its segments with `::` between them; the last may be `*`.
    pub path: String,
}

/// All paths of a view of some code.
pub fn paths(code: &str) -> Vec<CodePath> {
    let mut found = Vec::new();
    let mut imports = Vec::new();
    for statement in USE.captures_iter(code) {
        let tree = statement.get(1).expect("the pattern has one group");
        expand(tree.as_str(), tree.start(), "", &mut found);
        imports.push(tree.range());
    }
    let elsewhere = without(code, &imports);
    let inline = INLINE.find_iter(&elsewhere);
    found.extend(inline.map(|path| CodePath { offset: path.start(), path: path.as_str().to_owned() }));
    found
}

/// Takes a tree of imports apart: `a::{b, c::{self, d}}` holds `a::b`, `a::c` and `a::c::d`.
fn expand(tree: &str, offset: usize, prefix: &str, found: &mut Vec<CodePath>) {
    let offset = offset + (tree.len() - tree.trim_start().len());
    let tree = tree.trim();
    if let (Some(open), Some(close)) = (tree.find('{'), tree.rfind('}')) {
        let prefix = format!("{prefix}{}", &tree[..open]);
        let mut at = open + 1;
        for branch in branches(&tree[open + 1..close]) {
            expand(branch, offset + at, &prefix, found);
            at += branch.len() + 1;
        }
        return;
    }
    let name = tree.split_whitespace().next().unwrap_or_default();
    if !name.is_empty() {
        let path = format!("{prefix}{name}");
        let path = path.strip_suffix("::self").unwrap_or(&path).trim_start_matches("::");
        found.push(CodePath { offset, path: path.to_owned() });
    }
}

/// The parts between the commas of a group, without looking into groups within.
fn branches(group: &str) -> Vec<&str> {
    let mut depth = 0;
    group
        .split(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            c == ',' && depth == 0
        })
        .collect()
}

static USE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\buse\s+([^;]+);").unwrap());
static INLINE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[A-Za-z_]\w*(?:::[A-Za-z_]\w*)+").unwrap());

#[test]
fn groups_are_taken_apart_and_places_kept() {
    let code =
        "use crate::{\n    at::{self, Client as Dialogue},\n    sms::*,\n};\nuse ::rand;\nfn f() { std::fs::read(x) }";
    let expected = [
        ("crate::at", "self"),
        ("crate::at::Client", "Client"),
        ("crate::sms::*", "sms"),
        ("rand", "::rand"),
        ("std::fs::read", "std"),
    ];
    let found = paths(code);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (path, (wanted, written)) in found.iter().zip(expected) {
        assert_eq!((path.path.as_str(), Some(path.offset)), (wanted, code.find(written)));
    }
}
