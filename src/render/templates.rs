//! The compiled templates: those shipped in the binary, and files that replace or add to them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use handlebars::{Context, Handlebars, Template};

use crate::finding::{Finding, Place};
use crate::render::fit::{Fitted, fit};
use crate::render::view::{Told, View};
use crate::render::{helpers, lint, piece};

/// What is shipped: name and source.
pub const SHIPPED: [(&str, &str); 3] = [
    ("default", include_str!("../../templates/default.hbs")),
    ("grouped", include_str!("../../templates/grouped.hbs")),
    ("resolved", include_str!("../../templates/resolved.hbs")),
];

/// A template file as read.
#[derive(Clone, Debug)]
pub struct TemplateFile {
    /// Its name in the routing file: the file's name without `.hbs`.
    pub name: String,
    /// The file as the operator names it, for findings.
    pub file: String,
    /// Its source.
    pub source: String,
}

/// A compiled, checked set of templates.
pub struct Templates {
    registry: Handlebars<'static>,
    names: BTreeSet<String>,
}

/// What rendering gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The fitted words, without the code.
    pub fitted: Fitted,
    /// Which template wrote them.
    pub template: String,
    /// Why built-in words stand there instead of the template's; nothing if it worked.
    pub failure: Option<String>,
}

impl Templates {
    /// The shipped templates alone.
    #[must_use]
    pub fn shipped() -> Self {
        Self::load(&[]).expect("a test compiles the shipped templates")
    }

    /// The shipped templates and these files; a file of a shipped name replaces it.
    ///
    /// # Errors
    /// Every mistake in every file.
    pub fn load(files: &[TemplateFile]) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut compiled: BTreeMap<&str, (&str, Template)> = BTreeMap::new();
        for (name, source) in SHIPPED {
            match Template::compile_with_name(source.trim_end(), name.to_owned()) {
                Ok(template) => drop(compiled.insert(name, (name, template))),
                Err(error) => findings.push(syntax(name, &error)),
            }
        }
        for file in files {
            if let Some(finding) = lint::too_deep(&file.file, &file.source) {
                findings.push(finding);
                continue;
            }
            match Template::compile_with_name(file.source.trim_end(), file.name.clone()) {
                Ok(template) => drop(compiled.insert(&file.name, (&file.file, template))),
                Err(error) => findings.push(syntax(&file.file, &error)),
            }
        }
        let names: Vec<&str> = compiled.keys().copied().collect();
        for (file, template) in compiled.values() {
            findings.extend(lint::lint(file, template, &names));
        }
        findings.extend(circles(&compiled));
        if !findings.is_empty() {
            return Err(findings);
        }
        let mut registry = Handlebars::new();
        registry.register_escape_fn(piece::value);
        helpers::register(&mut registry);
        let names = compiled.keys().map(|name| (*name).to_owned()).collect();
        for (name, (_, template)) in compiled {
            registry.register_template(name, template);
        }
        Ok(Self { registry, names })
    }

    /// Whether a template of this name exists.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Every name, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Which template writes a text of a route that says `template: family`: for `db`, `db.grouped` where several
    /// alerts are told and `db.resolved` at their end, if these exist. The family `default` falls back to the
    /// shipped `grouped` and `resolved`, any other to itself while it fires and to `resolved` at the end.
    #[must_use]
    pub fn choose(&self, family: &str, told: Told, count: usize) -> String {
        let part = match told {
            Told::Resolved => "resolved",
            Told::Firing if count > 1 => "grouped",
            Told::Firing => return family.to_owned(),
        };
        let own = format!("{family}.{part}");
        if self.has(&own) {
            own
        } else if part == "resolved" || family == "default" {
            part.to_owned()
        } else {
            family.to_owned()
        }
    }

    /// Renders and fits. Never fails: what a template cannot say is said in built-in plain words.
    #[must_use]
    pub fn render(&self, template: &str, view: &View) -> Rendered {
        let fitted = self.try_render(template, view);
        let (fitted, failure) = match fitted {
            Ok(fitted) if !fitted.text.is_empty() => (fitted, None),
            Ok(_) => (plain_words(view), Some("it printed nothing".to_owned())),
            Err(error) => (plain_words(view), Some(error)),
        };
        Rendered { fitted, template: template.to_owned(), failure }
    }

    fn try_render(&self, template: &str, view: &View) -> Result<Fitted, String> {
        let mut output = Capped(Vec::new());
        // Given as data, the context is not copied once more.
        let context = Context::from(view.to_json());
        let rendered = self.registry.render_with_context_to_write(template, &context, &mut output);
        rendered.map_err(|error| error.to_string())?;
        let rendered = String::from_utf8_lossy(&output.0);
        Ok(fit(&piece::pieces(&rendered, &view.keys())))
    }
}

/// The words where a template fails: severity, host, name, summary.
fn plain_words(view: &View) -> Fitted {
    let state = if view.status == "resolved" { "RESOLVED " } else { "" };
    let several = if view.count > 1 { format!("{}x ", view.count) } else { String::new() };
    let hosts = if view.host.is_empty() { &view.hosts[..] } else { std::slice::from_ref(&view.host) };
    let hosts: Vec<String> = hosts.iter().map(|host| piece::without_marks(host)).collect();
    let names = view.alertnames.iter().map(|name| piece::without_marks(name)).collect::<Vec<_>>();
    let rendered = [
        state.to_owned(),
        piece::keep(&piece::without_marks(&view.severity).to_uppercase()),
        format!(" {several}"),
        if let [host] = &hosts[..] { piece::keep(host) } else { piece::list(hosts.iter().map(String::as_str), 3) },
        " ".to_owned(),
        piece::list(names.iter().map(String::as_str), 4),
        ": ".to_owned(),
        piece::shrink(&piece::without_marks(&view.summary), 1),
    ];
    fit(&piece::pieces(&rendered.concat(), &[]))
}

/// A writer that refuses what no text could use.
struct Capped(Vec<u8>);

/// More output than this is a template gone wild; a text has 160 characters.
const MAX_OUTPUT: usize = 256 * 1024;

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::Error::other("it prints more than a text could ever hold"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn syntax(file: &str, error: &handlebars::TemplateError) -> Finding {
    let message = format!("the template does not parse: {}", error.reason());
    match error.pos() {
        Some((line, column)) => Finding::at(file, Place { line, column }, message, "see the handlebars syntax"),
        None => Finding::whole(file, message, "see the handlebars syntax"),
    }
}

/// Templates that include themselves, by whatever way round.
fn circles(compiled: &BTreeMap<&str, (&str, Template)>) -> Vec<Finding> {
    let includes: BTreeMap<&str, Vec<String>> =
        compiled.iter().map(|(name, (_, template))| (*name, lint::partials(template))).collect();
    let reaches_itself = |start: &str| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = includes.get(start).into_iter().flatten().map(String::as_str).collect();
        while let Some(name) = open.pop() {
            if name == start {
                return true;
            }
            if seen.insert(name) {
                open.extend(includes.get(name).into_iter().flatten().map(String::as_str));
            }
        }
        false
    };
    compiled
        .iter()
        .filter(|(name, _)| reaches_itself(name))
        .map(|(name, (file, _))| {
            Finding::whole(
                file,
                format!("the template `{name}` includes itself"),
                "it would never end: remove one `{{> …}}`",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Labels;
    use crate::render::view::AlertView;

    fn view() -> View {
        let labels: Labels = [("alertname", "DiskFull"), ("service.name", "db")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let alert = AlertView {
            status: "firing",
            severity: "critical".to_owned(),
            host: "db-01".to_owned(),
            alertname: "DiskFull".to_owned(),
            since: "07:11".to_owned(),
            labels: labels.clone(),
            annotations: Labels::new(),
            generator_url: String::new(),
            fingerprint: "f".to_owned(),
        };
        View {
            status: "firing",
            reminder: false,
            all_clear: false,
            severity: "critical".to_owned(),
            host: "db-01".to_owned(),
            hosts: vec!["db-01".to_owned()],
            alertname: "DiskFull".to_owned(),
            alertnames: vec!["DiskFull".to_owned()],
            summary: "Disk almost full".to_owned(),
            description: String::new(),
            count: 1,
            firing: 1,
            resolved: 0,
            since: "07:11".to_owned(),
            duration: "5m".to_owned(),
            truncated: 0,
            person: "ana".to_owned(),
            receiver: "sms".to_owned(),
            notification_reason: "",
            group_labels: Labels::new(),
            common_labels: Labels::new(),
            common_annotations: Labels::new(),
            route_labels: Labels::new(),
            external_url: String::new(),
            labels,
            annotations: Labels::new(),
            alerts: vec![alert],
        }
    }

    fn with(source: &str) -> Result<Templates, Vec<Finding>> {
        Templates::load(&[TemplateFile {
            name: "mine".to_owned(),
            file: "mine.hbs".to_owned(),
            source: source.to_owned(),
        }])
    }

    fn rendered(source: &str) -> Rendered {
        with(source).unwrap_or_else(|findings| panic!("{findings:?}")).render("mine", &view())
    }

    #[test]
    fn shipped_templates_say_what_where_how_bad_since_when() {
        let templates = Templates::shipped();
        assert_eq!(
            templates.render("default", &view()).fitted.text,
            "CRITICAL db-01 DiskFull since 07:11: Disk almost full"
        );
        let resolved = View { status: "resolved", all_clear: true, ..view() };
        assert_eq!(templates.render("resolved", &resolved).fitted.text, "ALL CLEAR critical db-01 DiskFull after 5m");
        let hosts: Vec<String> = (1..=5).map(|n| format!("db-{n:02}.example.org")).collect();
        let grouped = View { count: 5, firing: 5, host: String::new(), hosts, ..view() };
        assert_eq!(
            templates.render("grouped", &grouped).fitted.text,
            "CRITICAL 5x DiskFull: db-01.example.org, db-02.example.org, db-03.example.org, db-04.example.org, \
             db-05.example.org since 07:11: Disk almost full"
        );
    }

    #[test]
    fn nothing_is_escaped_as_html() {
        let view = View { summary: "a < b & \"c\" > 'd'".to_owned(), ..view() };
        assert!(
            with("{{severity}} {{host}} {{summary}}")
                .expect("good")
                .render("mine", &view)
                .fitted
                .text
                .ends_with("a < b & \"c\" > 'd'")
        );
    }

    #[test]
    fn labels_of_any_name_can_be_reached() {
        assert_eq!(rendered("{{labels.[service.name]}} {{lookup labels \"service.name\"}}").fitted.text, "db db");
        assert_eq!(
            rendered("{{#each alerts}}{{alertname}} {{#each labels}}{{@key}} {{/each}}{{/each}}").fitted.text,
            "DiskFull alertname service.name"
        );
    }

    #[test]
    fn helpers_nest() {
        assert_eq!(
            rendered("{{#if (eq (upper severity) \"CRITICAL\")}}!{{/if}} {{keep (upper host)}}").fitted.text,
            "! DB-01"
        );
    }

    #[test]
    fn failing_template_is_replaced_by_plain_words() {
        let cases =
            [("{{lookup}}", "lookup"), ("{{#if false}}never{{/if}}", "nothing"), ("{{keep}}{{gt severity}}", "param")];
        for (source, why) in cases {
            let rendered = rendered(source);
            let failure = rendered.failure.unwrap_or_else(|| panic!("{source} fails, printed {:?}", rendered.fitted));
            assert!(failure.contains(why), "{source}: {failure}");
            assert_eq!(rendered.fitted.text, "CRITICAL db-01 DiskFull: Disk almost full");
        }
    }

    #[test]
    fn endless_output_is_stopped() {
        let loud = format!("{{{{#each alerts}}}}{}{{{{/each}}}}", "x".repeat(300_000));
        assert!(rendered(&loud).failure.expect("stopped").contains("more than a text"));
        let long = format!("{{{{severity}}}} {{{{host}}}} {}", "word ".repeat(20_000));
        let rendered = rendered(&long);
        assert_eq!(rendered.failure, None);
        assert!(rendered.fitted.text.starts_with("critical db-01 word"));
    }

    #[test]
    fn each_mistake_is_found_with_its_place() {
        let cases = [
            ("{{sumary}}", "mine.hbs:1:1:", "`sumary` is not known to a text; did you mean `summary`?"),
            ("a\n {{#if hostt}}x{{/if}}", "mine.hbs:2:", "`hostt` is not known"),
            ("{{shrnk summary}}", "mine.hbs:1:1:", "`shrnk` is no helper; did you mean `shrink`?"),
            ("{{#each alerts}}{{#each alerts}}x{{/each}}{{/each}}", "mine.hbs:1:", "a loop inside a loop"),
            ("{{#each hosts}}{{#each ../hosts}}x{{/each}}{{/each}}", "mine.hbs:1:", "a loop inside a loop"),
            ("{{> nobody}}", "mine.hbs:1:1:", "there is no template `nobody`"),
            ("{{> mine}}", "mine.hbs:", "includes itself"),
            ("{{#if x}}", "mine.hbs:1:", "does not parse"),
            ("{{", "mine.hbs:1:", "does not parse"),
            (&"{{#if host}}".repeat(40), "mine.hbs:", "blocks are nested deeper than 32"),
            (
                &format!("{{{{keep {}host{}}}}}", "(upper ".repeat(40), ")".repeat(40)),
                "mine.hbs:",
                "nested deeper than 32",
            ),
            ("{{#*inline \"a\"}}x{{/inline}}", "mine.hbs:1:", "inline partials"),
        ];
        for (source, place, sentence) in cases {
            let findings = with(source).err().unwrap_or_else(|| panic!("{source} has a mistake"));
            let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
            assert!(
                shown.iter().any(|line| line.starts_with(place) && line.contains(sentence)),
                "{source}: {shown:#?}"
            );
        }
    }

    #[test]
    fn family_chooses_its_members() {
        let files = ["db", "db.resolved"].map(|name| TemplateFile {
            name: name.to_owned(),
            file: format!("{name}.hbs"),
            source: "{{host}} {{severity}}".to_owned(),
        });
        let templates = Templates::load(&files).unwrap_or_else(|findings| panic!("{findings:?}"));
        let cases = [
            ("default", Told::Firing, 1, "default"),
            ("default", Told::Firing, 2, "grouped"),
            ("default", Told::Resolved, 1, "resolved"),
            ("db", Told::Firing, 1, "db"),
            ("db", Told::Firing, 9, "db"),
            ("db", Told::Resolved, 1, "db.resolved"),
        ];
        for (family, told, count, expected) in cases {
            assert_eq!(templates.choose(family, told, count), expected, "{family} {told:?} {count}");
        }
    }
}
