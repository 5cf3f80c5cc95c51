//! From the configured modems to running lanes. Shell.

use std::collections::BTreeMap;
use std::path::Path;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::config::Loaded;
use crate::dispatch::{LaneHandle, LaneStatus, LanesView};
use crate::message::LaneName;
use crate::modem::lane::Lane;
use crate::modem::orders::Report;
use crate::modem::setup::Wishes;
use crate::modem::sim::{Script, Sim};
use crate::modem::transport::Source;
use crate::modem::{Address, ModemConfig};

/// The simulated modems of a gateway.
pub type Sims = BTreeMap<LaneName, Sim>;

/// Makes the simulated modems a config asks for.
///
/// # Errors
/// One sentence: a script cannot be read.
pub fn sims_for(modems: &[ModemConfig]) -> Result<Sims, String> {
    let mut sims = Sims::new();
    for modem in modems {
        let Address::Sim { script } = &modem.address else { continue };
        sims.insert(modem.name.clone(), Sim::new(script_of(script.as_deref().map(Path::new))?));
    }
    Ok(sims)
}

/// How a simulated modem is to behave; without a file, well.
///
/// # Errors
/// One sentence: the file cannot be read, or is no script.
pub fn script_of(file: Option<&Path>) -> Result<Script, String> {
    let Some(file) = file else { return Ok(Script::default()) };
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Script::parse(&text).map_err(|error| format!("{}:{error}", file.display()))
}

/// The running lanes and the wires to them.
pub(crate) struct Lanes {
    pub handles: BTreeMap<LaneName, LaneHandle>,
    pub reports: mpsc::Receiver<(LaneName, Report)>,
    pub tasks: JoinSet<()>,
}

impl Lanes {
    /// What is known before anything was heard of any of them.
    pub(crate) fn unheard(&self) -> LanesView {
        self.handles.keys().map(|name| (name.clone(), LaneStatus::default())).collect()
    }
}

/// Orders a lane may have on its wire: a text, its fire or abort, and one more for luck.
const ORDERS: usize = 4;
/// Reports on their way to dispatch; lanes wait when it is full.
const REPORTS: usize = 64;

/// Starts a lane for every modem.
pub(crate) fn start_lanes(loaded: &Loaded, sims: &Sims) -> Lanes {
    let (reports, receiver) = mpsc::channel(REPORTS);
    let mut lanes = Lanes { handles: BTreeMap::new(), reports: receiver, tasks: JoinSet::new() };
    for modem in &loaded.config.modems {
        let (orders, lane_orders) = mpsc::channel(ORDERS);
        let (listen_until, lane_listens) = watch::channel(None);
        let source = match sims.get(&modem.name) {
            Some(sim) => Source::Sim(sim.clone()),
            None => Source::Address(modem.address.clone()),
        };
        let lane = Lane {
            name: modem.name.clone(),
            source,
            wishes: Wishes {
                mode: modem.mode,
                pin: loaded.pins.get(&modem.name).cloned(),
                smsc: modem.smsc.as_ref().map(|number| number.expose().to_owned()),
            },
            answer_within: modem.answer_within,
            orders: lane_orders,
            reports: reports.clone(),
            listen_until: lane_listens,
        };
        lanes.tasks.spawn(lane.run());
        lanes.handles.insert(modem.name.clone(), LaneHandle { orders, listen_until });
    }
    lanes
}
