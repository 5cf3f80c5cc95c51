//! Whom a route names: people, and schedules that stand for whoever is on call.

use std::fmt;

use crate::message::RecipientId;

/// One entry of `page:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A person by id.
    Person(RecipientId),
    /// Whoever the schedule of this name has on call.
    Schedule(String),
}

impl Target {
    /// What stands before the name of a schedule in `page:`.
    pub const SCHEDULE_PREFIX: &str = "schedule:";
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => id.fmt(f),
            Self::Schedule(name) => write!(f, "{}{name}", Self::SCHEDULE_PREFIX),
        }
    }
}

/// The whole of `page:`. Empty means that nobody shall be told, which somebody wrote on purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets(Vec<Target>);

impl Targets {
    /// In the order written.
    #[must_use]
    pub fn new(list: Vec<Target>) -> Self {
        Self(list)
    }

    /// In the order written.
    pub fn iter(&self) -> impl Iterator<Item = &Target> {
        self.0.iter()
    }

    /// Whether nobody shall be told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Targets {
    /// As in the routing file: `[schedule:platform, ana]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (index, target) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            target.fmt(f)?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_read_as_in_the_routing_file() {
        let ana = RecipientId::parse("ana").expect("a good id");
        let list = vec![Target::Schedule("platform".to_owned()), Target::Person(ana)];
        assert_eq!(Targets::new(list).to_string(), "[schedule:platform, ana]");
        assert_eq!(Targets::default().to_string(), "[]");
    }
}
