//! Rust as far as these rules need to understand it: where comments, literals, attributes and test items are.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// The text with comments, and what stands between quotes, turned into spaces. Lines stay.
pub fn code(text: &str) -> String {
    let mut hidden = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        match quiet_part(&text[at..]) {
            Some(part) => {
                hidden.push(at + part.open..at + part.close);
                at += part.end;
            }
            None => at += next.len_utf8(),
        }
    }
    without(text, &hidden)
}

/// The text with these parts turned into spaces.
pub fn without(text: &str, parts: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for byte in parts.iter().flat_map(|part| part.clone()) {
        if bytes[byte] != b'\n' {
            bytes[byte] = b' ';
        }
    }
    String::from_utf8(bytes).expect("parts begin and end between characters")
}

/// Where `#[…]` and `#![…]` are.
pub fn attributes(code: &str) -> Vec<Range<usize>> {
    ATTRIBUTE.find_iter(code).map(|found| found.start()..closing(code, found.end() - 1) + 1).collect()
}

/// Where items under `#[cfg(test)]` are, the attribute included.
pub fn test_items(code: &str) -> Vec<Range<usize>> {
    CFG_TEST.find_iter(code).map(|found| found.start()..item_end(code, found.end())).collect()
}

/// The bracket that closes the one at `open`, or the last byte.
pub fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    code.len() - 1
}

/// A comment or literal at the start of a text: what to blank, and where it is over.
struct QuietPart {
    open: usize,
    close: usize,
    end: usize,
}

fn quiet_part(rest: &str) -> Option<QuietPart> {
    if !rest.starts_with(['/', '"', '\'', 'b', 'c', 'r']) {
        return None;
    }
    if rest.starts_with("//") {
        let end = rest.find('\n').unwrap_or(rest.len());
        return Some(QuietPart { open: 0, close: end, end });
    }
    if rest.starts_with("/*") {
        let end = block_comment_end(rest);
        return Some(QuietPart { open: 0, close: end, end });
    }
    if let Some(start) = RAW_STRING.captures(rest) {
        let open = start[0].len();
        let close = rest[open..].find(&format!("\"{}", &start[1])).map_or(rest.len(), |length| open + length);
        return Some(QuietPart { open, close, end: (close + 1 + start[1].len()).min(rest.len()) });
    }
    let literal = STRING.find(rest).or_else(|| CHARACTER.find(rest))?;
    Some(QuietPart { open: 1, close: literal.end() - 1, end: literal.end() })
}

fn block_comment_end(rest: &str) -> usize {
    let mut depth = 0;
    for mark in COMMENT_MARK.find_iter(rest) {
        depth += if mark.as_str() == "/*" { 1 } else { -1 };
        if depth == 0 {
            return mark.end();
        }
    }
    rest.len()
}

/// Just behind the item that begins at `from`, further attributes included.
fn item_end(code: &str, mut from: usize) -> usize {
    while let Some(attribute) = LEADING_ATTRIBUTE.find(&code[from..]) {
        from = closing(code, from + attribute.end() - 1) + 1;
    }
    let ends_in_semicolon = USE_ITEM.is_match(&code[from..]);
    while let Some(offset) = code[from..].find([';', '(', '[', '{']) {
        let at = from + offset;
        match code.as_bytes()[at] {
            b';' => return at + 1,
            b'{' if !ends_in_semicolon => return closing(code, at) + 1,
            _ => from = closing(code, at) + 1,
        }
    }
    code.len()
}

static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"#!?\[").unwrap());
static LEADING_ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\s*#\[").unwrap());
static CFG_TEST: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"#\[cfg\((?:test|all\(test\b[^\]]*\))\)\]").unwrap());
static USE_ITEM: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\s*(?:pub(?:\([^)]*\))?\s+)?use\b").unwrap());
static RAW_STRING: LazyLock<Regex> = LazyLock::new(|| Regex::new(r##"^[bc]?r(#*)""##).unwrap());
static STRING: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"^"(?s:\\.|[^"\\])*""#).unwrap());
/// A lifetime has no second quote.
static CHARACTER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\])'").unwrap());
static COMMENT_MARK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"/\*|\*/").unwrap());

#[test]
fn comments_and_literals_are_blank_and_code_is_left() {
    let cases = [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        ("(\"é\\\" // \", x)", "(\"        \", x)"),
        ("r#\"a\" b\"# c", "r#\"    \"# c"),
        ("br\"\\\" c", "br\" \" c"),
        ("b'\"' 'x' '\\'' '\\u{1F600}' c", "b' ' ' ' '  ' '         ' c"),
        ("fn f<'a>(x: &'a str) -> Y<'a> {}", "fn f<'a>(x: &'a str) -> Y<'a> {}"),
        ("\"never closed", "\"never closed"),
    ];
    for (text, expected) in cases {
        assert_eq!(code(text), expected, "{text}");
    }
}

#[test]
fn a_test_item_ends_where_it_ends() {
    let cases = [
        ("#[cfg(test)]\nmod tests { fn a() { {} } } rest", " rest"),
        ("#[cfg(test)] mod tests; rest", " rest"),
        ("#[cfg(test)] use a::{b, c}; rest", " rest"),
        ("#[cfg(test)] #[rustfmt::skip] fn f(x: [u8; 2]) -> u8 { 1 } rest", " rest"),
        ("#[cfg(all(test, unix))] mod tests {} rest", " rest"),
        ("#[cfg(any(test, unix))] mod tests {} rest", ""),
    ];
    for (code, expected) in cases {
        let rest = test_items(code).first().map_or("", |item| &code[item.end..]);
        assert_eq!(rest, expected, "{code}");
    }
}
