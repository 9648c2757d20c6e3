//! What the relay tells Prometheus.
//!
//! Labels that come from records (namespace, rule, reason) have a bounded number of combinations, in
//! all and for each namespace; what is beyond is counted under `other`.

mod families;
mod process;
mod series;
mod source;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use self::families::{Cause, Families, Request, Unconfirmed, Written};
use self::series::Series;
pub use self::source::SourceMetrics;
use crate::progress::Progress;
use crate::report::Report;
use crate::trust::Refused;

/// The relay's metrics. Clones count together.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    families: Arc<Families>,
    progress: Progress,
    series: Mutex<Series>,
    dropped_in_all: AtomicU64,
    /// Until then requests are held.
    held_until: Mutex<Option<Instant>>,
}

impl Metrics {
    /// Metrics that know how far the sources have been dealt with.
    pub fn new(progress: Progress) -> Self {
        let families = Arc::new(Families::new());
        Self(Arc::new(Inner {
            registry: families.registered(),
            families,
            progress,
            series: Mutex::default(),
            dropped_in_all: AtomicU64::default(),
            held_until: Mutex::default(),
        }))
    }

    /// Bytes of a log were read.
    pub fn bytes_read(&self, bytes: usize) {
        self.families().bytes.inc_by(bytes as u64);
    }

    /// A record was believed.
    pub fn read(&self) {
        self.families().read.inc();
    }

    /// A line was not believed.
    pub fn refused(&self, cause: &'static str) {
        self.families()
            .refused
            .get_or_create(&Cause { cause })
            .inc();
    }

    /// A record had been counted before.
    pub fn known(&self) {
        self.families().known.inc();
    }

    /// A failure was seen for the first time.
    pub fn failure(&self, report: &Report) {
        let Report {
            namespace,
            rule,
            reason,
            ..
        } = report;
        let failure = self.series().of(namespace, rule, reason, Instant::now());
        self.families().failures.get_or_create(&failure).inc();
    }

    /// An Event tells of a failure now.
    pub fn told(&self, report: &Report) {
        let lag = Timestamp::now().duration_since(report.time);
        let seconds = lag.as_secs_f64().max(0.0);
        self.families().newest_lag.set(seconds);
        self.families().lag.0.observe(seconds);
    }

    /// An Event was created or counted on.
    pub fn written(&self, on: &'static str, how: &'static str) {
        self.families()
            .written
            .get_or_create(&Written { on, how })
            .inc();
    }

    /// A write will be tried again.
    pub fn retried(&self, cause: &'static str) {
        self.families()
            .retried
            .get_or_create(&Cause { cause })
            .inc();
    }

    /// Records will have no Event.
    pub fn dropped(&self, cause: &'static str, records: usize) {
        self.families()
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
        self.families().unresolved.inc();
    }

    /// No pod has confirmed a record: it is counted on its workload, or here alone.
    pub fn unconfirmed(&self, counted: bool) {
        let on = if counted { "workload" } else { "nothing" };
        let counted = Unconfirmed { on };
        self.families().unconfirmed.get_or_create(&counted).inc();
    }

    /// A pod gets no Event of its own, because too many pods of its namespace wait for theirs.
    pub fn summed_up(&self) {
        self.families().summed_up.inc();
    }

    /// A failure was found on a pod.
    pub fn stamp(&self) {
        self.families().stamps.inc();
    }

    /// A request to the API server was answered.
    pub fn api_request(&self, operation: &'static str, outcome: &'static str) {
        self.families()
            .requests
            .get_or_create(&Request { operation, outcome })
            .inc();
    }

    /// A request was under way for so long.
    pub fn api_answered_after(&self, time: Duration) {
        let durations = &self.families().request_duration;
        durations.0.observe(time.as_secs_f64());
    }

    /// Metrics of one log that is to be read, until what this gives is dropped.
    pub fn source(&self, pod: &str, container: &str) -> SourceMetrics {
        SourceMetrics::new(Arc::clone(&self.0.families), pod, container)
    }

    /// Lines of a log are missing.
    pub fn gap(&self) {
        self.families().gaps.inc();
    }

    /// Requests are held until then.
    pub fn held_until(&self, until: Instant) {
        let held = self.0.held_until.lock();
        let mut held = held.unwrap_or_else(PoisonError::into_inner);
        *held = (*held).max(Some(until));
    }

    /// How many lines were refused until now, by cause.
    pub fn refused_until_now(&self) -> BTreeMap<&'static str, u64> {
        let counts = Refused::LABELS.into_iter().map(|cause| {
            let counter = self.families().refused.get_or_create(&Cause { cause });
            (cause, counter.get())
        });
        counts.collect()
    }

    /// Whether this replica works.
    pub fn leads(&self, leads: bool) {
        self.families().lease_transitions.inc();
        self.families().leader.set(leads.into());
    }

    /// The exposition in Prometheus' text format.
    pub fn text(&self) -> String {
        let (oldest, open) = self.0.progress.open();
        let age = oldest.map_or(0.0, |then| {
            Timestamp::now().duration_since(then).as_secs_f64()
        });
        self.families().oldest_open.set(age.max(0.0));
        self.families()
            .open
            .set(i64::try_from(open).unwrap_or(i64::MAX));
        let held = self.0.held_until.lock();
        let until = *held.unwrap_or_else(PoisonError::into_inner);
        let hold = until.map(|until| until.saturating_duration_since(Instant::now()));
        self.families()
            .hold
            .set(hold.unwrap_or_default().as_secs_f64());
        for idle in self.series().expire(Instant::now()) {
            self.families().failures.remove(&idle);
        }
        let mut text = String::new();
        // Writing to a string never fails.
        let _ = encode_registry(&mut text, &self.0.registry);
        process::write(&mut text);
        let _ = encode_eof(&mut text);
        text
    }

    fn series(&self) -> MutexGuard<'_, Series> {
        let series = self.0.series.lock();
        series.unwrap_or_else(PoisonError::into_inner)
    }

    fn families(&self) -> &Families {
        &self.0.families
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
            r#"event_relay_build_info{version="0.1.0"} 1"#,
            r#"event_relay_records_refused_total{cause="policy"} 0"#,
            r#"event_relay_records_dropped_total{cause="expired"} 0"#,
            r#"event_relay_records_dropped_total{cause="forbidden"} 0"#,
            r#"event_relay_api_requests_total{operation="log",outcome="forbidden"} 0"#,
        ] {
            assert!(text.lines().any(|line| line == series), "{text}");
        }
        let memory = text.lines().find_map(|line| {
            let bytes = line.strip_prefix("process_resident_memory_bytes ")?;
            bytes.parse::<f64>().ok()
        });
        assert!(memory.is_some_and(|bytes| bytes > 1e6), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}
