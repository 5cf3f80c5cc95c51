//! `nightbell check config`, and what `serve` says of the same mistakes.

use crate::cli::{MODEM, good};
use crate::gateway::{Installation, ROUTING};

/// One change to a good installation: the file, what stands there, what stands there instead, the beginning of the
/// line that tells of it, and a piece of the advice.
type Mistake<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

const MISTAKES: [Mistake<'_>; 12] = [
    ("routing.yml", "page: [ana]", "page: [anna]", "routing.yml:6:10: `anna` is nobody", "did you mean `ana`?"),
    ("routing.yml", "page: [ana]", "page: []", "routing.yml:6:9: the root route pages nobody", "write such as"),
    ("routing.yml", "page: [ana]", "page:", "routing.yml:6:7: `page:` is empty", "`[]` if nobody"),
    (
        "routing.yml",
        "\"+33639980002\"",
        "+33639980002",
        "routing.yml:3:17: the phone of `bob` is read as a",
        "in quotes",
    ),
    (
        "routing.yml",
        "'severity=\"info\"'",
        "'severity=~\"(\"'",
        "routing.yml:8:32: the regular expression `(` is",
        "re2",
    ),
    ("routing.yml", "fallback: [bob]", "fallback: [ bob", "routing.yml:1", ""),
    ("nightbell.yml", "storage:", "storag:", "nightbell.yml:2:1: `storag` is no key", "did you mean `storage:`?"),
    ("nightbell.yml", "serial:///", "serial://", "nightbell.yml:5:29: `serial://dev", "three slashes"),
    ("nightbell.yml", "name: stick", "name: \"my stick\"", "nightbell.yml:5:13: a modem's name is made of", ""),
    ("nightbell.yml", "routing_file: routing.yml", "routing_file: r.yml", "r.yml: there is no such file", "correct"),
    ("templates/mine.hbs", "{{severity}}", "{{#if host}}", "templates/mine.hbs:1:", "handlebars"),
    ("templates/mine.hbs", "{{severity}}", "{{severity}} {{hots}}", "templates/mine.hbs:1:", "did you mean `host`?"),
];

fn with(mistake: &Mistake<'_>) -> Installation {
    let (file, good_piece, bad_piece, ..) = mistake;
    let installation = good();
    let text = std::fs::read_to_string(installation.path(file)).expect("a file");
    assert!(text.contains(good_piece), "`{good_piece}` is not in {file}: {text}");
    installation.write(file, &text.replacen(good_piece, bad_piece, 1));
    installation
}

#[test]
fn a_good_installation_has_no_finding() {
    let installation = good();
    for arguments in
        [&["check", "config", "nightbell.yml"][..], &["check", "config"], &["check", "config", "routing.yml"]]
    {
        let (code, out, err) = installation.run(arguments);
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        assert!(out.contains("good: "), "{out}");
    }
}

#[test]
fn each_mistake_is_told_with_its_place_and_what_to_write() {
    for mistake in &MISTAKES {
        let (_, _, bad, place, advice) = mistake;
        let installation = with(mistake);
        let (code, out, err) = installation.run(&["check", "config", "nightbell.yml"]);
        assert_eq!((code, err.as_str()), (1, ""), "`{bad}`: {out}");
        assert!(out.lines().any(|line| line.starts_with(place)), "`{bad}`, no `{place}`: {out}");
        assert!(out.contains(advice), "`{bad}`, no `{advice}`: {out}");
        assert!(out.lines().any(|line| line == "1 mistake"), "`{bad}`: {out}");
        assert!(!out.contains("639980002"), "no number is shown: {out}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let routing = ROUTING.replacen("page: [ana]", "page: [anna]", 1).replacen("fallback: [bob]", "fallback: [bop]", 1);
    let installation = Installation::new(MODEM, "limit: {}", &routing);
    let (code, out, _) = installation.run(&["check", "config"]);
    assert_eq!(code, 1);
    for place in ["nightbell.yml:3:1: `limit`", "routing.yml:6:10: `anna`", "routing.yml:10:12: `bop`", "3 mistakes"] {
        assert!(out.contains(place), "no `{place}`: {out}");
    }
}

#[test]
fn a_file_that_would_fill_the_memory_is_refused_at_once() {
    let mut bomb = String::from("a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]\n");
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [ {} ]\n", [below.as_str(); 10].join(", ")));
    }
    let installation = Installation::new(MODEM, "", &(bomb + ROUTING));
    let (code, out, _) = installation.run(&["check", "config"]);
    assert_eq!(code, 1);
    assert!(out.contains("routing.yml:") && out.contains("alias"), "{out}");
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let installation = good();
    for file in ["absent.yml", "templates/absent.hbs"] {
        let (code, out, _) = installation.run(&["check", "config", file]);
        assert!(code == 1 && out.contains(&format!("{file}: there is no such file")), "{code}: {out}");
    }
}

#[test]
fn serve_starts_nothing_with_a_mistake_and_tells_it_as_check_does() {
    for mistake in MISTAKES.iter().filter(|(file, ..)| *file != "templates/mine.hbs") {
        let (_, _, bad, place, _) = mistake;
        let installation = with(mistake);
        let (code, out, err) = installation.run(&["serve", "--web.listen-address=127.0.0.1:0"]);
        assert_eq!((code, out.as_str()), (1, ""), "`{bad}`: {err}");
        assert!(err.lines().any(|line| line.starts_with(place)), "`{bad}`, no `{place}`: {err}");
        assert!(err.contains("nothing was started"), "`{bad}`: {err}");
        assert!(!installation.path("state").exists(), "`{bad}`: no state folder is made");
    }
}

#[test]
fn serve_counts_one_mistake_as_one() {
    let (_, _, err) = with(&MISTAKES[0]).run(&["serve", "--web.listen-address=127.0.0.1:0"]);
    assert!(err.contains("1 mistake;"), "{err}");
}
