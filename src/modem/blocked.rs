//! Why a modem that answers cannot be used, in an operator's words.

/// Why a modem cannot be used. Trying again without a change is of no use for some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// The SIM wants a PIN and none is configured.
    PinMissing,
    /// The SIM refused the configured PIN; it is not tried again.
    PinRefused,
    /// The SIM is blocked and wants its PUK, which only a human enters.
    PukNeeded,
    /// No SIM, or a broken one.
    NoSim,
    /// Text mode only, in a character set that is not spoken here.
    NoCharset,
    /// `mode: pdu` is configured and `AT+CMGF?` does not read back 0.
    NoPduMode,
}

impl Blocked {
    /// What an operator has to know and do.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::PinMissing => "the SIM wants a PIN: put it in a file and name it as `pin_file:` of this modem",
            Self::PinRefused => {
                "the SIM refused the PIN of `pin_file:`; it is not tried again, so that the SIM is not blocked: \
                 correct the file and restart"
            }
            Self::PukNeeded => "the SIM is blocked: enter its PUK in a phone",
            Self::NoSim => "the modem finds no working SIM: insert one or check its contacts",
            Self::NoCharset => {
                "the modem has text mode only and takes neither GSM nor IRA as character set (`AT+CSCS=?` lists its own)"
            }
            Self::NoPduMode => "the modem does not read back PDU mode: write `mode: auto` or `mode: text`",
        }
    }
}
