//! The small patterns of `templates:`: a folder, and a file name in which `*` stands for anything.

use std::fmt;
use std::path::PathBuf;

/// A pattern for template files. `*` may stand in the last part only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    /// The folder; empty: where the config file is.
    pub folder: PathBuf,
    name: String,
}

impl Glob {
    /// Accepts a pattern, or says what to write instead.
    ///
    /// # Errors
    /// One sentence, its help behind `; `.
    pub fn parse(written: &str) -> Result<Self, String> {
        let (folder, name) = match written.rsplit_once('/') {
            Some(("", name)) => ("/", name),
            Some(parts) => parts,
            None => ("", written),
        };
        let told = written.escape_debug();
        if let Some(sign) = written.chars().find(|c| matches!(c, '?' | '[' | ']' | '{' | '}')) {
            return Err(format!("`{sign}` in `{told}` stands for nothing here; {HOW_TO}"));
        }
        if written.contains("**") {
            return Err(format!("`**` in `{told}` stands for nothing here; name each folder, such as {EXAMPLE}"));
        }
        if folder.contains('*') {
            return Err(format!("`{told}` has a `*` in the name of a folder; {HOW_TO}"));
        }
        match name.strip_suffix(Self::EXTENSION) {
            Some(stem) if !stem.is_empty() => Ok(Self { folder: PathBuf::from(folder), name: name.to_owned() }),
            _ => Err(format!("`{told}` names no `{}` files; {HOW_TO}", Self::EXTENSION)),
        }
    }

    /// What every template's file name ends in.
    pub const EXTENSION: &str = ".hbs";

    /// The name of the one file that is meant; nothing if there may be several.
    #[must_use]
    pub fn single(&self) -> Option<&str> {
        (!self.name.contains('*')).then_some(&self.name)
    }

    /// Whether the pattern means a file of this name. Hidden files only where the pattern begins with the dot too.
    #[must_use]
    pub fn matches(&self, file_name: &str) -> bool {
        if file_name.starts_with('.') && !self.name.starts_with('.') {
            return false;
        }
        let mut parts = self.name.split('*');
        let Some(mut rest) = parts.next().and_then(|first| file_name.strip_prefix(first)) else { return false };
        let mut parts = parts.peekable();
        if parts.peek().is_none() {
            return rest.is_empty();
        }
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return rest.ends_with(part);
            }
            let Some((_, behind)) = rest.split_once(part) else { return false };
            rest = behind;
        }
        true
    }
}

impl fmt::Display for Glob {
    /// As written, the folder resolved if it was.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.folder.join(&self.name).display().fmt(f)
    }
}

const EXAMPLE: &str = "`templates/*.hbs`";

const HOW_TO: &str = "write a folder and a file name with or without `*`, such as `templates/*.hbs`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_stands_for_anything_in_the_name() {
        for (pattern, yes, no) in [
            ("templates/*.hbs", &["a.hbs", "a.b.hbs"][..], &["a.hbs~", "hbs", ".hbs", ".a.hbs", "a.txt"][..]),
            ("a*b*.hbs", &["ab.hbs", "axbx.hbs", "abb.hbs"], &["ba.hbs", "a.hbs", "ab"]),
            ("db.hbs", &["db.hbs"], &["db.hbs.bak", "xdb.hbs", "db"]),
            ("/.*.hbs", &[".a.hbs"], &["a.hbs"]),
            ("db-*.resolved.hbs", &["db-1.resolved.hbs"], &["db-.hbs", "db-1.resolved"]),
        ] {
            let glob = Glob::parse(pattern).expect(pattern);
            for name in yes {
                assert!(glob.matches(name), "{pattern} means {name}");
            }
            for name in no {
                assert!(!glob.matches(name), "{pattern} does not mean {name}");
            }
            assert_eq!(glob.to_string(), pattern);
        }
    }

    #[test]
    fn pattern_without_a_star_means_one_file() {
        assert_eq!(Glob::parse("t/db.hbs").expect("good").single(), Some("db.hbs"));
        assert_eq!(Glob::parse("t/*.hbs").expect("good").single(), None);
    }

    #[test]
    fn pattern_beyond_a_star_in_the_name_is_refused() {
        for (pattern, sentence) in [
            ("templates/?.hbs", "`?` in `templates/?.hbs` stands for nothing here; write a folder"),
            ("templates/[ab].hbs", "`[` in "),
            ("templates/{a,b}.hbs", "`{` in "),
            ("templates/**.hbs", "`**` in "),
            ("**/*.hbs", "`**` in "),
            ("*/a.hbs", "has a `*` in the name of a folder"),
            ("templates/*", "names no `.hbs` files"),
            ("templates/", "names no `.hbs` files"),
            ("templates", "names no `.hbs` files"),
            (".hbs", "names no `.hbs` files"),
            ("", "names no `.hbs` files"),
        ] {
            let error = Glob::parse(pattern).expect_err(pattern);
            assert!(error.contains(sentence), "{pattern}: {error}");
        }
    }
}
