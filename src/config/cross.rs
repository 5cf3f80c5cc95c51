//! What only the routing file and the templates together can tell.

use std::collections::BTreeSet;

use crate::finding::{Finding, Place};
use crate::policy::Policy;
use crate::render::Templates;
use crate::yaml::{self, Node, Value, closest};

/// Every template a route names that does not exist, wherever it is written.
///
/// `file` and `source` are the routing file `policy` was read from.
#[must_use]
pub fn unknown_templates(file: &str, source: &str, policy: &Policy, templates: &Templates) -> Vec<Finding> {
    let routes = policy.tree.routes();
    let unknown: BTreeSet<&str> =
        routes.iter().map(|route| route.template).filter(|name| !templates.has(name)).collect();
    if unknown.is_empty() {
        return Vec::new();
    }
    let mut places = Vec::new();
    if let Ok(root) = yaml::parse(file, source) {
        find(&root, &mut places);
    }
    let mut findings = Vec::new();
    for name in unknown {
        let message = format!("there is no template `{name}`");
        let help = match closest(name, templates.names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write it as `{name}.hbs` where `templates:` of nightbell.yml looks, or name another"),
        };
        let at: BTreeSet<Place> = places.iter().filter(|(of, _)| of == name).map(|(_, place)| *place).collect();
        if at.is_empty() {
            findings.push(Finding::whole(file, message.clone(), help.clone()));
        }
        findings.extend(at.into_iter().map(|place| Finding::at(file, place, message.clone(), help.clone())));
    }
    findings.sort_by_key(|finding| finding.place);
    findings
}

/// The value of every `template:`, and where it stands.
fn find(node: &Node, places: &mut Vec<(String, Place)>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| find(item, places)),
        Value::Map(entries) => {
            for entry in entries {
                match &entry.value.value {
                    Value::Text(name) if entry.key == "template" => places.push((name.clone(), entry.value.place)),
                    _ => find(&entry.value, places),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTING: &str = r#"people: { ana: { phone: "+33639980001" } }
allowed_prefixes: [ "+33" ]
fallback: [ana]
route:
  page: [ana]
  routes:
    - { matchers: [ a=b ], template: defualt }
    - matchers: [ a=c ]
      template: disk
      routes:
        - matchers: [ d=e ]
        - { matchers: [ d=f ], template: disk }
        - { matchers: [ d=g ], template: grouped }
"#;

    #[test]
    fn template_that_does_not_exist_is_told_wherever_it_is_written() {
        let policy = Policy::load("r.yml", ROUTING).expect("a good file");
        let findings = unknown_templates("r.yml", ROUTING, &policy, &Templates::shipped());
        let told: Vec<_> = findings.iter().map(ToString::to_string).collect();
        let disk = "there is no template `disk`; write it as `disk.hbs` where `templates:` of nightbell.yml looks, or \
                    name another";
        assert_eq!(
            told,
            [
                "r.yml:7:38: there is no template `defualt`; did you mean `default`?".to_owned(),
                format!("r.yml:9:17: {disk}"),
                format!("r.yml:12:42: {disk}"),
            ]
        );
    }

    #[test]
    fn shipped_templates_are_known() {
        let source = ROUTING.replace("defualt", "default").replace("disk", "resolved");
        let policy = Policy::load("r.yml", &source).expect("a good file");
        assert!(unknown_templates("r.yml", &source, &policy, &Templates::shipped()).is_empty());
    }
}
