//! What the relay tells Prometheus.
//!
//! Labels that come from records (namespace, rule, reason) have a bounded number of combinations;
//! what is beyond is counted under `other`.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use k8s_openapi::jiff::Timestamp;
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::cluster::ApiError;
use crate::progress::Progress;
use crate::report::Report;
use crate::trust::Refused;

/// Why records are dropped, other than by the API server's answer.
const OTHER_DROPS: [&str; 3] = ["expired", "queue_full", "shutdown"];
/// What the API server is asked for.
const OPERATIONS: [&str; 8] = [
    "get", "list", "watch", "log", "read", "create", "patch", "update",
];

/// The most combinations of namespace, rule and reason.
const COMBINATIONS: usize = 2000;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Cause {
    cause: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Written {
    on: &'static str,
    how: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Failure {
    namespace: String,
    rule: String,
    reason: String,
}

type Seconds = Gauge<f64, AtomicU64>;

/// The relay's metrics. Clones count together.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Mutex<Registry>,
    progress: Progress,
    seen: Mutex<HashSet<Failure>>,
    bytes: Counter,
    read: Counter,
    refused: Family<Cause, Counter>,
    known: Counter,
    failures: Family<Failure, Counter>,
    written: Family<Written, Counter>,
    retried: Family<Cause, Counter>,
    dropped: Family<Cause, Counter>,
    dropped_in_all: AtomicU64,
    unresolved: Counter,
    stamps: Counter,
    requests: Family<Request, Counter>,
    newest_lag: Seconds,
    oldest_open: Seconds,
    open: Gauge<i64, AtomicI64>,
    sources: Gauge<i64, AtomicI64>,
    leader: Gauge<i64, AtomicI64>,
}

impl Inner {
    /// A registry of all of them.
    fn registered(&self) -> Registry {
        let mut registry = Registry::with_prefix("event_relay");
        registry.register("read_bytes", "Bytes of logs read", self.bytes.clone());
        registry.register(
            "records_read",
            "Records found in logs and believed",
            self.read.clone(),
        );
        registry.register(
            "records_refused",
            "Lines that look like a record and are not believed, by cause",
            self.refused.clone(),
        );
        registry.register(
            "records_known",
            "Records that had been counted before",
            self.known.clone(),
        );
        registry.register(
            "records_dropped",
            "Records of which no Event was written, by cause",
            self.dropped.clone(),
        );
        registry.register(
            "failures",
            "Failures counted, by namespace, rule and reason",
            self.failures.clone(),
        );
        registry.register(
            "events_written",
            "Events created, and Events counted on",
            self.written.clone(),
        );
        registry.register(
            "retries",
            "Writes that are tried again, by cause",
            self.retried.clone(),
        );
        registry.register(
            "pods_not_found",
            "Records whose pod never appeared",
            self.unresolved.clone(),
        );
        registry.register(
            "stamps_found",
            "Failures found on pods at the start",
            self.stamps.clone(),
        );
        registry.register(
            "api_requests",
            "Requests to the API server, by operation and outcome",
            self.requests.clone(),
        );
        registry.register(
            "newest_record_lag_seconds",
            "Time from the newest record to its Event",
            self.newest_lag.clone(),
        );
        registry.register(
            "oldest_open_record_age_seconds",
            "Age of the oldest record that is not dealt with",
            self.oldest_open.clone(),
        );
        registry.register(
            "open_records",
            "Records that are not dealt with",
            self.open.clone(),
        );
        registry.register("sources", "Logs that are being read", self.sources.clone());
        registry.register(
            "leader",
            "Whether this replica is the one that works",
            self.leader.clone(),
        );
        registry
    }
}

/// What is not to happen, counted from the start: whoever looks for an increase must have seen
/// nothing before.
fn begun() -> (
    Family<Cause, Counter>,
    Family<Cause, Counter>,
    Family<Request, Counter>,
) {
    let (refused, dropped, requests) = <(Family<_, _>, Family<_, _>, Family<_, _>)>::default();
    for cause in Refused::LABELS {
        drop(refused.get_or_create(&Cause { cause }));
    }
    for cause in ApiError::FINAL.iter().chain(&OTHER_DROPS) {
        drop(dropped.get_or_create(&Cause { cause }));
    }
    for operation in OPERATIONS {
        let outcome = "forbidden";
        drop(requests.get_or_create(&Request { operation, outcome }));
    }
    (refused, dropped, requests)
}

/// Held as long as a log is being read.
pub struct OpenSource(Metrics);

impl Drop for OpenSource {
    fn drop(&mut self) {
        self.0.0.sources.dec();
    }
}

impl Metrics {
    /// Metrics that know how far the sources have been dealt with.
    pub fn new(progress: Progress) -> Self {
        let (refused, dropped, requests) = begun();
        let inner = Inner {
            progress,
            seen: Mutex::default(),
            bytes: Counter::default(),
            read: Counter::default(),
            refused,
            known: Counter::default(),
            failures: Family::default(),
            written: Family::default(),
            retried: Family::default(),
            dropped,
            dropped_in_all: AtomicU64::default(),
            unresolved: Counter::default(),
            stamps: Counter::default(),
            requests,
            newest_lag: Gauge::default(),
            oldest_open: Gauge::default(),
            open: Gauge::default(),
            sources: Gauge::default(),
            leader: Gauge::default(),
            registry: Mutex::default(),
        };
        let registry = inner.registered();
        *inner
            .registry
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = registry;
        Self(Arc::new(inner))
    }

    /// Bytes of a log were read.
    pub fn bytes_read(&self, bytes: usize) {
        self.0.bytes.inc_by(bytes as u64);
    }

    /// A record was believed.
    pub fn read(&self) {
        self.0.read.inc();
    }

    /// A line was not believed.
    pub fn refused(&self, cause: &'static str) {
        self.0.refused.get_or_create(&Cause { cause }).inc();
    }

    /// A record had been counted before.
    pub fn known(&self) {
        self.0.known.inc();
    }

    /// A failure is in the cluster now.
    pub fn failure(&self, report: &Report) {
        let mut failure = Failure {
            namespace: report.namespace.clone(),
            rule: report.rule.clone(),
            reason: report.reason.clone(),
        };
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.contains(&failure) {
            if seen.len() < COMBINATIONS {
                seen.insert(failure.clone());
            } else {
                let other = || "other".to_owned();
                failure = Failure {
                    namespace: other(),
                    rule: other(),
                    reason: other(),
                };
            }
        }
        drop(seen);
        self.0.failures.get_or_create(&failure).inc();
        let lag = Timestamp::now().duration_since(report.time);
        self.0.newest_lag.set(lag.as_secs_f64().max(0.0));
    }

    /// An Event was created or counted on.
    pub fn written(&self, on: &'static str, how: &'static str) {
        self.0.written.get_or_create(&Written { on, how }).inc();
    }

    /// A write will be tried again.
    pub fn retried(&self, cause: &'static str) {
        self.0.retried.get_or_create(&Cause { cause }).inc();
    }

    /// Records will have no Event.
    pub fn dropped(&self, cause: &'static str, records: usize) {
        self.0
            .dropped
            .get_or_create(&Cause { cause })
            .inc_by(records as u64);
        self.0
            .dropped_in_all
            .fetch_add(records as u64, Ordering::Relaxed);
    }

    /// How many records have no Event.
    pub fn dropped_in_all(&self) -> u64 {
        self.0.dropped_in_all.load(Ordering::Relaxed)
    }

    /// A pod never appeared.
    pub fn unresolved(&self) {
        self.0.unresolved.inc();
    }

    /// A failure was found on a pod.
    pub fn stamp(&self) {
        self.0.stamps.inc();
    }

    /// A request to the API server was answered.
    pub fn api_request(&self, operation: &'static str, outcome: &'static str) {
        self.0
            .requests
            .get_or_create(&Request { operation, outcome })
            .inc();
    }

    /// A log is being read, until what this gives is dropped.
    pub fn source(&self) -> OpenSource {
        self.0.sources.inc();
        OpenSource(self.clone())
    }

    /// Whether this replica works.
    pub fn leads(&self, leads: bool) {
        self.0.leader.set(leads.into());
    }

    /// The exposition in Prometheus' text format.
    pub fn text(&self) -> String {
        let (oldest, open) = self.0.progress.open();
        let age = oldest.map_or(0.0, |then| {
            Timestamp::now().duration_since(then).as_secs_f64()
        });
        self.0.oldest_open.set(age.max(0.0));
        self.0.open.set(i64::try_from(open).unwrap_or(i64::MAX));
        let mut text = String::new();
        let registry = self
            .0
            .registry
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Writing to a string never fails.
        let _ = encode(&mut text, &registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An alarm looks for an increase, and there is none from nothing to one.
    #[test]
    fn what_is_not_to_happen_is_counted_from_the_start() {
        let text = Metrics::new(Progress::default()).text();
        for series in [
            r#"event_relay_records_refused_total{cause="policy"} 0"#,
            r#"event_relay_records_dropped_total{cause="expired"} 0"#,
            r#"event_relay_records_dropped_total{cause="forbidden"} 0"#,
            r#"event_relay_api_requests_total{operation="log",outcome="forbidden"} 0"#,
        ] {
            assert!(text.lines().any(|line| line == series), "{text}");
        }
    }
}
