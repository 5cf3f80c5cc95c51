//! What the answers to a set-up's questions say. Absent means the modem does not tell (quirks 5, 6, 13).

use crate::at::Response;
use crate::sms::WireCharset;

/// An identity line, with or without its prefix and quotes; bounded, because it becomes a metric label.
#[must_use]
pub fn identity(answer: &Response, prefix: &str) -> Option<String> {
    let line = answer.value(prefix).or_else(|| answer.info.first().map(String::as_str))?;
    let plain: String = line.trim_matches('"').chars().filter(|c| !c.is_control()).take(MAX_IDENTITY).collect();
    (answer.is_ok() && !plain.is_empty()).then_some(plain)
}

const MAX_IDENTITY: usize = 64;

/// The character set a modem reads back (`AT+CSCS?`). Sets that share the letters and digits of ASCII count as unknown
/// ones, in which only those are used; nothing for sets in which text would arrive garbled (UCS2, HEX).
#[must_use]
pub fn charset(read_back: Option<&str>) -> Option<WireCharset> {
    match read_back.map(|name| name.trim_matches('"').to_ascii_uppercase()).as_deref() {
        Some("GSM") => Some(WireCharset::Gsm),
        Some("IRA" | "ASCII") => Some(WireCharset::Ira),
        Some("UCS2" | "HEX") => None,
        _ => Some(WireCharset::Unknown),
    }
}

/// `+CREG: [n,]stat[,…]`. Unknown when the modem does not tell.
#[must_use]
pub fn registration(answer: &Response, prefix: &str) -> Option<bool> {
    let mut fields = answer.value(prefix)?.split(',').map(|field| field.trim().trim_matches('"'));
    let first = fields.next()?;
    let stat: u8 = fields.next().unwrap_or(first).parse().ok()?;
    Some(matches!(stat, 1 | 5 | 6 | 7 | 9 | 10))
}

/// `+CSQ: rssi,ber` in dBm (27.007 8.5); 99 is unknown.
#[must_use]
pub fn signal_dbm(answer: &Response) -> Option<i16> {
    let rssi: i16 = answer.value("+CSQ")?.split(',').next()?.trim().parse().ok()?;
    (0..=31).contains(&rssi).then(|| -113 + 2 * rssi)
}
