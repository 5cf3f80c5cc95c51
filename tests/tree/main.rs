//! Polices the tree: reads `src/`, the other Rust files, the README and what is shipped beside it as text, and fails
//! with `file:line` and what to do instead.
//!
//! What is allowed where stands in `tables`; a new room gets its floor there, a new shell its line, an exception its
//! reason. Every rule is a function from text to findings, and proves beside itself on a bad snippet that it can fail.

mod facade;
mod imports;
mod lints;
mod paths;
mod purity;
mod readme;
mod size;
mod source;
mod tables;
mod views;
mod words;

use std::fs;
use std::path::Path;

use crate::source::{Finding, Source, TextFile};

/// Text that is shipped or shown, looked through for words that must not be there. Folders end in `/`.
const TEXTS: &[&str] = &[
    "src/",
    "tests/",
    "deploy/",
    "templates/",
    "docs/",
    "benches/",
    "examples/",
    "fuzz/",
    "README.md",
    "CHANGELOG.md",
    "Cargo.toml",
];

/// Where Rust files are, our own tests included.
const RUST: &[&str] = &["src/", "tests/", "benches/", "examples/", "fuzz/", "build.rs"];

#[test]
fn imports_go_only_downwards_and_by_full_path() {
    report(sources(&["src/"]).iter().flat_map(imports::check));
}

#[test]
fn pure_files_only_decide() {
    report(sources(&["src/"]).iter().flat_map(purity::check));
}

#[test]
fn only_the_clock_reads_a_clock() {
    report(sources(&["src/"]).iter().flat_map(purity::check_clock));
}

#[test]
fn files_are_one_idea_and_functions_one_screen() {
    report(sources(&["src/"]).iter().flat_map(size::check));
}

#[test]
fn a_mod_file_is_a_facade_and_what_is_public_is_documented() {
    report(sources(&["src/"]).iter().flat_map(facade::check));
}

#[test]
fn lints_are_silenced_with_a_reason_and_nothing_is_unsafe() {
    report(sources(RUST).iter().flat_map(lints::check));
}

#[test]
fn no_real_number_and_no_path_of_one_machine() {
    report(texts(TEXTS).iter().flat_map(words::check));
}

#[test]
fn metrics_and_what_is_written_about_them_agree() {
    let told = texts(&["README.md", "docs/"]);
    let used = texts(&["deploy/"]);
    report(readme::check_metrics(&sources(&["src/metrics.rs", "src/metrics/"]), &told, &used));
}

#[test]
fn every_command_of_the_readme_exists() {
    let commands: Vec<String> = texts(&["src/cli/"]).into_iter().map(|file| file.path).collect();
    report(readme::check_commands(&texts(&["README.md"]), &commands));
}

fn report(findings: impl IntoIterator<Item = Finding>) {
    let findings: Vec<String> = findings.into_iter().map(|finding| finding.to_string()).collect();
    assert!(findings.is_empty(), "\n{}\n({} findings)", findings.join("\n"), findings.len());
}

fn sources(places: &[&str]) -> Vec<Source> {
    let rust = texts(places).into_iter().filter(|file| file.path.ends_with(".rs"));
    let mut sources: Vec<Source> = rust.map(|file| Source::new(&file.path, &file.text)).collect();
    let tests: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    for source in &mut sources {
        source.is_test |= tests.iter().any(|module| source.is_within(module));
    }
    sources
}

/// The text files at these places, which need not exist yet, in a fixed order.
fn texts(places: &[&str]) -> Vec<TextFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(root.join("src/lib.rs").is_file(), "the tree is read where it was built, and there is no src/lib.rs");
    let mut found = Vec::new();
    for place in places {
        collect(root, place.trim_end_matches('/'), &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(root: &Path, path: &str, found: &mut Vec<TextFile>) {
    let full = root.join(path);
    if full.is_dir() {
        for entry in fs::read_dir(&full).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !name.starts_with('.') && name != "target" {
                collect(root, &format!("{path}/{name}"), found);
            }
        }
    } else if let Ok(text) = fs::read_to_string(&full) {
        found.push(TextFile { path: path.to_owned(), text });
    }
}
