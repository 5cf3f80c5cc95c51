//! What people see of dispatch: metrics, the log, the state of the lanes. Shell.

use std::collections::BTreeMap;

use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::clock::now;
use crate::message::{LaneName, TextState};
use crate::metrics::Metrics;
use crate::modem::setup::Capabilities;
use crate::outbox::TextRow;

/// Every lane's state, for people.
pub type LanesView = BTreeMap<LaneName, LaneStatus>;

/// One lane's state, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneStatus {
    /// It is set up and answers.
    pub up: bool,
    /// Why it is not.
    pub why: Option<String>,
    /// Registered with a network, if it tells.
    pub registered: Option<bool>,
    /// Signal strength, if it tells.
    pub signal_dbm: Option<i16>,
    /// Maker and model, if it tells.
    pub identity: Option<String>,
}

/// Shows things to people.
pub struct Show {
    /// What everybody may see of the lanes.
    pub status: watch::Sender<LanesView>,
    /// Figures.
    pub metrics: Metrics,
}

impl Show {
    /// A text came to an end, or into doubt.
    pub(crate) fn ended(&self, row: &TextRow, state: TextState, lane: Option<&LaneName>, reason: Option<&str>) {
        let modem = lane.map_or("", LaneName::as_str);
        let (text, page, recipient) = (row.id.0, row.page.to_string(), row.recipient.as_str());
        if state == TextState::InDoubt {
            let reason = reason.unwrap_or_default();
            self.metrics.in_doubt.with_label_values(&[modem, reason]).inc();
            self.metrics.failures.with_label_values(&[modem, reason]).inc();
            warn!(text, page, recipient, modem, reason, "in doubt: nobody can tell yet whether it went out");
            return;
        }
        self.metrics.texts.with_label_values(&[recipient, row.priority.as_str(), state.as_str()]).inc();
        if state != TextState::Accepted {
            let reason = reason.unwrap_or_default();
            if !modem.is_empty() {
                self.metrics.failures.with_label_values(&[modem, reason]).inc();
            }
            error!(text, page, recipient, modem, reason, state = state.as_str(), "not sent");
            return;
        }
        let at = now();
        self.metrics.segments.with_label_values(&[modem]).inc();
        self.metrics.last_success.with_label_values(&[modem]).set(at.as_second() as f64);
        let seconds = |since: jiff::Timestamp| at.duration_since(since).as_secs_f64().max(0.0);
        self.metrics.end_to_end.with_label_values(&["webhook"]).observe(seconds(row.created));
        if let Some(began) = row.began {
            self.metrics.end_to_end.with_label_values(&["start"]).observe(seconds(began));
        }
        info!(text, page, recipient, modem, marked = row.marked, "accepted by the network");
    }

    /// A text goes back into the queue.
    pub(crate) fn again(&self, lane: Option<&LaneName>, reason: &str, marked: bool) {
        let modem = lane.map_or("", LaneName::as_str);
        if marked {
            self.metrics.marked.inc();
            warn!(modem, reason, "no evidence that it went out: queued again, marked *");
        } else {
            self.metrics.failures.with_label_values(&[modem, reason]).inc();
            warn!(modem, reason, "not sent; queued again");
        }
    }

    /// A lane came into service.
    pub(crate) fn lane_up(&self, name: &LaneName, found: &Capabilities) {
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        let (maker, model, firmware) = (part(&found.manufacturer), part(&found.model), part(&found.firmware));
        info!(modem = %name, maker, model, firmware, mode = ?found.mode, registered = ?found.registered, "in service");
        self.metrics.modem_info.with_label_values(&[name.as_str(), &maker, &model, &firmware]).set(1);
        let identity = format!("{maker} {model}").trim().to_owned();
        self.lane(name, |status| {
            *status = LaneStatus {
                up: true,
                why: None,
                registered: found.registered,
                signal_dbm: found.signal_dbm,
                identity: (!identity.is_empty()).then_some(identity),
            };
        });
    }

    /// A lane's state changed.
    pub(crate) fn lane(&self, name: &LaneName, change: impl FnOnce(&mut LaneStatus)) {
        self.status.send_modify(|view| change(view.entry(name.clone()).or_default()));
        let view = self.status.borrow();
        let Some(status) = view.get(name) else { return };
        let label = [name.as_str()];
        self.metrics.modem_up.with_label_values(&label).set(i64::from(status.up));
        // What is not known is absent, never a made-up 0; removing what is not there is no fault.
        match status.registered.filter(|_| status.up) {
            Some(registered) => self.metrics.modem_registered.with_label_values(&label).set(i64::from(registered)),
            None => drop(self.metrics.modem_registered.remove_label_values(&label)),
        }
        match status.signal_dbm.filter(|_| status.up) {
            Some(dbm) => self.metrics.modem_signal.with_label_values(&label).set(i64::from(dbm)),
            None => drop(self.metrics.modem_signal.remove_label_values(&label)),
        }
    }
}
