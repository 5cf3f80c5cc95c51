//! What is wrong with a file somebody wrote, and where: the one shape in which mistakes travel.

use std::fmt;

/// One mistake in a config file, routing file or template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file as the operator named it.
    pub file: String,
    /// Where in it; absent when the whole file is meant (it cannot be read, say).
    pub place: Option<Place>,
    /// What is wrong, one sentence without a full stop, the offending value in backticks.
    pub message: String,
    /// What to write instead; empty when the message says it all.
    pub help: String,
}

/// A position in a text file, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl Finding {
    /// A mistake at a place.
    #[must_use]
    pub fn at(file: &str, place: Place, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { file: file.to_owned(), place: Some(place), message: message.into(), help: help.into() }
    }

    /// A mistake of the file as a whole.
    #[must_use]
    pub fn whole(file: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { file: file.to_owned(), place: None, message: message.into(), help: help.into() }
    }
}

impl fmt::Display for Finding {
    /// `file:line:column: message; help`, one line, as editors and CI understand it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(place) = self.place {
            write!(f, "{}:{}:", place.line, place.column)?;
        }
        write!(f, " {}", self.message)?;
        if !self.help.is_empty() {
            write!(f, "; {}", self.help)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_one_line_an_editor_can_jump_to() {
        let place = Place { line: 3, column: 7 };
        let finding = Finding::at("routing.yml", place, "`bpb` is nobody under people:", "write `bob`");
        assert_eq!(finding.to_string(), "routing.yml:3:7: `bpb` is nobody under people:; write `bob`");
        assert_eq!(Finding::whole("x.yml", "is not there", "").to_string(), "x.yml: is not there");
    }
}
