//! One condition on one label: `severity=~"critical|page"`.
//!
//! The words and the meaning are Alertmanager's (`docs/alerting/latest/configuration/#matcher`): a label an
//! alert does not carry counts as the empty string, and a regular expression has to fit the whole value.

use std::collections::BTreeMap;
use std::fmt;

use crate::route::pattern::Pattern;
use crate::route::quoting::{is_plain, write_quoted};

/// A condition on the value of one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    name: String,
    test: Test,
}

impl Matcher {
    /// A matcher from its parts.
    ///
    /// # Errors
    /// One sentence, when the operator wants a regular expression and `value` is none.
    pub fn new(name: &str, operator: Operator, value: &str) -> Result<Self, String> {
        let test = match operator {
            Operator::Equal => Test::Equal(value.to_owned()),
            Operator::NotEqual => Test::NotEqual(value.to_owned()),
            Operator::Match => Test::Match(Pattern::new(value)?),
            Operator::NotMatch => Test::NotMatch(Pattern::new(value)?),
        };
        Ok(Self { name: name.to_owned(), test })
    }

    /// Whether the labels meet the condition. A label that is not there has the empty value.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.name).map_or("", String::as_str);
        match &self.test {
            Test::Equal(wanted) => value == wanted,
            Test::NotEqual(unwanted) => value != unwanted,
            Test::Match(pattern) => pattern.fits(value),
            Test::NotMatch(pattern) => !pattern.fits(value),
        }
    }

    /// The label it looks at.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it compares.
    #[must_use]
    pub fn operator(&self) -> Operator {
        match self.test {
            Test::Equal(_) => Operator::Equal,
            Test::NotEqual(_) => Operator::NotEqual,
            Test::Match(_) => Operator::Match,
            Test::NotMatch(_) => Operator::NotMatch,
        }
    }

    /// What it compares with, escapes resolved; the regular expression as written.
    #[must_use]
    pub fn value(&self) -> &str {
        match &self.test {
            Test::Equal(value) | Test::NotEqual(value) => value,
            Test::Match(pattern) | Test::NotMatch(pattern) => pattern.as_str(),
        }
    }
}

impl fmt::Display for Matcher {
    /// The canonical form: the value always quoted, the name where it has to be. It reads back as itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_plain(&self.name) {
            f.write_str(&self.name)?;
        } else {
            write_quoted(f, &self.name)?;
        }
        write!(f, "{}", self.operator())?;
        write_quoted(f, self.value())
    }
}

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Match,
    /// `!~`
    NotMatch,
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Match => "=~",
            Self::NotMatch => "!~",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Equal(String),
    NotEqual(String),
    Match(Pattern),
    NotMatch(Pattern),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn check(matcher: &str, pairs: &[(&str, &str)], expected: bool) {
        let list = Matcher::parse_list(matcher).expect(matcher);
        let labels = labels(pairs);
        assert_eq!(list.iter().all(|m| m.matches(&labels)), expected, "{matcher} on {labels:?}");
    }

    #[test]
    fn equality_compares_the_whole_value() {
        check(r#"severity="critical""#, &[("severity", "critical")], true);
        check(r#"severity="critical""#, &[("severity", "Critical")], false);
        check(r#"severity!="info""#, &[("severity", "critical")], true);
        check(r#"severity!="info""#, &[("severity", "info")], false);
    }

    #[test]
    fn missing_label_is_the_empty_string() {
        check(r#"team="""#, &[], true);
        check(r#"team!="""#, &[], false);
        check(r#"team!="db""#, &[], true);
        check(r#"team=~".*""#, &[], true);
        check(r#"team=~".+""#, &[], false);
        check(r#"team!~".+""#, &[], true);
    }

    #[test]
    fn regular_expression_fits_the_whole_value_or_not_at_all() {
        check(r#"severity=~"critical|page""#, &[("severity", "page")], true);
        check(r#"severity=~"critical|page""#, &[("severity", "pages")], false);
        check(r#"host=~"db\d+\.example""#, &[("host", "db12.example")], true);
        check(r#"host=~"db\d+\.example""#, &[("host", "db12xexample")], false);
        check(r#"host=~"a$""#, &[("host", "a\n")], false);
        check(r#"host!~"db.*""#, &[("host", "web1")], true);
    }

    #[test]
    fn every_matcher_of_a_list_has_to_hold() {
        check(r#"{a="1",b!="2"}"#, &[("a", "1"), ("b", "3")], true);
        check(r#"{a="1",b!="2"}"#, &[("a", "1"), ("b", "2")], false);
        check("{}", &[("a", "1")], true);
    }

    #[test]
    fn canonical_form_reads_back_as_itself() {
        for (written, canonical) in [
            ("severity = critical", r#"severity="critical""#),
            (r#" { "service.name" =~ "a|b" } "#, r#"service.name=~"a|b""#),
            (r#""with space"!="x""#, r#""with space"!="x""#),
            (r#"a="x\"y\\z\n""#, r#"a="x\"y\\z\n""#),
            (r#"a=~"\d+\.x""#, r#"a=~"\\d+\\.x""#),
            ("größe!~❄", r#"größe!~"❄""#),
        ] {
            let list = Matcher::parse_list(written).expect(written);
            let shown = list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            assert_eq!(shown, canonical);
            assert_eq!(Matcher::parse_list(&shown).expect("canonical form parses"), list);
        }
    }
}
