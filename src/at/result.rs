//! Which lines end a command (27.005 chapter 3.2.5, 27.007 chapter 9), and what they say.

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalResult {
    /// `OK`.
    Ok,
    /// The modem refused.
    Error(ErrorCode),
    /// Nothing final came before the absolute deadline.
    Timeout,
}

/// The refusal, by family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// `+CMS ERROR: n` (27.005). Either family may answer any command.
    Cms(u16),
    /// `+CME ERROR: n` (27.007).
    Cme(u16),
    /// `ERROR`, or a vendor's own word for it.
    Plain,
}

impl FinalResult {
    /// Reads a trimmed line; `None` when it is not final. `NO CARRIER`, `BUSY` and `RING` end dialled calls, never
    /// one of our commands.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let upper = line.to_ascii_uppercase();
        if upper == "OK" || upper == "0" {
            return Some(Self::Ok);
        }
        if VENDOR_ERRORS.iter().any(|word| upper == *word) || upper.starts_with("MODEM ERROR") {
            return Some(Self::Error(ErrorCode::Plain));
        }
        let bare = upper.strip_prefix('+').unwrap_or(&upper);
        if let Some(rest) = bare.strip_prefix("CMS ERROR") {
            return Some(Self::Error(code(rest).map_or(ErrorCode::Plain, ErrorCode::Cms)));
        }
        let rest = bare.strip_prefix("CME ERROR")?;
        Some(Self::Error(code(rest).map_or(ErrorCode::Plain, ErrorCode::Cme)))
    }
}

/// The number after the colon, or that of the words some modems write instead (`AT+CMEE=2`).
fn code(rest: &str) -> Option<u16> {
    let text = rest.trim_matches(|c: char| c == ':' || c == '"' || c.is_whitespace());
    text.parse().ok().or_else(|| WORDS.iter().find(|(words, _)| *words == text).map(|(_, code)| *code))
}

/// What modems say instead of `ERROR` (quirk 18), and the numeric `4` of `ATV0`.
const VENDOR_ERRORS: [&str; 8] = [
    "ERROR",
    "4",
    "ERR",
    "COMMAND NOT SUPPORT",
    "NA",
    "NOT FOND ^,NOT CUSTOM AT",
    "TOO MANY PARAMETERS",
    "COMMAND NOT SUPPORTED",
];

/// 27.007 clause 9.2's words, upper case, for the codes whose meaning decides something here.
const WORDS: [(&str, u16); 16] = [
    ("PHONE FAILURE", 0),
    ("OPERATION NOT ALLOWED", 3),
    ("OPERATION NOT SUPPORTED", 4),
    ("SIM NOT INSERTED", 10),
    ("SIM PIN REQUIRED", 11),
    ("SIM PUK REQUIRED", 12),
    ("SIM FAILURE", 13),
    ("SIM BUSY", 14),
    ("SIM WRONG", 15),
    ("INCORRECT PASSWORD", 16),
    ("SIM PIN2 REQUIRED", 17),
    ("SIM PUK2 REQUIRED", 18),
    ("MEMORY FULL", 20),
    ("NO NETWORK SERVICE", 30),
    ("NETWORK TIMEOUT", 31),
    ("UNKNOWN", 100),
];

/// Whether a line says the modem has just started again: whatever was set up is gone (quirk 51).
#[must_use]
pub fn is_boot_banner(line: &str) -> bool {
    BOOT_BANNERS.iter().any(|banner| line.starts_with(banner))
}

const BOOT_BANNERS: [&str; 5] = ["RDY", "^SYSSTART", "NORMAL POWER DOWN", "^BOOT:", "POWERED DOWN"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_results_in_every_spelling() {
        let cases = [
            ("OK", Some(FinalResult::Ok)),
            ("0", Some(FinalResult::Ok)),
            ("ERROR", Some(FinalResult::Error(ErrorCode::Plain))),
            ("+CMS ERROR: 500", Some(FinalResult::Error(ErrorCode::Cms(500)))),
            ("+CMS ERROR:500", Some(FinalResult::Error(ErrorCode::Cms(500)))),
            ("+CME ERROR: 14", Some(FinalResult::Error(ErrorCode::Cme(14)))),
            ("+CME ERROR: SIM busy", Some(FinalResult::Error(ErrorCode::Cme(14)))),
            ("CME Error: unknown", Some(FinalResult::Error(ErrorCode::Cme(100)))),
            ("+CMS ERROR", Some(FinalResult::Error(ErrorCode::Plain))),
            ("+CMS ERROR: 99999999", Some(FinalResult::Error(ErrorCode::Plain))),
            ("COMMAND NOT SUPPORT", Some(FinalResult::Error(ErrorCode::Plain))),
            ("MODEM ERROR: 7", Some(FinalResult::Error(ErrorCode::Plain))),
            ("NO CARRIER", None),
            ("RING", None),
            ("OKAY", None),
            ("+CMGS: 5", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(FinalResult::parse(line), expected, "{line}");
        }
    }

    #[test]
    fn boot_banners_are_told_from_answers() {
        assert!(is_boot_banner("RDY"));
        assert!(is_boot_banner("^SYSSTART"));
        assert!(!is_boot_banner("+CFUN: 1"));
    }
}
