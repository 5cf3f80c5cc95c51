//! What a modem can be told with AT commands and forgets when it restarts.

use crate::modem::sim::script::Script;

/// The settings. Kept across connections: they are the modem's, not the client's.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// `ATE`.
    pub(super) echo: bool,
    /// `ATV`.
    pub(super) verbose: bool,
    /// `ATQ`.
    pub(super) quiet: bool,
    /// `AT+CMEE`.
    pub(super) errors: u8,
    /// `AT+CMGF`: text mode rather than PDU mode.
    pub(super) text_mode: bool,
    /// `AT+CSCS`.
    pub(super) charset: String,
    /// `AT+CSMP`: first octet, TP-VP, TP-PID, TP-DCS.
    pub(super) parameters: [u8; 4],
    /// `AT+CNMI`.
    pub(super) indications: [u8; 5],
    /// `AT+CPMS`.
    pub(super) memories: [String; 3],
    /// `AT+CREG=`, `AT+CGREG=`, `AT+CEREG=`, as far as it is told back.
    pub(super) registration_reports: u8,
    /// `AT+CSMS`.
    pub(super) service: u8,
    /// `AT+CMMS`.
    pub(super) keep_link: u8,
    /// `AT+CFUN`: 1 is full function.
    pub(super) functionality: u8,
}

impl Settings {
    /// As after power-up.
    pub(super) fn new(script: &Script) -> Self {
        Self {
            echo: script.echo,
            verbose: true,
            quiet: false,
            errors: 0,
            text_mode: !script.has_pdu(),
            charset: script.charsets.first().cloned().unwrap_or_default(),
            parameters: [17, 167, 0, 0],
            indications: [0; 5],
            memories: ["SM"; 3].map(str::to_owned),
            registration_reports: 0,
            service: 0,
            keep_link: 0,
            functionality: 1,
        }
    }
}
