//! `route:` and every `matchers:`.

use std::ops::RangeInclusive;

use jiff::SignedDuration;

use crate::finding::Place;
use crate::policy::directory::Directory;
use crate::route::{Branch, MAX_TREE_DEPTH, Matcher, Targets, Tree, TreeFault};
use crate::yaml::{Fields, Findings, Node, Value, boolean, duration, list, mask_numbers, text};

/// The whole tree, if the file has no mistake so far.
pub(super) fn read_tree(node: &Node, directory: &Directory, findings: &mut Findings) -> Option<Tree> {
    let place = node.place;
    let root = Walk { directory, findings }.branch(node, "route", 1, false)?;
    if !findings.is_empty() {
        return None;
    }
    Tree::grow(root).map_err(|fault| complain(place, fault, findings)).ok()
}

/// The matchers of a route or a heartbeat.
pub(super) fn read_matchers(node: &Node, findings: &mut Findings) -> Option<Vec<Matcher>> {
    let mut matchers = Vec::new();
    for item in list(node, "matchers", MATCHERS_EXAMPLE, findings)? {
        if matches!(item.value, Value::Map(_)) {
            findings.add(
                item.place,
                "a matcher with `{}` around it needs quotes",
                format!("write such as `{MATCHERS_EXAMPLE}`"),
            );
            continue;
        }
        let Some(written) = text(item, "matchers", "severity=\"critical\"", findings) else { continue };
        match Matcher::parse_list(written) {
            Ok(more) => matchers.extend(more),
            Err(e) => {
                // Inside the text where that can be told, so that an editor jumps to the very sign.
                let inside = item.inset.map_or(0, |inset| inset + e.column - 1);
                let place = Place { column: item.place.column + inside, ..item.place };
                // A label's value may be anything, a number too, and this is read in logs and answers.
                findings.add(place, mask_numbers(&e.message), e.help);
            }
        }
    }
    Some(matchers)
}

struct Walk<'a> {
    directory: &'a Directory,
    findings: &'a mut Findings,
}

impl Walk<'_> {
    /// One route and all below it. `silent` says that a route above names nobody.
    fn branch(&mut self, node: &Node, path: &str, depth: usize, silent: bool) -> Option<Branch> {
        if depth > MAX_TREE_DEPTH {
            complain(node.place, TreeFault::TooDeep, self.findings);
            return None;
        }
        let known = ["matchers", "page", "template", "remind_after", "continue", "routes"];
        let fields = Fields::read(node, &format!("`{path}`"), &known, self.findings)?;
        let matchers = fields.get("matchers").and_then(|node| read_matchers(node, self.findings)).unwrap_or_default();
        if depth == 1 && !matchers.is_empty() {
            let place = fields.get("matchers").map_or(node.place, |node| node.place);
            complain(place, TreeFault::RootHasMatchers, self.findings);
        }
        self.check_page(&fields, path, depth, silent);
        // The root's own `page: []` is told once, at the root.
        let silent = depth > 1 && fields.get("page").map_or(silent, |page| page.value == Value::List(Vec::new()));
        Some(Branch {
            matchers,
            page: fields.get("page").and_then(|node| self.targets(node)),
            template: fields
                .get("template")
                .and_then(|node| text(node, "template", "default", self.findings))
                .map(str::to_owned),
            remind_after: fields
                .get("remind_after")
                .and_then(|node| duration(node, "remind_after", "20m", &REMIND_AFTER_BOUNDS, self.findings)),
            goes_on: fields.get("continue").and_then(|node| boolean(node, "continue", self.findings)).unwrap_or(false),
            routes: self.children(&fields, path, depth, silent),
        })
    }

    /// That a route names nobody is fine only where it says so itself, and never at the root.
    fn check_page(&mut self, fields: &Fields<'_>, path: &str, depth: usize, silent: bool) {
        match fields.get("page") {
            None if depth == 1 => complain(fields.place, TreeFault::RootNamesNobody, self.findings),
            Some(page) if depth == 1 && page.value == Value::List(Vec::new()) => {
                complain(page.place, TreeFault::RootNamesNobody, self.findings);
            }
            None if silent => {
                let message = format!("`{path}` pages nobody, because a route above it says `page: []`");
                self.findings.add(fields.place, message, "write `page: []` here too, or name somebody");
            }
            _ => {}
        }
    }

    fn targets(&mut self, node: &Node) -> Option<Targets> {
        if node.value == Value::Null {
            self.findings.add(node.place, "`page:` is empty", "write `[]` if nobody shall be told, or such as `[ana]`");
            return None;
        }
        let items = list(node, "page", "[ana]", self.findings)?;
        Some(Targets::new(items.iter().filter_map(|item| self.directory.target(item, self.findings)).collect()))
    }

    fn children(&mut self, fields: &Fields<'_>, path: &str, depth: usize, silent: bool) -> Vec<Branch> {
        let Some(node) = fields.get_filled("routes") else { return Vec::new() };
        let items = list(node, "routes", "- matchers: [ 'team=\"db\"' ]", self.findings).unwrap_or_default();
        let children = items.iter().enumerate();
        children
            .filter_map(|(index, child)| self.branch(child, &format!("{path}.routes[{index}]"), depth + 1, silent))
            .collect()
    }
}

fn complain(place: Place, fault: TreeFault, findings: &mut Findings) {
    match fault {
        TreeFault::RootHasMatchers => findings.add(
            place,
            "the root route has `matchers:`, and it has to catch every alert",
            "move them to a route under `routes:`",
        ),
        TreeFault::RootNamesNobody => findings.add(
            place,
            "the root route pages nobody, so an alert that fits no other route would be lost",
            "write such as `page: [ana]`",
        ),
        TreeFault::TooDeep => {
            findings.add(place, format!("routes are nested more than {MAX_TREE_DEPTH} levels deep"), "nest less");
        }
    }
}

/// Below this, what the peers of an Alertmanager cluster tell one after the other would be told twice.
const REMIND_AFTER_BOUNDS: RangeInclusive<SignedDuration> = SignedDuration::from_mins(1)..=SignedDuration::MAX;

pub(super) const MATCHERS_EXAMPLE: &str = "[ 'severity=\"critical\"' ]";
