//! `nightbell routes test` and `nightbell preview`: what would be sent to whom.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::cli::{good, payload};
use crate::gateway::BINARY;

#[test]
fn routes_test_tells_who_by_which_route_with_which_text() {
    let installation = good();
    for (labels, told) in [
        (
            &["severity=critical", "host=db-1", "alertname=Disk"][..],
            &["route\n", "told          ana", "CRITICAL db-1 Disk"][..],
        ),
        (
            &["team=web", "severity=warning", "alertname=Slow"],
            &["route.routes[1]\n", "told          ana, bob", "\nbob: firing"],
        ),
        (&["severity=info"], &["route.routes[0]\n", "nobody, as `page: []` says"]),
        (&["alertname=Watchdog"], &["heartbeat Watchdog\n"]),
    ] {
        let (code, out, err) = installation.run(&[&["routes", "test"], labels].concat());
        assert_eq!((code, err.as_str()), (0, ""), "{labels:?}");
        told.iter().for_each(|piece| assert!(out.contains(piece), "{labels:?}, no {piece:?}: {out}"));
        assert!(!out.contains("3399800"), "no number is shown: {out}");
    }
}

#[test]
fn routes_test_verifies_who_is_told() {
    let installation = good();
    for (people, labels, code) in
        [("ana", "severity=critical", 0), ("bob", "severity=critical", 1), ("", "severity=info", 0)]
    {
        let (left, out, _) = installation.run(&["routes", "test", &format!("--verify.people={people}"), labels]);
        assert_eq!(left, code, "{people}: {out}");
    }
}

#[test]
fn preview_shows_the_exact_texts_of_every_sample() {
    let installation = good();
    for (name, pieces) in [
        (
            "firing-single.json",
            &["ana: firing, critical, GSM 7-bit, ", " of 160 septets\n", "CRITICAL db-01.example.org"][..],
        ),
        ("firing-grouped.json", &["CRITICAL 5x DiskAlmostFull: ", "db-05.example.org"]),
        ("resolved.json", &["ana: resolved", "ALL CLEAR critical 3x DiskAlmostFull: "]),
    ] {
        let (code, out, err) = installation.run(&["preview", &payload(name)]);
        assert_eq!((code, err.as_str()), (0, ""), "{name}");
        pieces.iter().for_each(|piece| assert!(out.contains(piece), "{name}, no {piece:?}: {out}"));
        assert!(out.contains(" #k7q4\n"), "{name}: {out}");
    }
}

#[test]
fn preview_takes_another_template_by_name_or_file() {
    let installation = good();
    for template in ["mine", "templates/mine.hbs"] {
        let (code, out, _) = installation.run(&["preview", "--template", template, &payload("firing-single.json")]);
        assert_eq!(code, 0, "{out}");
        assert!(out.contains("\n  critical db-01.example.org") && out.contains(" is not well #k7q4\n"), "{out}");
    }
    let (code, _, err) = installation.run(&["preview", "--template=mien", &payload("firing-single.json")]);
    assert!(code == 1 && err.contains("there is no template `mien`; did you mean `mine`?"), "{code}: {err}");
}

#[test]
fn preview_reads_the_standard_input() {
    let installation = good();
    let mut command = Command::new(BINARY);
    command.args(["preview", "-"]).current_dir(installation.folder.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the binary starts");
    let body = std::fs::read(payload("firing-single.json")).expect("a file");
    child.stdin.take().expect("piped").write_all(&body).expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("CRITICAL db-01.example.org"));
}

#[test]
fn what_preview_cannot_read_is_told() {
    let installation = good();
    installation.write("list.json", "[1]");
    installation.write("cut.json", "{\"alerts\": [");
    for (file, sentence) in [("absent.json", "cannot be read"), ("list.json", "list.json"), ("cut.json", "cut.json")] {
        let (code, out, err) = installation.run(&["preview", file]);
        assert_eq!((code, out.as_str()), (1, ""), "{file}");
        assert!(err.contains(sentence), "{file}: {err}");
    }
}

#[test]
fn neither_works_on_files_with_mistakes() {
    let installation = good();
    installation.write("routing.yml", "people: {}\n");
    for arguments in [&["routes", "test", "severity=critical"][..], &["preview", &payload("resolved.json")]] {
        let (code, out, err) = installation.run(arguments);
        assert_eq!((code, out.as_str()), (1, ""), "{arguments:?}");
        assert!(err.contains("routing.yml:1:") && err.contains("nightbell check config"), "{err}");
    }
}
