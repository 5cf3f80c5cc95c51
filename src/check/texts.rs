//! Every template against bundled notifications: one that fails, or loses what must never be lost, is found before it
//! is needed.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::alert::{self, Notification, Status};
use crate::check::pretence::as_if_told;
use crate::finding::Finding;
use crate::message::PageCode;
use crate::plan::{Plan, Rules, Setting, plan};
use crate::policy::Policy;
use crate::render::{TemplateFile, Templates, Told};
use crate::route::{Branch, DEFAULT_TEMPLATE, Target, Targets, Tree};

/// Renders every template as everybody would get it and says what is wrong with the texts.
///
/// `files` are the operator's templates that `rules` were made with.
#[must_use]
pub fn check_texts(files: &[TemplateFile], rules: &Rules) -> Vec<Finding> {
    let mut findings = Vec::new();
    for family in families(files, rules) {
        let policy = all_told_by(&rules.policy, &family);
        for (payload, body) in PAYLOADS {
            let mut notification = alert::read(body.as_bytes()).expect("a test reads the bundled notifications");
            hide_hosts(&mut notification, &policy);
            let sample = Sample { payload, notification, policy: &policy, templates: &rules.templates };
            for (template, message, help) in sample.complaints(&family) {
                let finding = Finding::whole(&file_of(&template, files), message, help);
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
    }
    findings
}

/// Takes the hosts out of the annotations: a summary that happens to name one hides that a template does not.
fn hide_hosts(notification: &mut Notification, policy: &Policy) {
    let labels = notification.alerts.iter().map(|alert| &alert.labels);
    let hosts: Vec<String> = labels.filter_map(|labels| policy.host(labels)).map(str::to_owned).collect();
    let annotations = notification.alerts.iter_mut().map(|alert| &mut alert.annotations);
    for value in annotations.chain([&mut notification.common_annotations]).flat_map(|all| all.values_mut()) {
        hosts.iter().for_each(|host| *value = value.replace(host, "the host"));
    }
}

/// The code that stands in every text shown for a try.
#[must_use]
pub fn sample_code() -> PageCode {
    PageCode::parse("k7q4").expect("a test reads the sample code")
}

/// What `template:` may name: every template but those that are parts of a family or of other templates. What a route
/// names is always among them.
fn families(files: &[TemplateFile], rules: &Rules) -> BTreeSet<String> {
    let templates = &rules.templates;
    let is_part = |name: &str| {
        let of_family = name.rsplit_once('.').is_some_and(|(family, part)| is_state(part) && templates.has(family));
        of_family || is_state(name) || files.iter().any(|file| includes(&file.source, name))
    };
    let routed = rules.policy.tree.routes().into_iter().map(|route| route.template.to_owned());
    let free = templates.names().filter(|name| !is_part(name)).map(str::to_owned);
    routed.chain(free).chain([DEFAULT_TEMPLATE.to_owned()]).collect()
}

fn is_state(part: &str) -> bool {
    matches!(part, "grouped" | "resolved")
}

/// Whether a template includes another one: `{{> name}}`.
fn includes(source: &str, name: &str) -> bool {
    source.split("{{").skip(1).any(|behind| {
        let included = behind.trim_start_matches('~').trim_start().strip_prefix('>');
        let word = included.and_then(|rest| {
            rest.split(|c: char| c.is_whitespace() || matches!(c, '}' | '~')).find(|word| !word.is_empty())
        });
        word.is_some_and(|word| word.trim_matches(['"', '\'', '[', ']']) == name)
    })
}

/// The policy with one route: to everybody, in the words of one family.
fn all_told_by(policy: &Policy, family: &str) -> Policy {
    let page = Targets::new(policy.people.keys().cloned().map(Target::Person).collect());
    let root = Branch { page: Some(page), template: Some(family.to_owned()), ..Branch::default() };
    let tree = Tree::grow(root).expect("a root without matchers that names everybody is a tree");
    Policy { tree, heartbeats: Vec::new(), ..policy.clone() }
}

fn file_of(template: &str, files: &[TemplateFile]) -> String {
    let file = files.iter().find(|file| file.name == template);
    file.map_or_else(|| format!("(built-in template `{template}`)"), |file| file.file.clone())
}

/// One notification on its way to everybody.
struct Sample<'a> {
    payload: &'static str,
    notification: Notification,
    policy: &'a Policy,
    templates: &'a Templates,
}

impl Sample<'_> {
    /// What is wrong with the texts: template, message and help.
    fn complaints(&self, family: &str) -> Vec<(String, String, String)> {
        let Self { payload, notification, policy, templates } = self;
        let memory = as_if_told(notification, policy, sample_code(), NOW);
        let plan = plan(notification, &memory, &Setting { policy, templates, now: NOW, fresh_code: sample_code() });
        if let Some(failure) = plan.template_failures.first() {
            let why = failure.why.split_whitespace().collect::<Vec<_>>().join(" ");
            let message = format!("the template `{}` fails for `{payload}`: {why}", failure.template);
            return vec![(
                failure.template.clone(),
                message,
                "correct it; texts would go out in built-in words".to_owned(),
            )];
        }
        let fires = notification.alerts.iter().any(|alert| alert.status == Status::Firing);
        let told = if fires { Told::Firing } else { Told::Resolved };
        let template = templates.choose(family, told, notification.alerts.len());
        let lost = [("host", self.loses_host(&plan)), ("severity", self.loses_severity(&plan))];
        lost.into_iter()
            .filter(|(_, lost)| *lost)
            .map(|(what, _)| {
                let message = format!("the template `{template}` does not say the {what} for `{payload}`");
                (template.clone(), message, help_for(what).to_owned())
            })
            .collect()
    }

    /// Whether somebody's text says none of the hosts, where there are some.
    fn loses_host(&self, plan: &Plan) -> bool {
        let alerts = self.notification.alerts.iter();
        let hosts: Vec<_> = alerts.filter_map(|alert| self.policy.host(&alert.labels)).collect();
        !hosts.is_empty() && loses_all(&hosts, plan)
    }

    fn loses_severity(&self, plan: &Plan) -> bool {
        let alerts = self.notification.alerts.iter();
        let severities = alerts.map(|alert| self.policy.severity(&alert.labels).unwrap_or(NO_SEVERITY));
        loses_all(&severities.collect::<Vec<_>>(), plan)
    }
}

/// Whether there is a text that has none of these words, in whichever case.
fn loses_all(words: &[&str], plan: &Plan) -> bool {
    plan.drafts.iter().any(|draft| {
        let text = draft.body.as_str().to_lowercase();
        !words.iter().any(|word| text.contains(&word.to_lowercase()))
    })
}

fn help_for(what: &str) -> &'static str {
    match what {
        "host" => "print `{{host}}`, and `{{list hosts}}` where there are several",
        _ => "print `{{severity}}`",
    }
}

/// What templates are tried on.
const PAYLOADS: [(&str, &str); 3] = [
    ("firing-single.json", include_str!("../../tests/payloads/firing-single.json")),
    ("firing-grouped.json", include_str!("../../tests/payloads/firing-grouped.json")),
    ("resolved.json", include_str!("../../tests/payloads/resolved.json")),
];

/// What counts as the severity where there is none.
const NO_SEVERITY: &str = "critical";

/// When the bundled notifications are taken to arrive: some minutes after what they tell, 2026-11-22T07:20:00Z.
const NOW: Timestamp = Timestamp::constant(1_795_332_000, 0);

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTING: &str = r#"people:
  ana: { phone: "+33639980001", timezone: Europe/Brussels }
  bob: { phone: "+33639980002" }
allowed_prefixes: [ "+33" ]
fallback: [ana]
route: { page: [ana], template: FAMILY }
"#;

    fn told(family: &str, sources: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = sources
            .iter()
            .map(|(name, source)| TemplateFile {
                name: (*name).to_owned(),
                file: format!("{name}.hbs"),
                source: (*source).to_owned(),
            })
            .collect();
        let policy = Policy::load("r.yml", &ROUTING.replace("FAMILY", family)).expect("a good file");
        let templates = Templates::load(&files).unwrap_or_else(|findings| panic!("{findings:?}"));
        check_texts(&files, &Rules { policy, templates }).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn shipped_templates_say_it_all() {
        assert_eq!(told("default", &[]), Vec::<String>::new());
    }

    #[test]
    fn good_families_and_their_parts_are_good() {
        for sources in [
            &[("db", "{{severity}} {{host}} {{list hosts}}")][..],
            &[("db", "{{upper severity}} {{upper host}}"), ("db.grouped", "{{list hosts}} {{severity}}")],
            &[("db", "{{> head}} {{summary}}"), ("head", "{{severity}} {{list hosts}}")],
            &[("db", "{{severity}} {{list hosts}}"), ("db.resolved", "{{severity}} ok {{list hosts}}")],
            &[("db", "{{~> head}} {{list hosts}}"), ("head", "{{#if reminder}}STILL {{/if}}{{severity}}")],
        ] {
            assert_eq!(told("db", sources), Vec::<String>::new(), "{sources:?}");
        }
    }

    #[test]
    fn template_that_fails_or_loses_what_matters_is_named_with_the_notification() {
        const HOST: &str = "print `{{host}}`, and `{{list hosts}}` where there are several";
        for (sources, expected) in [
            (
                &[("db", "{{severity}} {{host}}")][..],
                vec![format!("db.hbs: the template `db` does not say the host for `firing-grouped.json`; {HOST}")],
            ),
            (
                &[("db", "{{list hosts}} {{severity}}"), ("db.resolved", "{{list hosts}} is fine")],
                vec![
                    "db.resolved.hbs: the template `db.resolved` does not say the severity for `resolved.json`; print \
                     `{{severity}}`"
                        .to_owned(),
                ],
            ),
            (
                &[("db", "{{list hosts}} {{severity}}"), ("default", "{{summary}}"), ("grouped", "{{> default}}")],
                [("default", "firing-single.json"), ("grouped", "firing-grouped.json")]
                    .iter()
                    .flat_map(|(name, payload)| {
                        let place = format!("{name}.hbs: the template `{name}` does not say the");
                        [
                            format!("{place} host for `{payload}`; {HOST}"),
                            format!("{place} severity for `{payload}`; print `{{{{severity}}}}`"),
                        ]
                    })
                    .collect(),
            ),
        ] {
            assert_eq!(told("db", sources), expected, "{sources:?}");
        }
    }

    #[test]
    fn template_that_fails_is_told_once_a_notification_with_the_reason() {
        let told = told("db", &[("db", "{{#if false}}never{{/if}}")]);
        assert_eq!(told.len(), 2, "once each while it fires: {told:#?}");
        let expected = "db.hbs: the template `db` fails for `firing-single.json`: it printed nothing; correct it; texts \
                        would go out in built-in words";
        assert_eq!(told[0], expected);
    }
}
