//! What the agent counts, for Prometheus.

use imagegate_node::{Outcome, Verdict};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::fmt::{self, Write};
use std::time::Duration;

/// All of it.
pub(crate) struct Metrics {
    registry: Registry,
    decisions: Family<Label, Counter>,
    seconds: Histogram,
    pub(crate) not_scanned: Counter,
    pub(crate) cache_misses: Counter,
    pub(crate) reloads: Counter,
    pub(crate) broken_reloads: Counter,
    pub(crate) store_failures: Counter,
    pub(crate) passed: Counter,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Label {
    outcome: Word,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Word(Outcome);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        encoder.write_str(self.0.as_str())
    }
}

/// Seconds, from a tenth of a millisecond to some seconds.
const BUCKETS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0];

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("imagegate");
        let decisions = Family::<Label, Counter>::default();
        for outcome in Outcome::ALL {
            // From the beginning, so that a rate can be built of the first one.
            drop(decisions.get_or_create(&Label { outcome: Word(outcome) }));
        }
        let seconds = Histogram::new(BUCKETS);
        registry.register("decisions", "Decisions and failures to decide", decisions.clone());
        registry.register(
            "decision_seconds",
            "Time to a decision, with what was read for it",
            seconds.clone(),
        );
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::<u64>::default();
            registry.register(name, help, counter.clone());
            counter
        };
        Self {
            not_scanned: counter("not_scanned", "Decisions about images without a scan profile"),
            cache_misses: counter("profile_cache_misses", "Scan profiles that were read"),
            reloads: counter("policy_reloads", "Changed policies that were loaded"),
            broken_reloads: counter("policy_reloads_broken", "Changed policies that could not be loaded"),
            store_failures: counter("store_failures", "Decisions whose events could not be recorded"),
            passed: counter("passed_requests", "Requests that start nothing"),
            registry,
            decisions,
            seconds,
        }
    }
}

impl Metrics {
    pub(crate) fn decided(&self, verdict: &Verdict, took: Duration) {
        self.decisions.get_or_create(&Label { outcome: Word(verdict.outcome) }).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// In the text format of OpenMetrics.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(error) => format!("# {error}\n"),
        }
    }
}
