//! The metrics themselves: their labels, names and help texts.

use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::api_error::ApiError;
use crate::trust::Refused;

/// Why records are dropped, other than by the API server's answer.
const OTHER_DROPS: [&str; 4] = ["expired", "namespace_full", "queue_full", "shutdown"];
/// What the API server is asked for.
const OPERATIONS: [&str; 8] = [
    "get", "list", "watch", "log", "read", "create", "patch", "update",
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Cause {
    pub(super) cause: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Request {
    pub(super) operation: &'static str,
    pub(super) outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Written {
    pub(super) on: &'static str,
    pub(super) how: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Unconfirmed {
    pub(super) on: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Failure {
    pub(super) namespace: String,
    pub(super) rule: String,
    pub(super) reason: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct SourceLabels {
    pub(super) pod: String,
    pub(super) container: String,
}

/// A distribution of times, in seconds.
pub(super) struct Durations(pub(super) Histogram);

impl Default for Durations {
    fn default() -> Self {
        let buckets = [
            0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
        ];
        Self(Histogram::new(buckets))
    }
}

type Seconds = Gauge<f64, AtomicU64>;
type Number = Gauge<i64, AtomicI64>;

#[derive(Default)]
pub(super) struct Families {
    pub(super) bytes: Counter,
    pub(super) read: Counter,
    pub(super) refused: Family<Cause, Counter>,
    pub(super) known: Counter,
    pub(super) failures: Family<Failure, Counter>,
    pub(super) written: Family<Written, Counter>,
    pub(super) retried: Family<Cause, Counter>,
    pub(super) dropped: Family<Cause, Counter>,
    pub(super) unresolved: Counter,
    pub(super) stamps: Counter,
    pub(super) summed_up: Counter,
    pub(super) unconfirmed: Family<Unconfirmed, Counter>,
    pub(super) requests: Family<Request, Counter>,
    pub(super) newest_lag: Seconds,
    pub(super) lag: Durations,
    pub(super) request_duration: Durations,
    pub(super) lease_transitions: Counter,
    pub(super) oldest_open: Seconds,
    pub(super) open: Number,
    pub(super) sources_wanted: Number,
    pub(super) sources: Number,
    pub(super) source_read: Family<SourceLabels, Seconds>,
    pub(super) gaps: Counter,
    pub(super) hold: Seconds,
    pub(super) leader: Number,
}

impl Families {
    /// All of them. What is not to happen is counted from the start: whoever looks for an increase
    /// must have seen nothing before.
    pub(super) fn new() -> Self {
        let families = Self::default();
        for cause in Refused::LABELS {
            drop(families.refused.get_or_create(&Cause { cause }));
        }
        for cause in ApiError::FINAL.into_iter().chain(OTHER_DROPS) {
            drop(families.dropped.get_or_create(&Cause { cause }));
        }
        for on in ["workload", "nothing"] {
            drop(families.unconfirmed.get_or_create(&Unconfirmed { on }));
        }
        for operation in OPERATIONS {
            let outcome = "forbidden";
            drop(
                families
                    .requests
                    .get_or_create(&Request { operation, outcome }),
            );
        }
        families
    }

    /// A registry of all of them.
    pub(super) fn registered(&self) -> Registry {
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
            "Failures that a pod's stamp told of, and no record",
            self.stamps.clone(),
        );
        registry.register(
            "pods_summed_up",
            "Pods without an Event of their own, because too many of their namespace wait",
            self.summed_up.clone(),
        );
        registry.register(
            "records_unconfirmed",
            "Records that no pod confirmed, by what they are counted on",
            self.unconfirmed.clone(),
        );
        self.register_operation(&mut registry);
        registry
    }

    /// What the relay does, apart from records and Events.
    fn register_operation(&self, registry: &mut Registry) {
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
            "event_lag_seconds",
            "Time from a failure to its Event; of a stamped pod from its creation",
            self.lag.0.clone(),
        );
        registry.register(
            "api_request_duration_seconds",
            "Time that the API server takes to answer",
            self.request_duration.0.clone(),
        );
        registry.register(
            "lease_transitions",
            "Times that this replica became the leader, or ceased to be",
            self.lease_transitions.clone(),
        );
        registry.register(
            "build",
            "The version of the program",
            Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]),
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
        registry.register(
            "sources_wanted",
            "Logs of policy-servers' containers that are to be read",
            self.sources_wanted.clone(),
        );
        registry.register("sources", "Logs that are being read", self.sources.clone());
        registry.register(
            "source_last_read_timestamp_seconds",
            "When the last byte of a log was read, by pod and container",
            self.source_read.clone(),
        );
        registry.register(
            "log_gaps",
            "Times that a log did not go on where reading had stopped: lines are missing",
            self.gaps.clone(),
        );
        registry.register(
            "api_hold_seconds",
            "Seconds for which requests are still held, because the API server asked to wait",
            self.hold.clone(),
        );
        registry.register(
            "leader",
            "Whether this replica is the one that works",
            self.leader.clone(),
        );
    }
}
