//! `modems:`, which radio the texts go out by.

use crate::config::load::{duration, one_of, path};
use crate::message::LaneName;
use crate::modem::setup::ModeChoice;
use crate::modem::{Address, ModemConfig};
use crate::sms::Number;
use crate::yaml::{Fields, Findings, Node, list, shown, text};

/// All modems that are whole, in the order of the file.
pub(super) fn read_modems(node: &Node, findings: &mut Findings) -> Vec<ModemConfig> {
    let Some(items) = list(node, "modems", MODEMS_EXAMPLE, findings) else {
        return Vec::new();
    };
    if items.is_empty() {
        let message = "`modems:` names no modem, so nothing could be sent";
        findings.add(node.place, message, format!("write such as `{MODEMS_EXAMPLE}`"));
    }
    if items.len() > MAX_MODEMS {
        let message = format!("there are {} modems, more than the {MAX_MODEMS} that are driven", items.len());
        findings.add(node.place, message, "name fewer, or run a second Nightbell");
        return Vec::new();
    }
    let mut modems: Vec<ModemConfig> = Vec::new();
    for item in items {
        if let Some(modem) = read_modem(item, &modems, findings) {
            modems.push(modem);
        }
    }
    modems
}

fn read_modem(node: &Node, others: &[ModemConfig], findings: &mut Findings) -> Option<ModemConfig> {
    let what = "a modem";
    let known = ["name", "address", "mode", "pin_file", "smsc", "answer_within"];
    let fields = Fields::read(node, what, &known, findings)?;
    let name = fields.need("name", what, "name: stick", findings);
    let address = fields.need("address", what, ADDRESS_EXAMPLE, findings);
    let name = name.and_then(|node| read_name(node, others, findings));
    let address = address.and_then(|node| read_address(node, others, findings));
    let mode = fields.get("mode").and_then(|node| read_mode(node, findings)).unwrap_or_default();
    let pin_file = fields.get("pin_file").and_then(|node| path(node, "pin_file", "pin", findings));
    let smsc = fields.get_filled("smsc").and_then(|node| read_smsc(node, findings));
    let bounds = ModemConfig::LEAST_ANSWER_WITHIN..=ModemConfig::LONGEST_ANSWER_WITHIN;
    let answer_within = fields.get("answer_within");
    let answer_within = answer_within.and_then(|node| duration(node, "answer_within", "185s", bounds, findings));
    let answer_within = answer_within.unwrap_or(ModemConfig::DEFAULT_ANSWER_WITHIN);
    Some(ModemConfig { name: name?, address: address?, mode, pin_file, smsc, answer_within })
}

fn read_name(node: &Node, others: &[ModemConfig], findings: &mut Findings) -> Option<LaneName> {
    let written = text(node, "name", "stick", findings)?;
    let name = LaneName::parse(written).map_err(|sentence| findings.add_sentence(node.place, &sentence)).ok()?;
    if others.iter().any(|other| other.name == name) {
        findings.add(node.place, format!("two modems have the name `{name}`"), "give one of them another `name:`");
        return None;
    }
    Some(name)
}

fn read_address(node: &Node, others: &[ModemConfig], findings: &mut Findings) -> Option<Address> {
    let written = text(node, "address", "tcp://192.0.2.10:8081", findings)?;
    let address = Address::parse(written).map_err(|sentence| findings.add_sentence(node.place, &sentence)).ok()?;
    if let Some(other) = others.iter().find(|other| is_same_place(&other.address, &address)) {
        let message = format!("the modem `{}` has this address already", other.name);
        findings.add(node.place, message, "keep one of the two, or correct the address");
        return None;
    }
    Some(address)
}

/// Whether two addresses lead to one modem, whatever rate it is spoken to at. Simulated ones are as many as wanted.
fn is_same_place(one: &Address, other: &Address) -> bool {
    match (one, other) {
        (Address::Serial { path: one, .. }, Address::Serial { path: other, .. }) => one == other,
        (Address::Tcp { host: one, port: one_port }, Address::Tcp { host: other, port: other_port }) => {
            one.eq_ignore_ascii_case(other) && one_port == other_port
        }
        _ => false,
    }
}

fn read_mode(node: &Node, findings: &mut Findings) -> Option<ModeChoice> {
    let word = text(node, "mode", "auto", findings)?;
    let mode = ModeChoice::parse(word);
    if mode.is_none() {
        findings.add(node.place, format!("{} is no mode", shown(word)), one_of(word, &["auto", "pdu", "text"]));
    }
    mode
}

fn read_smsc(node: &Node, findings: &mut Findings) -> Option<Number> {
    let written = text(node, "smsc", "+33639980000", findings)?;
    let wrong = |sentence: String| format!("the message centre is wrong: {sentence}");
    Number::parse(written).map_err(|sentence| findings.add_sentence(node.place, &wrong(sentence))).ok()
}

/// Most modems of one Nightbell: each is a task, a label and a SIM; nobody has a rack of more.
const MAX_MODEMS: usize = 32;

const ADDRESS_EXAMPLE: &str = "address: \"tcp://192.0.2.10:8081\"";

pub(super) const MODEMS_EXAMPLE: &str = "[ { name: stick, address: \"serial:///dev/ttyUSB0?baud=115200\" } ]";
