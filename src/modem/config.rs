//! One entry of `modems:` in `nightbell.yml`.

use std::path::PathBuf;
use std::time::Duration;

use crate::message::LaneName;
use crate::modem::address::Address;
use crate::modem::direct;
use crate::modem::setup::ModeChoice;
use crate::sms::Number;

/// One modem, as the operator describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModemConfig {
    /// `name:`, the lane's name in logs and metrics; unique among the modems.
    pub name: LaneName,
    /// `address:`, where it is; unique among the modems, the simulated ones aside.
    pub address: Address,
    /// `mode:`, PDU or text mode; default [`ModeChoice::Auto`].
    pub mode: ModeChoice,
    /// `pin_file:`, the file that holds the SIM's PIN and nothing else; absent: the SIM asks for none.
    pub pin_file: Option<PathBuf>,
    /// `smsc:`, the operator's message centre; absent: as the SIM knows it.
    pub smsc: Option<Number>,
    /// `answer_within:`, how long the network may take to answer a submission; from
    /// [`ModemConfig::LEAST_ANSWER_WITHIN`] to [`ModemConfig::LONGEST_ANSWER_WITHIN`], default
    /// [`ModemConfig::DEFAULT_ANSWER_WITHIN`]. Modems on NB-IoT need 420 s.
    pub answer_within: Duration,
}

impl ModemConfig {
    /// What the slowest modems of the usual kind say of themselves (three minutes), and a little more.
    pub const DEFAULT_ANSWER_WITHIN: Duration = direct::ANSWER_WITHIN;

    /// The longest a circuit-switched network may take by its own timers (TS 24.011, 10.1: TR1M); with less, a text
    /// that is merely slow would be in doubt.
    pub const LEAST_ANSWER_WITHIN: Duration = Duration::from_secs(45);

    /// Beyond NB-IoT's seven minutes nothing answers any more, and a lane that waits sends nothing.
    pub const LONGEST_ANSWER_WITHIN: Duration = Duration::from_secs(600);
}
