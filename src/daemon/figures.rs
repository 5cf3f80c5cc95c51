//! Counters at 0 from the start, so that their first step is seen. Shell.

use crate::clock::now;
use crate::config::Config;
use crate::message::{Priority, TextState};
use crate::metrics::Metrics;
use crate::plan::{DuplicateKind, Rules};

/// Codes the webhook answers with.
const CODES: [&str; 7] = ["200", "400", "401", "403", "405", "415", "503"];
/// What keeps an answer away.
const DOUBTS: [&str; 6] = ["timeout", "io", "crash", "error", "cms_332", "cms_500"];
/// What a modem fails with, beside codes.
const FAILURES: [&str; 4] = ["timeout", "io", "no_prompt", "error"];

/// Everything known when a process starts.
pub(crate) fn at_start(metrics: &Metrics, config: &Config, rules: &Rules) {
    of_config(metrics, config);
    of_rules(metrics, rules);
    metrics.reload_successful.set(1.0);
    metrics.reload_timestamp.set(now().as_second() as f64);
}

/// What the config decides.
fn of_config(metrics: &Metrics, config: &Config) {
    CODES.iter().for_each(|code| metrics.webhook_requests.with_label_values(&[*code]).reset());
    for status in ["firing", "resolved"] {
        metrics.alerts_received.with_label_values(&[status]).reset();
    }
    DuplicateKind::ALL.iter().for_each(|kind| metrics.duplicates.with_label_values(&[kind.as_str()]).reset());
    for modem in config.modems.iter().map(|modem| modem.name.as_str()) {
        DOUBTS.iter().for_each(|reason| metrics.in_doubt.with_label_values(&[modem, reason]).reset());
        FAILURES.iter().for_each(|reason| metrics.failures.with_label_values(&[modem, reason]).reset());
        metrics.segments.with_label_values(&[modem]).reset();
        metrics.attempts.with_label_values(&[modem]).reset();
        metrics.reconnects.with_label_values(&[modem]).reset();
        metrics.modem_up.with_label_values(&[modem]).set(0);
    }
}

/// What a reload may change.
pub(crate) fn of_rules(metrics: &Metrics, rules: &Rules) {
    let ends = [TextState::Accepted, TextState::Failed, TextState::Expired, TextState::Suppressed];
    for person in rules.policy.people.keys() {
        for priority in Priority::ALL {
            for state in ends {
                // Present from now on; a count that is already there stays.
                metrics.texts.with_label_values(&[person.as_str(), priority.as_str(), state.as_str()]).inc_by(0);
            }
        }
    }
    rules.templates.names().for_each(|name| metrics.template_failures.with_label_values(&[name]).inc_by(0));
}
