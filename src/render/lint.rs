//! What a template may not contain: names that do not exist, and loops whose end nobody can promise.

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, PathSeg, Template};

use crate::finding::{Finding, Place};
use crate::render::helpers;

/// Everything wrong with one compiled template, beyond its syntax.
pub(crate) fn lint(file: &str, template: &Template, templates: &[&str]) -> Vec<Finding> {
    let mut lint = Lint { file, templates, findings: Vec::new(), loops: Vec::new(), locals: Vec::new() };
    lint.template(template);
    lint.findings
}

/// Deepest nesting of blocks or of expressions: whoever reads a template follows no more, and the compiler and the
/// renderer go down as deep as it does.
const MAX_DEPTH: usize = 32;

/// Looks at the bare source, before anything goes down into it.
pub(crate) fn too_deep(file: &str, source: &str) -> Option<Finding> {
    let (mut blocks, mut brackets) = (0_usize, 0_usize);
    for (line, text) in source.lines().enumerate() {
        for (column, _) in text.char_indices() {
            let rest = &text[column..];
            if rest.starts_with("{{#") || rest.starts_with("{{^") || rest.starts_with("{{~#") {
                blocks += 1;
            } else if rest.starts_with("{{/") || rest.starts_with("{{~/") {
                blocks = blocks.saturating_sub(1);
            } else if rest.starts_with('(') {
                brackets += 1;
            } else if rest.starts_with(')') {
                brackets = brackets.saturating_sub(1);
            }
            if blocks > MAX_DEPTH || brackets > MAX_DEPTH {
                let place = Place { line: line + 1, column: column + 1 };
                let message = format!("blocks are nested deeper than {MAX_DEPTH}");
                return Some(Finding::at(file, place, message, "write it flat: an SMS has no room for so many cases"));
            }
        }
    }
    None
}

/// The templates this one includes.
pub(crate) fn partials(template: &Template) -> Vec<String> {
    let mut names = Vec::new();
    collect_partials(template, &mut names);
    names
}

fn collect_partials(template: &Template, names: &mut Vec<String>) {
    for element in &template.elements {
        match element {
            TemplateElement::PartialExpression(partial) | TemplateElement::PartialBlock(partial) => {
                names.extend(partial.name.as_name().map(str::to_owned));
            }
            TemplateElement::HelperBlock(block) => {
                for inner in [&block.template, &block.inverse].into_iter().flatten() {
                    collect_partials(inner, names);
                }
            }
            _ => {}
        }
    }
}

struct Lint<'a> {
    file: &'a str,
    templates: &'a [&'a str],
    findings: Vec<Finding>,
    /// What the enclosing `each` blocks go over.
    loops: Vec<String>,
    /// Names bound by `as |x|`.
    locals: Vec<String>,
}

impl Lint<'_> {
    fn template(&mut self, template: &Template) {
        for (index, element) in template.elements.iter().enumerate() {
            let place = template
                .mapping
                .get(index)
                .map_or(Place { line: 1, column: 1 }, |mapping| Place { line: mapping.0, column: mapping.1 });
            match element {
                TemplateElement::Expression(helper) | TemplateElement::HtmlExpression(helper) => {
                    self.expression(helper, place);
                }
                TemplateElement::HelperBlock(block) => self.block(block, place),
                TemplateElement::PartialExpression(partial) => self.partial(&partial.name, place),
                TemplateElement::DecoratorExpression(_)
                | TemplateElement::DecoratorBlock(_)
                | TemplateElement::PartialBlock(_) => {
                    self.add(
                        place,
                        "inline partials and decorators are not known here",
                        "write a template file of its own",
                    );
                }
                _ => {}
            }
        }
    }

    fn expression(&mut self, helper: &HelperTemplate, place: Place) {
        if helper.params.is_empty() && helper.hash.is_empty() {
            if !is_helper(&helper.name) {
                self.parameter(&helper.name, place);
            }
            return;
        }
        self.helper(helper, place);
    }

    fn helper(&mut self, helper: &HelperTemplate, place: Place) {
        let name = helper.name.as_name().unwrap_or_default().to_owned();
        if !helpers::NAMES.contains(&name.as_str()) {
            let help = suggestion(&name, &helpers::NAMES, "helpers are");
            self.add(place, format!("`{name}` is no helper"), help);
        }
        for parameter in &helper.params {
            self.parameter(parameter, place);
        }
    }

    fn block(&mut self, block: &HelperTemplate, place: Place) {
        self.helper(block, place);
        let is_loop = block.name.as_name() == Some("each");
        let over = block.params.first().and_then(root).unwrap_or_default();
        if is_loop && self.loops.iter().any(|outer| outer != "alerts" || over == "alerts") {
            let help = "an SMS has no room for it: loop once, or over one alert's labels inside `{{#each alerts}}`";
            self.add(place, "a loop inside a loop is not allowed", help);
        }
        if is_loop {
            self.loops.push(over);
        }
        let bound = self.bind(block);
        for inner in [&block.template, &block.inverse].into_iter().flatten() {
            self.template(inner);
        }
        self.locals.truncate(bound);
        if is_loop {
            self.loops.pop();
        }
    }

    fn bind(&mut self, block: &HelperTemplate) -> usize {
        let before = self.locals.len();
        let names = match &block.block_param {
            Some(handlebars::template::BlockParam::Single(name)) => vec![name],
            Some(handlebars::template::BlockParam::Pair((first, second))) => vec![first, second],
            _ => Vec::new(),
        };
        self.locals.extend(names.into_iter().filter_map(|name| name.as_name().map(str::to_owned)));
        before
    }

    fn partial(&mut self, name: &Parameter, place: Place) {
        if !self.loops.is_empty() {
            return self.add(place, "a template is included inside a loop", "include it outside of `{{#each}}`");
        }
        match name.as_name() {
            Some(name) if self.templates.contains(&name) => {}
            Some(name) => {
                let help = suggestion(name, self.templates, "templates are");
                self.add(place, format!("there is no template `{name}` to include"), help);
            }
            None => self.add(place, "the name of an included template must be written out", "write `{{> name}}`"),
        }
    }

    fn parameter(&mut self, parameter: &Parameter, place: Place) {
        if let Parameter::Subexpression(inner) = parameter {
            if let TemplateElement::Expression(helper) = inner.as_element() {
                self.expression(helper, place);
            }
            return;
        }
        let Some(name) = root(parameter) else { return };
        let known = NAMES.contains(&name.as_str())
            || self.locals.contains(&name)
            || (!self.loops.is_empty() && ALERT_NAMES.contains(&name.as_str()))
            || matches!(name.as_str(), "this" | "." | "");
        if !known {
            let help = suggestion(&name, &NAMES, "names are");
            self.add(place, format!("`{name}` is not known to a text"), help);
        }
    }

    fn add(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.findings.push(Finding::at(self.file, place, message, help));
    }
}

fn is_helper(parameter: &Parameter) -> bool {
    parameter.as_name().is_some_and(|name| helpers::NAMES.contains(&name) && !NAMES.contains(&name))
}

/// The first name of a path; nothing for literals, `@index` and paths that only climb.
fn root(parameter: &Parameter) -> Option<String> {
    match parameter {
        Parameter::Name(name) => Some(name.clone()),
        Parameter::Path(Path::Relative((segments, _))) => segments.iter().find_map(|segment| match segment {
            PathSeg::Named(name) => Some(name.clone()),
            _ => None,
        }),
        _ => None,
    }
}

fn suggestion(name: &str, known: &[&str], what: &str) -> String {
    let near = known.iter().map(|known| (strsim::damerau_levenshtein(name, known), known)).min();
    match near {
        Some((distance, near)) if distance <= 2 => format!("did you mean `{near}`?"),
        _ => format!("{what} {}", known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ")),
    }
}

/// The names of [`crate::render::View`].
const NAMES: [&str; 27] = [
    "status",
    "reminder",
    "all_clear",
    "severity",
    "host",
    "hosts",
    "alertname",
    "alertnames",
    "summary",
    "description",
    "count",
    "firing",
    "resolved",
    "since",
    "duration",
    "truncated",
    "person",
    "receiver",
    "notification_reason",
    "groupLabels",
    "commonLabels",
    "commonAnnotations",
    "routeLabels",
    "externalURL",
    "labels",
    "annotations",
    "alerts",
];

/// The names of one alert, beside those it shares with the text.
const ALERT_NAMES: [&str; 2] = ["generatorURL", "fingerprint"];
