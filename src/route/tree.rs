//! The tree of routes, searched as Alertmanager searches its own.
//!
//! A [`Branch`] is a route as written, with gaps; a [`Tree`] is what they grow into: every node has its path,
//! its targets, template and reminder, taken from its parent where it says nothing itself.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::route::matcher::Matcher;
use crate::route::targets::Targets;

/// The routes, whole: the root catches every alert and names somebody, so no alert ends without an answer.
#[derive(Clone, Debug)]
pub struct Tree {
    root: Node,
}

impl Tree {
    /// Grows the tree from its root as written.
    ///
    /// # Errors
    /// What would let an alert fall through, or a tree beyond [`MAX_TREE_DEPTH`].
    pub fn grow(root: Branch) -> Result<Self, TreeFault> {
        if !root.matchers.is_empty() {
            return Err(TreeFault::RootHasMatchers);
        }
        let page = match &root.page {
            None => return Err(TreeFault::RootNamesNobody),
            Some(page) if page.is_empty() => return Err(TreeFault::RootNamesNobody),
            Some(page) => page.clone(),
        };
        let given = Given { page, template: DEFAULT_TEMPLATE.to_owned(), remind_after: DEFAULT_REMIND_AFTER };
        Ok(Self { root: Node::grow(root, "route".to_owned(), &given, 1)? })
    }

    /// The routes that answer for an alert: at least one, the deepest that match, in the order of the file.
    ///
    /// More than one only where a node says `continue: true`.
    #[must_use]
    pub fn resolve(&self, labels: &BTreeMap<String, String>) -> Vec<RouteHit<'_>> {
        let mut hits = Vec::new();
        self.root.resolve(labels, &mut hits);
        hits
    }

    /// Every route in the order of the file, each before its children.
    #[must_use]
    pub fn routes(&self) -> Vec<RouteHit<'_>> {
        let mut all = Vec::new();
        self.root.list(&mut all);
        all
    }

    /// The same routes with every text in the words of one template, for a try.
    #[must_use]
    pub fn with_template(mut self, template: &str) -> Self {
        self.root.use_template(template);
        self
    }
}

/// One route as written.
#[derive(Clone, Debug, Default)]
pub struct Branch {
    /// All of them have to hold; none catches everything.
    pub matchers: Vec<Matcher>,
    /// Whom to tell; absent: as the parent.
    pub page: Option<Targets>,
    /// The template of the text; absent: as the parent, at the root [`DEFAULT_TEMPLATE`].
    pub template: Option<String>,
    /// How soon the same open alert may be told again; absent: as the parent, at the root
    /// [`DEFAULT_REMIND_AFTER`].
    pub remind_after: Option<SignedDuration>,
    /// `continue: true`: the siblings below get their turn too.
    pub goes_on: bool,
    /// The children, in the order of the file.
    pub routes: Vec<Branch>,
}

/// A route that answers for an alert.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RouteHit<'a> {
    /// Where it stands in the file: `route`, `route.routes[1]`, `route.routes[1].routes[0]`.
    pub path: &'a str,
    /// Its own matchers, without its parents'.
    pub matchers: &'a [Matcher],
    /// Whom to tell.
    pub page: &'a Targets,
    /// With which template.
    pub template: &'a str,
    /// How soon the same open alert may be told again.
    pub remind_after: SignedDuration,
}

/// Why branches grow into no tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeFault {
    /// The root has matchers, so some alerts would fall through.
    RootHasMatchers,
    /// The root has no `page:` or an empty one.
    RootNamesNobody,
    /// More than [`MAX_TREE_DEPTH`] levels.
    TooDeep,
}

/// The template a tree uses where no route names one.
pub const DEFAULT_TEMPLATE: &str = "default";

/// How soon the same open alert may be told again where no route says otherwise.
pub const DEFAULT_REMIND_AFTER: SignedDuration = SignedDuration::from_mins(20);

/// Levels of routes, the root included: nobody can follow more, and the search recurses.
pub const MAX_TREE_DEPTH: usize = 32;

#[derive(Clone, Debug)]
struct Node {
    path: String,
    matchers: Vec<Matcher>,
    given: Given,
    goes_on: bool,
    children: Vec<Node>,
}

/// What a node hands down.
#[derive(Clone, Debug)]
struct Given {
    page: Targets,
    template: String,
    remind_after: SignedDuration,
}

impl Node {
    fn grow(branch: Branch, path: String, parent: &Given, depth: usize) -> Result<Self, TreeFault> {
        if depth > MAX_TREE_DEPTH {
            return Err(TreeFault::TooDeep);
        }
        let given = Given {
            page: branch.page.unwrap_or_else(|| parent.page.clone()),
            template: branch.template.unwrap_or_else(|| parent.template.clone()),
            remind_after: branch.remind_after.unwrap_or(parent.remind_after),
        };
        let children = branch.routes.into_iter().enumerate();
        let children = children
            .map(|(index, child)| Self::grow(child, format!("{path}.routes[{index}]"), &given, depth + 1))
            .collect::<Result<_, _>>()?;
        Ok(Self { path, matchers: branch.matchers, given, goes_on: branch.goes_on, children })
    }

    /// Adds the routes that answer, and says whether there is one.
    fn resolve<'a>(&'a self, labels: &BTreeMap<String, String>, hits: &mut Vec<RouteHit<'a>>) -> bool {
        if !self.matchers.iter().all(|matcher| matcher.matches(labels)) {
            return false;
        }
        let mut answered = false;
        for child in &self.children {
            if child.resolve(labels, hits) {
                answered = true;
                if !child.goes_on {
                    break;
                }
            }
        }
        if !answered {
            hits.push(self.hit());
        }
        true
    }

    fn list<'a>(&'a self, all: &mut Vec<RouteHit<'a>>) {
        all.push(self.hit());
        for child in &self.children {
            child.list(all);
        }
    }

    fn use_template(&mut self, template: &str) {
        template.clone_into(&mut self.given.template);
        for child in &mut self.children {
            child.use_template(template);
        }
    }

    fn hit(&self) -> RouteHit<'_> {
        RouteHit {
            path: &self.path,
            matchers: &self.matchers,
            page: &self.given.page,
            template: &self.given.template,
            remind_after: self.given.remind_after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::RecipientId;
    use crate::route::targets::Target;

    fn page(ids: &[&str]) -> Option<Targets> {
        let person = |id: &&str| Target::Person(RecipientId::parse(id).expect("a good id"));
        Some(Targets::new(ids.iter().map(person).collect()))
    }

    fn branch(matchers: &str, ids: &[&str], routes: Vec<Branch>) -> Branch {
        let matchers = Matcher::parse_list(matchers).expect(matchers);
        Branch { matchers, page: page(ids), routes, ..Branch::default() }
    }

    fn goes_on(branch: Branch) -> Branch {
        Branch { goes_on: true, ..branch }
    }

    /// The tree of Alertmanager's own documentation in miniature, with one `continue`.
    fn sample() -> Tree {
        let database = branch("service=~\"mysql|cassandra\"", &["dba"], vec![]);
        let critical = branch("severity=critical", &["lead"], vec![]);
        let frontend =
            branch("team=frontend", &["fay"], vec![goes_on(critical.clone()), branch("env=dev", &[], vec![])]);
        let audit = goes_on(branch("audit=yes", &["auditor"], vec![]));
        Tree::grow(branch("{}", &["root"], vec![audit, database, frontend])).expect("a good tree")
    }

    fn check(labels: &str, expected: &[&str]) {
        let pairs = labels.split_whitespace().filter_map(|pair| pair.split_once('='));
        let labels = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let tree = sample();
        let hits = tree.resolve(&labels);
        let shown: Vec<String> = hits.iter().map(|hit| format!("{} {}", hit.path, hit.page)).collect();
        assert_eq!(shown, expected, "{labels:?}");
    }

    #[test]
    fn first_matching_child_answers_and_a_node_answers_for_itself() {
        check("", &["route [root]"]);
        check("service=mysql", &["route.routes[1] [dba]"]);
        check("service=mysql team=frontend", &["route.routes[1] [dba]"]);
        check("team=frontend", &["route.routes[2] [fay]"]);
        check("team=frontend severity=critical", &["route.routes[2].routes[0] [lead]"]);
        check("team=frontend env=dev", &["route.routes[2].routes[1] []"]);
    }

    #[test]
    fn continue_lets_the_siblings_answer_too() {
        check("audit=yes", &["route.routes[0] [auditor]"]);
        check("audit=yes service=mysql", &["route.routes[0] [auditor]", "route.routes[1] [dba]"]);
        let both = ["route.routes[2].routes[0] [lead]", "route.routes[2].routes[1] []"];
        check("team=frontend severity=critical env=dev", &both);
    }

    #[test]
    fn silent_node_takes_from_its_parent() {
        let leaf = Branch::default();
        let middle = Branch {
            template: Some("short".to_owned()),
            remind_after: Some(SignedDuration::from_hours(1)),
            routes: vec![leaf],
            ..Branch::default()
        };
        let tree = Tree::grow(branch("{}", &["ana"], vec![middle])).expect("a good tree");
        let hit = tree.resolve(&BTreeMap::new())[0];
        assert_eq!((hit.path, hit.template), ("route.routes[0].routes[0]", "short"));
        assert_eq!((hit.page.to_string().as_str(), hit.remind_after), ("[ana]", SignedDuration::from_hours(1)));
        assert_eq!((tree.routes()[0].template, tree.routes()[0].remind_after), ("default", DEFAULT_REMIND_AFTER));
        assert_eq!(tree.routes().len(), 3);
    }

    #[test]
    fn template_to_try_is_that_of_every_route() {
        let tree = sample().with_template("mine");
        assert!(tree.routes().len() > 3 && tree.routes().iter().all(|route| route.template == "mine"));
    }

    #[test]
    fn root_that_lets_an_alert_fall_through_is_no_tree() {
        let fault = |root| Tree::grow(root).expect_err("no tree");
        assert_eq!(fault(branch("a=b", &["ana"], vec![])), TreeFault::RootHasMatchers);
        assert_eq!(fault(branch("{}", &[], vec![])), TreeFault::RootNamesNobody);
        assert_eq!(fault(Branch::default()), TreeFault::RootNamesNobody);
    }

    #[test]
    fn tree_is_as_deep_as_its_limit_and_no_deeper() {
        let nested = |levels: usize| {
            let deepest = branch("{}", &["ana"], vec![]);
            (1..levels).fold(deepest, |child, _| branch("{}", &["ana"], vec![child]))
        };
        assert!(Tree::grow(nested(MAX_TREE_DEPTH)).is_ok());
        assert_eq!(Tree::grow(nested(MAX_TREE_DEPTH + 1)).err(), Some(TreeFault::TooDeep));
    }
}
