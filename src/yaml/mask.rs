//! A line of a file, fit to be shown: a routing file holds phone numbers, and no finding may.

/// The line with every phone number in it covered, sign for sign, so that columns stay true.
///
/// A phone number is what has seven digits or more with nothing between them but what people put into phone
/// numbers, and is neither a date nor an IP address. Its first three signs stay.
#[must_use]
pub fn mask_numbers(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let run = if first == '+' || first.is_ascii_digit() { run_of(rest) } else { "" };
        let (shown, behind) = rest.split_at(if run.is_empty() { first.len_utf8() } else { run.len() });
        if is_number(run) {
            masked.extend(shown.chars().enumerate().map(|(at, c)| if at < SHOWN { c } else { covered(c) }));
        } else {
            masked.push_str(shown);
        }
        rest = behind;
    }
    masked
}

/// Digits, and what stands between them.
fn run_of(text: &str) -> &str {
    if is_date(text) {
        return text.get(..DATE_LEN).unwrap_or(text);
    }
    let belongs = |c: char| c == '+' || c.is_ascii_digit() || matches!(c, ' ' | '.' | '-' | '(' | ')' | '/' | '_');
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or(text).trim_end_matches(|c: char| !c.is_ascii_digit() && c != '+')
}

fn is_number(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    digits >= LEAST_DIGITS && !is_date(run) && !is_ip_address(run)
}

/// `2026-01-05`
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes().get(..DATE_LEN).unwrap_or_default();
    let fits = |(at, byte): (usize, &u8)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() };
    bytes.len() == DATE_LEN && bytes.iter().enumerate().all(fits)
}

/// `192.0.2.10`
fn is_ip_address(text: &str) -> bool {
    text.split('.').count() == 4 && text.split('.').all(|part| part.parse::<u8>().is_ok())
}

fn covered(c: char) -> char {
    if c.is_ascii_digit() { '*' } else { c }
}

const DATE_LEN: usize = 10;

/// So much of a number tells the country and no more.
const SHOWN: usize = 3;

/// The shortest number in international form has seven digits (E.164).
const LEAST_DIGITS: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_covered_however_it_is_written() {
        for (line, expected) in [
            ("  ana: { phone: \"+33639980001\" }", "  ana: { phone: \"+33*********\" }"),
            ("phone: 33639980001", "phone: 336********"),
            ("phone: 06 39 98 00 01, x", "phone: 06 ** ** ** **, x"),
            ("+33 (0)6.39-98/00.01", "+33 (*)*.**-**/**.**"),
            ("06.39.98.00.01 and 336.399.800.01", "06.**.**.**.** and 336.***.***.**"),
            ("é +447700900123", "é +44**********"),
        ] {
            assert_eq!(mask_numbers(line), expected);
            assert_eq!(mask_numbers(line).chars().count(), line.chars().count());
        }
    }

    #[test]
    fn what_is_no_number_stays() {
        for line in [
            "from: 2026-12-24T18:00, to: 2026-12-26T09:00",
            "address: \"tcp://192.168.90.103:8081\"",
            "address: \"serial:///dev/ttyUSB0?baud=115200\"",
            "allowed_prefixes: [ \"+33\", \"+336399\" ]",
            "rotation: { every: 1w, handoff: \"Mon 09:00\", from: 2026-01-05 }",
            "",
        ] {
            assert_eq!(mask_numbers(line), line);
        }
    }
}
