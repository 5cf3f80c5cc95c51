//! "Did you mean": the word somebody probably wanted.

/// The candidate closest to a word, if one is close: a slip or two of the fingers, or the same word in
/// other letters.
#[must_use]
pub fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower: String = word.to_lowercase().chars().take(MAX_COMPARED).collect();
    let slips = (lower.chars().count() / 3).clamp(1, MAX_SLIPS);
    candidates
        // One slip changes the length by a character, and a character takes at most four bytes.
        .filter(|candidate| candidate.len().abs_diff(lower.len()) <= 4 * slips)
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= slips)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// More slips than these make another word.
const MAX_SLIPS: usize = 3;

/// Characters of a word that are compared; the work grows with the square.
const MAX_COMPARED: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slip_is_recognised_and_another_word_is_not() {
        let known = ["matchers", "page", "template", "remind_after"];
        for (word, expected) in [
            ("matcher", Some("matchers")),
            ("Page", Some("page")),
            ("pgae", Some("page")),
            ("remindafter", Some("remind_after")),
            ("remind-after", Some("remind_after")),
            ("x", None),
            ("phone", None),
            ("", None),
        ] {
            assert_eq!(closest(word, known.into_iter()), expected, "{word}");
        }
        assert_eq!(closest("bpb", ["ana", "bob"].into_iter()), Some("bob"));
        assert_eq!(closest("bob", [].into_iter()), None);
    }
}
