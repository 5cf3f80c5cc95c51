//! What must hold of every text, whatever happened.

use std::collections::{BTreeMap, BTreeSet};

/// What was posted, by host name, and what of it was answered 200.
#[derive(Default)]
pub struct Feed {
    pub posted: BTreeSet<String>,
    pub acknowledged: BTreeSet<String>,
}

/// The host a text tells of: its second word.
pub fn host(text: &str) -> String {
    text.split_whitespace().nth(1).unwrap_or_default().to_owned()
}

/// What must hold of what was posted and what the network took, in its order.
pub fn judge(feed: &Feed, accepted: &[String]) -> Result<(), String> {
    let mut copies: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for text in accepted {
        copies.entry(host(text)).or_default().push(text);
    }
    let lost: Vec<_> = feed.acknowledged.iter().filter(|host| !copies.contains_key(*host)).collect();
    if !lost.is_empty() {
        return Err(format!("answered 200 and never sent: {lost:?}"));
    }
    let invented: Vec<_> = copies.keys().filter(|host| !feed.posted.contains(*host)).collect();
    if !invented.is_empty() {
        return Err(format!("sent and never posted: {invented:?}"));
    }
    let repeated = |texts: &&Vec<&str>| texts.iter().skip(1).any(|text| !text.ends_with('*'));
    match copies.values().find(repeated) {
        Some(texts) => Err(format!("a further copy without *: {texts:?}")),
        None => Ok(()),
    }
}

#[test]
fn the_judge_tells_lost_invented_and_repeated_texts() {
    let hosts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let feed = Feed { posted: hosts(&["a", "b"]), acknowledged: hosts(&["a"]) };
    let cases: [(&[&str], &str); 7] = [
        (&["C a x #1"], ""),
        (&["C a x #1", "C a x #1*", "C a x #1*"], ""),
        (&["C a x #1*", "C b x #2"], ""),
        (&["C b x #2"], "never sent"),
        (&["C a x #1", "C c x #3"], "never posted"),
        (&["C a x #1", "C a x #1"], "without *"),
        (&["C a x #1*", "C a x #1"], "without *"),
    ];
    for (texts, says) in cases {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let told = judge(&feed, &texts).err().unwrap_or_default();
        assert!(told.contains(says) && told.is_empty() == says.is_empty(), "{texts:?}: {told}");
    }
}
