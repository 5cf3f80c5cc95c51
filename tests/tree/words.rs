//! Words that must not be in the tree: somebody's number, a path of one machine.

use std::sync::LazyLock;

use regex::Regex;

use crate::source::{Finding, TextFile};
use crate::tables::{FICTION, NOBODYS};

/// Where a text has such a word.
pub fn check(file: &TextFile) -> Vec<Finding> {
    let numbers = NUMBER.find_iter(&file.text).filter(|number| !is_fiction(number.as_str()));
    let numbers = numbers.map(|number| {
        let says = "what looks like somebody's number; write one of those set aside for fiction, `+33 6 39 98 …`";
        file.finding(number.start(), says)
    });
    let paths = MACHINE_PATH.captures_iter(&file.text).filter_map(|found| found.get(1));
    let paths = paths.map(|path| {
        file.finding(path.start(), format!("`{}` is a path of one machine; write a relative one", path.as_str()))
    });
    numbers.chain(paths).collect()
}

fn is_fiction(written: &str) -> bool {
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    NOBODYS.iter().any(|(nobody, _)| *nobody == digits)
        || FICTION.iter().any(|fiction| format!("+{digits}").starts_with(fiction))
}

/// Nine digits and more after a `+`, in one piece or in groups.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\+\d(?:[ .-]?\d){8,14}").unwrap());

/// Folders nobody else has. What follows a word or `.` is relative.
static MACHINE_PATH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?m)(?:^|[\s"'`=:(\[<>,])(/(?:work|root|home|Users)/)"#).unwrap());

#[cfg(test)]
fn told(text: &str) -> Vec<String> {
    check(&TextFile { path: "README.md".to_owned(), text: text.to_owned() }).iter().map(ToString::to_string).collect()
}

#[test]
fn real_numbers_and_machine_paths_are_found() {
    // Put together here, so that this file has no such word itself.
    for digits in ["33612345678", "32475000000", "44 7700 123 456", "1-202-000-0000", "491510000000000"] {
        let found = told(&format!("ana:\n  phone: +{digits}\n"));
        assert!(found.len() == 1 && found[0].starts_with("README.md:2: what looks like"), "{digits}: {found:?}");
    }
    for folder in ["work", "root", "home"] {
        for text in [format!("/{folder}/x"), format!("see `/{folder}/x`"), format!("path=/{folder}/x")] {
            assert_eq!(told(&text).len(), 1, "{text}");
        }
    }
}

#[test]
fn fiction_and_places_everybody_has_pass() {
    for text in [
        "+33639980001",
        "+447700900123",
        "+33 6 39 98 00 01",
        "prefixes +33 and +44",
        "2026-12-24T18:00:00+01:00",
        "AT+CMGS=23",
        "/var/lib/nightbell",
        "src/work/x.rs and ./root/x and https://example.org/home/",
    ] {
        assert_eq!(told(text), Vec::<String>::new(), "{text}");
    }
}
