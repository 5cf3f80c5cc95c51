//! Everything `/metrics` shows. Names are interface; people by id, never by number. Written by shells only.
//!
//! Counters are present at 0 from the start wherever their labels are known; a gauge without a value is absent.

use prometheus::{
    Encoder, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

/// All metrics and their registry.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    /// `nightbell_webhook_requests_total{code}`
    pub webhook_requests: IntCounterVec,
    /// `nightbell_webhook_request_duration_seconds`
    pub webhook_duration: Histogram,
    /// `nightbell_alerts_received_total{status}`
    pub alerts_received: IntCounterVec,
    /// `nightbell_webhook_duplicates_total{kind}`
    pub duplicates: IntCounterVec,
    /// `nightbell_webhook_truncated_total`
    pub truncated: IntCounter,
    /// `nightbell_webhook_nonconforming_total`
    pub nonconforming: IntCounter,
    /// `nightbell_last_webhook_timestamp_seconds`; absent before the first.
    pub last_webhook: Late,
    /// `nightbell_texts_total{recipient,severity,outcome}`
    pub texts: IntCounterVec,
    /// `nightbell_texts_in_doubt_total{modem,reason}`
    pub in_doubt: IntCounterVec,
    /// `nightbell_texts_marked_total`
    pub marked: IntCounter,
    /// `nightbell_segments_total{modem}`
    pub segments: IntCounterVec,
    /// `nightbell_send_attempts_total{modem}`
    pub attempts: IntCounterVec,
    /// `nightbell_send_failures_total{modem,reason}`
    pub failures: IntCounterVec,
    /// `nightbell_send_duration_seconds{modem}`
    pub send_duration: HistogramVec,
    /// `nightbell_end_to_end_seconds{from}`
    pub end_to_end: HistogramVec,
    /// `nightbell_queue_texts{priority}`
    pub queue: IntGaugeVec,
    /// `nightbell_queue_oldest_timestamp_seconds`; absent while nothing is open.
    pub oldest: Late,
    /// `nightbell_last_success_timestamp_seconds{modem}`
    pub last_success: GaugeVec,
    /// `nightbell_modem_up{modem}`
    pub modem_up: IntGaugeVec,
    /// `nightbell_modem_registered{modem}`; absent while unknown.
    pub modem_registered: IntGaugeVec,
    /// `nightbell_modem_signal_dbm{modem}`; absent while unknown.
    pub modem_signal: IntGaugeVec,
    /// `nightbell_modem_info{modem,manufacturer,model,firmware}`
    pub modem_info: IntGaugeVec,
    /// `nightbell_modem_reconnects_total{modem}`
    pub reconnects: IntCounterVec,
    /// `nightbell_heartbeat_last_received_timestamp_seconds{name}`
    pub heartbeat: GaugeVec,
    /// `nightbell_template_failures_total{template}`
    pub template_failures: IntCounterVec,
    /// `nightbell_unrouted_total`
    pub unrouted: IntCounter,
    /// `nightbell_oncall_active{schedule,person}`
    pub oncall: IntGaugeVec,
    /// `nightbell_config_last_reload_successful`
    pub reload_successful: Gauge,
    /// `nightbell_config_last_reload_success_timestamp_seconds`
    pub reload_timestamp: Gauge,
}

/// A gauge that is absent until it has a value, and absent again when it has none.
#[derive(Clone)]
pub struct Late {
    family: GaugeVec,
}

impl Late {
    /// Gives it a value, or takes it away.
    pub fn set(&self, value: Option<f64>) {
        match value {
            Some(value) => self.family.with_label_values::<&str>(&[]).set(value),
            None => self.family.reset(),
        }
    }
}

/// Seconds: a webhook's answer is one fsync.
const ANSWER_BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];
/// Seconds: a submission takes two to ten, and up to three minutes.
const SEND_BUCKETS: [f64; 9] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 185.0];
/// Seconds from a beginning to the network's acceptance.
const WAY_BUCKETS: [f64; 10] = [1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 14400.0];

impl Metrics {
    /// A fresh set, with this process's own.
    #[must_use]
    pub fn new() -> Self {
        let registry = Registry::new();
        let metrics = Build { registry: &registry }.all();
        let info = IntGaugeVec::new(
            Opts::new("nightbell_build_info", "Which Nightbell this is"),
            &["version", "revision", "rustversion"],
        )
        .expect("a name and labels that are constants");
        let revision = option_env!("NIGHTBELL_REVISION").unwrap_or("unknown");
        info.with_label_values(&[env!("CARGO_PKG_VERSION"), revision, env!("CARGO_PKG_RUST_VERSION")]).set(1);
        registry.register(Box::new(info)).expect("each name is registered once");
        let process = prometheus::process_collector::ProcessCollector::for_self();
        registry.register(Box::new(process)).expect("each name is registered once");
        metrics
    }

    /// The text format, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> Vec<u8> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).expect("writing to memory does not fail");
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

struct Build<'a> {
    registry: &'a Registry,
}

impl Build<'_> {
    fn all(&self) -> Metrics {
        Metrics {
            registry: self.registry.clone(),
            webhook_requests: self.counters(
                "nightbell_webhook_requests_total",
                "Notifications answered, by HTTP code",
                &["code"],
            ),
            webhook_duration: self.histogram(
                "nightbell_webhook_request_duration_seconds",
                "From the body read to the answer",
                &ANSWER_BUCKETS,
            ),
            alerts_received: self.counters("nightbell_alerts_received_total", "Alerts in notifications", &["status"]),
            duplicates: self.counters(
                "nightbell_webhook_duplicates_total",
                "Notifications that owed nothing new",
                &["kind"],
            ),
            truncated: self.counter("nightbell_webhook_truncated_total", "Notifications whose list the sender had cut"),
            nonconforming: self.counter(
                "nightbell_webhook_nonconforming_total",
                "Notifications with fields missing or of a wrong type",
            ),
            last_webhook: self.late("nightbell_last_webhook_timestamp_seconds", "When the last notification came"),
            texts: self.counters(
                "nightbell_texts_total",
                "Texts that reached an end",
                &["recipient", "severity", "outcome"],
            ),
            in_doubt: self.counters(
                "nightbell_texts_in_doubt_total",
                "Texts handed to the radio without an answer",
                &["modem", "reason"],
            ),
            marked: self.counter("nightbell_texts_marked_total", "Second copies queued with a *"),
            segments: self.counters(
                "nightbell_segments_total",
                "Messages the network took and may charge for",
                &["modem"],
            ),
            attempts: self.counters("nightbell_send_attempts_total", "Attempts to submit a text", &["modem"]),
            failures: self.counters(
                "nightbell_send_failures_total",
                "Attempts that were refused or stayed unanswered",
                &["modem", "reason"],
            ),
            send_duration: self.histograms(
                "nightbell_send_duration_seconds",
                "From the commit byte to the verdict",
                &["modem"],
                &SEND_BUCKETS,
            ),
            end_to_end: self.histograms(
                "nightbell_end_to_end_seconds",
                "To the network's acceptance, from the webhook or from startsAt",
                &["from"],
                &WAY_BUCKETS,
            ),
            queue: self.gauges("nightbell_queue_texts", "Texts not yet at an end", &["priority"]),
            oldest: self.late("nightbell_queue_oldest_timestamp_seconds", "When the oldest open text was queued"),
            last_success: self.float_gauges(
                "nightbell_last_success_timestamp_seconds",
                "When the network last took a text",
                &["modem"],
            ),
            modem_up: self.gauges("nightbell_modem_up", "Whether the modem is set up and answers", &["modem"]),
            modem_registered: self.gauges(
                "nightbell_modem_registered",
                "Whether it is registered with a network",
                &["modem"],
            ),
            modem_signal: self.gauges("nightbell_modem_signal_dbm", "Signal strength", &["modem"]),
            modem_info: self.gauges(
                "nightbell_modem_info",
                "What the modem says it is",
                &["modem", "manufacturer", "model", "firmware"],
            ),
            reconnects: self.counters(
                "nightbell_modem_reconnects_total",
                "Times the modem went out of service",
                &["modem"],
            ),
            heartbeat: self.float_gauges(
                "nightbell_heartbeat_last_received_timestamp_seconds",
                "When a heartbeat last came",
                &["name"],
            ),
            template_failures: self.counters(
                "nightbell_template_failures_total",
                "Texts written in plain words because a template failed",
                &["template"],
            ),
            unrouted: self
                .counter("nightbell_unrouted_total", "Alerts the fallback got because their route came to nobody"),
            oncall: self.gauges("nightbell_oncall_active", "Who is on call now", &["schedule", "person"]),
            reload_successful: self
                .gauge("nightbell_config_last_reload_successful", "Whether the last reload was taken over"),
            reload_timestamp: self
                .gauge("nightbell_config_last_reload_success_timestamp_seconds", "When a reload was last taken over"),
        }
    }

    fn add<M: prometheus::core::Collector + Clone + 'static>(&self, metric: prometheus::Result<M>) -> M {
        let metric = metric.expect("a name and labels that are constants");
        self.registry.register(Box::new(metric.clone())).expect("each name is registered once");
        metric
    }

    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.add(IntCounter::new(name, help))
    }
    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.add(IntCounterVec::new(Opts::new(name, help), labels))
    }
    fn gauge(&self, name: &str, help: &str) -> Gauge {
        self.add(Gauge::new(name, help))
    }
    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.add(IntGaugeVec::new(Opts::new(name, help), labels))
    }
    fn float_gauges(&self, name: &str, help: &str, labels: &[&str]) -> GaugeVec {
        self.add(GaugeVec::new(Opts::new(name, help), labels))
    }
    fn late(&self, name: &str, help: &str) -> Late {
        Late { family: self.float_gauges(name, help, &[]) }
    }
    fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Histogram {
        self.add(Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec())))
    }
    fn histograms(&self, name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> HistogramVec {
        self.add(HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauge_without_a_value_is_absent() {
        let metrics = Metrics::new();
        let shown = |metrics: &Metrics| String::from_utf8(metrics.render()).expect("text");
        assert!(!shown(&metrics).contains("nightbell_last_webhook_timestamp_seconds"));
        metrics.last_webhook.set(Some(5.0));
        assert!(shown(&metrics).contains("nightbell_last_webhook_timestamp_seconds 5"));
        metrics.oldest.set(Some(1.0));
        metrics.oldest.set(None);
        assert!(!shown(&metrics).contains("nightbell_queue_oldest"));
        assert!(shown(&metrics).contains("nightbell_unrouted_total 0"));
        assert!(shown(&metrics).contains("process_resident_memory_bytes"));
    }
}
