//! YAML as nodes that know their place, and the limits a file has to keep.
//!
//! Nothing is interpreted here beyond what YAML itself says. Keys may come twice; `fields` complains of it,
//! with both places. Nodes are built from the parser's events on a stack of our own: serde's way takes tens
//! of kilobytes of the thread's stack a level, which a file of `[[[[` would exhaust.

use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span};

use crate::finding::{Finding, Place};
use crate::yaml::node::{Entry, Node, Value};
use crate::yaml::scalar::plain;

/// Reads one document. `file` is its name as the operator gave it. An empty file is [`Value::Null`].
///
/// # Errors
/// The first thing in it that is no YAML, or is more than a file may hold.
pub fn parse(file: &str, source: &str) -> Result<Node, Finding> {
    if source.len() > MAX_SOURCE_BYTES {
        let message = format!("the file has {} bytes, more than the {MAX_SOURCE_BYTES} that are read", source.len());
        return Err(Finding::whole(file, message, "shorten it"));
    }
    let mut options = Options::default();
    options.emit_comments = false;
    options.emit_unresolved_aliases = true;
    let mut builder = Builder { source, open: Vec::new(), anchors: BTreeMap::new(), root: None, nodes: 0 };
    for event in Parser::new_from_str_with_options(source, options) {
        let step = match event {
            Ok((event, span)) => builder
                .take(event, span)
                .map_err(|fault| (fault.place.unwrap_or(place_of(span)), fault.message, fault.help)),
            Err(error) => Err(words(source, &error)),
        };
        step.map_err(|(place, message, help)| Finding::at(file, place, message, help))?;
    }
    Ok(builder.root.unwrap_or(Node { place: Place { line: 1, column: 1 }, inset: None, value: Value::Null }))
}

/// A document under construction.
struct Builder<'a> {
    source: &'a str,
    /// The lists and mappings that are not closed, the outermost first.
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    root: Option<Node>,
    nodes: usize,
}

/// A list, or a mapping as the list of its keys and values in turn.
struct Open {
    place: Place,
    anchor: usize,
    is_map: bool,
    items: Vec<Node>,
}

struct Fault {
    /// Absent: where the event is.
    place: Option<Place>,
    message: String,
    help: &'static str,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                fault("a second document begins here", "keep to one: remove the `---` and what does not belong")
            }
            Event::UnresolvedAlias(name) => {
                fault(format!("`*{name}` has no `&{name}` before it"), "put a text that begins with `*` in quotes")
            }
            Event::Alias(anchor) => self.repeat(anchor),
            Event::Scalar(_, _, _, Some(tag))
            | Event::SequenceStart(_, _, Some(tag))
            | Event::MappingStart(_, _, Some(tag)) => fault(
                format!("the tag `{}` means nothing here", tag.original()),
                "remove it, or put a text that begins with `!` in quotes",
            ),
            Event::Scalar(text, style, anchor, None) => {
                let node = self.scalar(&text, style, span);
                self.add(node, anchor)
            }
            Event::SequenceStart(_, anchor, None) => self.begin(span, anchor, false),
            Event::MappingStart(_, anchor, None) => self.begin(span, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn scalar(&self, text: &str, style: ScalarStyle, span: Span) -> Node {
        let is_key = self.open.last().is_some_and(|open| open.is_map && open.items.len() % 2 == 0);
        let value = if is_key || style != ScalarStyle::Plain { Value::Text(text.to_owned()) } else { plain(text) };
        Node { place: place_of(span), inset: inset(span, text, self.source), value }
    }

    fn begin(&mut self, span: Span, anchor: usize, is_map: bool) -> Result<(), Fault> {
        if self.open.len() == MAX_DEPTH {
            return too_deep();
        }
        self.open.push(Open { place: place_of(span), anchor, is_map, items: Vec::new() });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = if open.is_map { Value::Map(pair(open.items)?) } else { Value::List(open.items) };
        self.add(Node { place: open.place, inset: None, value }, open.anchor)
    }

    /// Adds a whole node to what is open.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        self.grow(1)?;
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.put(node);
        Ok(())
    }

    /// Writes out an alias. An anchor that is still open cannot be meant: it would contain itself.
    fn repeat(&mut self, anchor: usize) -> Result<(), Fault> {
        let Some(node) = self.anchors.get(&anchor) else {
            return fault("this `*alias` stands inside what it names", "write it out");
        };
        if self.open.len() + node.height() > MAX_DEPTH {
            return too_deep();
        }
        let (node, count) = (node.clone(), node.count());
        self.grow(count)?;
        self.put(node);
        Ok(())
    }

    fn put(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(open) => open.items.push(node),
            None => self.root = Some(node),
        }
    }

    fn grow(&mut self, count: usize) -> Result<(), Fault> {
        self.nodes = self.nodes.saturating_add(count);
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        fault(
            format!("the file holds more than {MAX_NODES} values once every `*alias` is written out"),
            "write fewer aliases or a shorter file",
        )
    }
}

fn pair(items: Vec<Node>) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::with_capacity(items.len() / 2);
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        let Value::Text(name) = key.value else {
            let message = "a key is a list or a mapping".to_owned();
            return Err(Fault { place: Some(key.place), message, help: "write a text before the `:`" });
        };
        entries.push(Entry { key: name, place: key.place, value });
    }
    Ok(entries)
}

/// Where behind its place a text begins that is written as it is read.
fn inset(span: Span, text: &str, source: &str) -> Option<usize> {
    let written = span.slice(source)?;
    if written == text {
        return Some(0);
    }
    (written.get(1..written.len().checked_sub(1)?)? == text).then_some(1)
}

fn place_of(span: Span) -> Place {
    Place { line: span.start.line(), column: span.start.col() + 1 }
}

fn words(source: &str, error: &ScanError) -> (Place, String, &'static str) {
    let line = error.marker().line();
    // The parser gives up some way behind a tab, or at the end of the line before it.
    if let Some(tab) = [line, line + 1].into_iter().find_map(|line| indenting_tab(source, line)) {
        return (tab, "a tab indents this line, which YAML does not allow".to_owned(), "indent with spaces");
    }
    (Place { line, column: error.marker().col() + 1 }, format!("this is not YAML: {}", error.info()), QUOTE)
}

fn indenting_tab(source: &str, line: usize) -> Option<Place> {
    let text = source.lines().nth(line.checked_sub(1)?)?;
    let spaces = text.chars().take_while(|c| *c == ' ').count();
    (text.chars().nth(spaces) == Some('\t')).then_some(Place { line, column: spaces + 1 })
}

fn too_deep() -> Result<(), Fault> {
    fault(format!("the file is nested more than {MAX_DEPTH} levels deep"), "nest less")
}

fn fault<T>(message: impl Into<String>, help: &'static str) -> Result<T, Fault> {
    Err(Fault { place: None, message: message.into(), help })
}

/// Longest file, in bytes: hundreds of people and routes take a tenth of it.
const MAX_SOURCE_BYTES: usize = 1 << 20;

/// Most values in a file, those behind aliases counted wherever they are used. A person takes six.
const MAX_NODES: usize = 50_000;

/// Deepest nesting of lists and mappings: a tree of routes takes two a level, so one that is too deep is
/// still read, and told so in its own words. Whoever walks over nodes recurses.
pub const MAX_DEPTH: usize = 96;

const QUOTE: &str = "look at this line and the one above; a text with `: `, ` #` or a leading sign needs quotes";

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup<'a>(node: &'a Node, key: &str) -> &'a Node {
        let Value::Map(entries) = &node.value else { panic!("no mapping") };
        &entries.iter().find(|entry| entry.key == key).expect("the key").value
    }

    #[test]
    fn every_value_knows_its_place_in_characters() {
        let node = parse("x", "é: { \"ü\": 'a' }\nb:\n  - |\n    text\n  - \"\\u0061\"\n").expect("good YAML");
        let inner = lookup(lookup(&node, "é"), "ü");
        assert_eq!((inner.place, inner.inset), (Place { line: 1, column: 11 }, Some(1)));
        assert_eq!(inner.value, Value::Text("a".to_owned()));
        let Value::List(items) = &lookup(&node, "b").value else { panic!("no list") };
        assert_eq!(items[0].place, Place { line: 4, column: 5 });
        assert_eq!((items[1].inset, &items[1].value), (None, &Value::Text("a".to_owned())));
    }

    #[test]
    fn only_true_and_false_are_booleans_and_times_are_texts() {
        let node =
            parse("x", "a: no\nb: true\nc: 09:00\nd: 2026-01-05\ne: +33639980001\nf: ~\ng: 1w\n").expect("good YAML");
        for (key, expected) in [
            ("a", Value::Text("no".to_owned())),
            ("b", Value::Bool(true)),
            ("c", Value::Text("09:00".to_owned())),
            ("d", Value::Text("2026-01-05".to_owned())),
            ("e", Value::Number("+33639980001".to_owned())),
            ("f", Value::Null),
            ("g", Value::Text("1w".to_owned())),
        ] {
            assert_eq!(lookup(&node, key).value, expected, "{key}");
        }
    }

    #[test]
    fn place_behind_an_alias_is_where_the_text_stands() {
        let node = parse("x", "a: &team [ana]\nb: *team\n").expect("good YAML");
        assert_eq!(lookup(&node, "b"), lookup(&node, "a"));
    }

    #[test]
    fn file_at_the_limit_of_nesting_is_read() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse("x", &nested(MAX_DEPTH)).is_ok());
        let finding = parse("x", &nested(MAX_DEPTH + 1)).expect_err("too deep");
        assert_eq!(finding.message, "the file is nested more than 96 levels deep");
    }

    #[test]
    fn alias_cannot_nest_deeper_than_the_file() {
        let mut source = String::from("a0: &a0 [x]\n");
        for level in 1..200 {
            source.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
        }
        let finding = parse("x", &source).expect_err("too deep");
        assert_eq!(finding.message, "the file is nested more than 96 levels deep");
    }

    #[test]
    fn what_is_no_yaml_is_told_where_it_is() {
        for (source, expected) in [
            ("a: [1, 2\nb: 3\n", "x:2:2: this is not YAML: illegal placement of ':' indicator"),
            ("a: b: c\n", "x:1:5: this is not YAML: mapping values are not allowed in this context"),
            ("a:\n\tb: 1\n", "x:2:1: a tab indents this line, which YAML does not allow"),
            ("a:\n  b: 1\n\tc: 1\n", "x:3:1: a tab indents this line, which YAML does not allow"),
            ("a: 1\n---\nb: 1\n", "x:2:1: a second document begins here"),
            ("a: *b\n", "x:1:4: `*b` has no `&b` before it"),
            ("a: &b [*b]\n", "x:1:8: this `*alias` stands inside what it names"),
            ("a: !foo b\n", "x:1:9: the tag `!foo` means nothing here"),
            ("[a]: b\n", "x:1:1: a key is a list or a mapping"),
        ] {
            let told = parse("x", source).expect_err(source).to_string();
            assert!(told.starts_with(expected), "{told}");
        }
    }

    #[test]
    fn oversized_file_is_refused_unread() {
        let finding = parse("x", &"#".repeat(MAX_SOURCE_BYTES + 1)).expect_err("too long");
        assert_eq!(finding.message, "the file has 1048577 bytes, more than the 1048576 that are read");
    }
}
