//! Findings as an operator reads them: the place, the sentence, the line with a caret, what to write instead.

use std::collections::BTreeMap;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::finding::{Finding, Place};
use crate::yaml::mask_numbers;

/// Shows findings. `sources` holds the text of every file by its name.
///
/// The first line of each is `file:line:column: message`, as editors and `grep` know it; where the line can be shown,
/// it and the help follow below, else the help stands behind the message. Phone numbers are covered.
#[must_use]
pub fn render(findings: &[Finding], sources: &BTreeMap<String, String>, colour: bool) -> String {
    findings.iter().map(|finding| show(finding, sources, colour)).collect()
}

fn show(finding: &Finding, sources: &BTreeMap<String, String>, colour: bool) -> String {
    let place = finding.place;
    let line = place.and_then(|place| sources.get(&finding.file)?.lines().nth(place.line.checked_sub(1)?));
    let (Some(place), Some(line)) = (place, line) else {
        return format!("{}\n", bold(&finding.to_string(), colour));
    };
    let head = Finding { help: String::new(), ..finding.clone() };
    let (line, span) = excerpt(&mask_numbers(line), place);
    let snippet = Snippet::source(line).line_start(place.line).annotation(AnnotationKind::Primary.span(span));
    let mut group = Group::with_level(Level::ERROR).element(snippet);
    if !finding.help.is_empty() {
        group = group.element(Level::HELP.message(&finding.help));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let body = renderer.decor_style(DecorStyle::Ascii).render(&[group]);
    format!("{}\n{body}\n\n", bold(&head.to_string(), colour))
}

/// As much of a line as is shown, and the bytes in it that are meant.
fn excerpt(line: &str, place: Place) -> (String, Range<usize>) {
    let column = place.column.saturating_sub(1);
    // What is far to the right of a long line is shown from a little before it.
    let skipped = if column > MAX_SHOWN / 2 { column.saturating_sub(SHOWN_BEFORE) } else { 0 };
    let shown: String = line.chars().skip(skipped).take(MAX_SHOWN).collect();
    let start = shown.char_indices().nth(column - skipped).map_or(shown.len(), |(byte, _)| byte);
    let end = start + shown.get(start..).map_or(0, |rest| word(rest).len());
    (shown, start..end)
}

/// The word, or the text in quotes, that begins here.
fn word(rest: &str) -> &str {
    let mut chars = rest.chars();
    let end = match chars.next() {
        Some(quote @ ('"' | '\'')) => rest.get(1..).and_then(|inside| inside.find(quote)).map(|at| at + 2),
        Some('{' | '[' | '-') => Some(1),
        Some(_) => rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}')),
        None => Some(0),
    };
    let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
    let bare = word.trim_end_matches(':');
    if bare.is_empty() { word } else { bare }
}

fn bold(text: &str, colour: bool) -> String {
    if colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Most characters of a line that are shown.
const MAX_SHOWN: usize = 200;

/// Characters in front of what is meant, where the beginning of the line is not shown.
const SHOWN_BEFORE: usize = 40;

/// `1 mistake`, `2 mistakes`.
#[must_use]
pub fn count_of(findings: &[Finding]) -> String {
    match findings.len() {
        1 => "1 mistake".to_owned(),
        count => format!("{count} mistakes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "people:\n  ana: { phone: \"+33639980001\", timezoone: \"Europe/Brussels\" }\n\tx\n";

    fn shown(line: usize, column: usize, help: &str) -> String {
        let sources = [("r.yml".to_owned(), SOURCE.to_owned())].into();
        render(&[Finding::at("r.yml", Place { line, column }, "`x` is wrong", help)], &sources, false)
    }

    #[test]
    fn first_line_is_what_editors_and_grep_know() {
        assert_eq!(
            shown(2, 33, "did you mean `timezone:`?"),
            concat!(
                "r.yml:2:33: `x` is wrong\n",
                "  |\n",
                "2 |   ana: { phone: \"+33*********\", timezoone: \"Europe/Brussels\" }\n",
                "  |                                 ^^^^^^^^^\n",
                "  |\n",
                "  = help: did you mean `timezone:`?\n\n",
            )
        );
        assert!(shown(1, 1, "").starts_with("r.yml:1:1: `x` is wrong\n  |\n1 | people:\n  | ^^^^^^\n"));
    }

    #[test]
    fn caret_covers_the_word_or_what_is_in_quotes() {
        for (column, signs) in [(3, 3), (8, 1), (17, 14), (33, 9), (44, 17)] {
            let text = shown(2, column, "");
            assert_eq!(text.matches('^').count(), signs, "column {column}:\n{text}");
        }
    }

    #[test]
    fn no_phone_number_is_shown() {
        assert!(!shown(2, 17, "").contains("39980001"));
    }

    #[test]
    fn finding_without_a_line_is_one_line() {
        for (finding, expected) in [
            (Finding::whole("r.yml", "is empty", "write it"), "r.yml: is empty; write it\n"),
            (Finding::at("absent", Place { line: 1, column: 1 }, "is wrong", ""), "absent:1:1: is wrong\n"),
            (Finding::at("r.yml", Place { line: 9, column: 1 }, "is wrong", ""), "r.yml:9:1: is wrong\n"),
            (Finding::at("r.yml", Place { line: 0, column: 0 }, "is wrong", ""), "r.yml:0:0: is wrong\n"),
        ] {
            let sources = [("r.yml".to_owned(), SOURCE.to_owned())].into();
            assert_eq!(render(&[finding], &sources, false), expected);
        }
    }

    #[test]
    fn places_beyond_the_line_and_long_lines_are_shown() {
        assert!(shown(3, 2, "").contains("^"), "{}", shown(3, 2, ""));
        assert!(shown(1, 99, "").starts_with("r.yml:1:99:"));
        let line = format!("{}é wrong {}", "x".repeat(500), "y".repeat(500));
        let sources = [("l".to_owned(), line)].into();
        let text = render(&[Finding::at("l", Place { line: 1, column: 503 }, "m", "")], &sources, false);
        assert!(text.contains("wrong") && text.matches('^').count() == 5 && text.len() < 700, "{text}");
    }

    #[test]
    fn colour_is_only_where_it_is_wanted() {
        let sources = [("r.yml".to_owned(), SOURCE.to_owned())].into();
        let finding = [Finding::at("r.yml", Place { line: 1, column: 1 }, "m", "h")];
        assert!(render(&finding, &sources, true).contains('\u{1b}'));
        assert!(!render(&finding, &sources, false).contains('\u{1b}'));
    }
}
