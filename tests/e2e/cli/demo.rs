//! `nightbell demo`: the main job with nothing to configure.

use crate::gateway::run_in;

#[test]
fn the_demo_tells_its_story_on_phones_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, out, err) = run_in(folder.path(), &["demo", "--once"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let phone = |person: &str| out.matches(&format!("| {person}'s phone ")).count();
    assert_eq!((phone("ana"), phone("bob")), (3, 1), "{out}");
    for piece in ["http://127.0.0.1:", "| CRITICAL db-01.example.org", "| ALL CLEAR critical", "\"duplicate\":true"] {
        assert!(out.contains(piece), "no {piece}: {out}");
    }
    let framed = out.lines().map(str::trim).filter(|line| line.starts_with('|'));
    assert!(framed.clone().count() > 10 && framed.clone().all(|line| line.ends_with('|') && line.len() == 38), "{out}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
