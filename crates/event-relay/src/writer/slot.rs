//! An Event that counts, between its writes.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use k8s_openapi::jiff::Timestamp;
use tokio::time::Instant;

use crate::ledger::Ledger;
use crate::report::Report;
use crate::store::Written;

/// Reports are gathered for so long before an Event's first write.
const GATHER: Duration = Duration::from_millis(50);
/// The time between two writes of an Event whose failures go on.
const SHORTEST: Duration = Duration::from_secs(1);
/// The same once they have gone on for a while.
const LONGEST: Duration = Duration::from_secs(5);

/// An Event as it was last seen in the cluster.
#[derive(Debug, Clone)]
pub(super) struct Cached {
    /// Its name.
    pub(super) name: String,
    /// Its version; `None` if there is no such Event.
    pub(super) version: Option<String>,
    pub(super) count: i32,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    pub(super) ledger: Ledger,
}

impl Cached {
    /// An Event that is there. Whoever may write Events may have written it: it counts no less than
    /// nothing, and nothing in it is later than now.
    pub(super) fn new(name: String, written: Written) -> Self {
        let now = Timestamp::now();
        let clamped = |time: Option<Timestamp>| time.map(|time| time.min(now));
        Self {
            name,
            version: Some(written.resource_version),
            count: written.count.max(0),
            first: clamped(written.first),
            last: clamped(written.last),
            ledger: Ledger::read(written.counted.as_deref(), written.last, now),
        }
    }

    /// There is no Event of this name yet.
    pub(super) fn none(name: String) -> Self {
        Self {
            name,
            version: None,
            count: 0,
            first: None,
            last: None,
            ledger: Ledger::default(),
        }
    }
}

/// The reports that wait for an Event's next write.
pub(super) struct Slot {
    reports: Vec<Report>,
    cached: Option<Cached>,
    scheduled: bool,
    writing: bool,
    used: Instant,
    not_before: Instant,
    pace: Duration,
    backoff: Option<ExponentialBackoff>,
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            reports: Vec::new(),
            cached: None,
            scheduled: false,
            writing: false,
            used: Instant::now(),
            not_before: Instant::now() + GATHER,
            pace: SHORTEST,
            backoff: None,
        }
    }
}

impl Slot {
    pub(super) fn push(&mut self, report: Report) {
        self.used = Instant::now();
        self.reports.push(report);
    }

    /// When to write, if there is something to write and no time set yet.
    pub(super) fn schedule(&mut self) -> Option<Instant> {
        if self.scheduled || self.writing || self.reports.is_empty() {
            return None;
        }
        self.scheduled = true;
        Some(self.not_before.max(Instant::now() + GATHER))
    }

    /// Begins a write.
    pub(super) fn start(&mut self) -> Option<(Option<Cached>, Vec<Report>)> {
        self.scheduled = false;
        if self.writing || self.reports.is_empty() {
            return None;
        }
        self.writing = true;
        Some((self.cached.take(), std::mem::take(&mut self.reports)))
    }

    /// The write is done.
    pub(super) fn written(&mut self, cached: Option<Cached>) {
        let now = Instant::now();
        // Failures that went on during the write will go on after it.
        self.pace = if self.reports.is_empty() && self.not_before + LONGEST < now {
            SHORTEST
        } else {
            LONGEST.min(self.pace.mul_f32(1.5))
        };
        self.writing = false;
        self.cached = cached;
        self.used = now;
        self.not_before = now + self.pace;
        self.backoff = None;
    }

    /// The write failed, and is to be tried again.
    pub(super) fn failed(&mut self, cached: Option<Cached>, mut reports: Vec<Report>) {
        reports.append(&mut self.reports);
        self.reports = reports;
        self.writing = false;
        self.cached = cached;
        let backoff = self.backoff.get_or_insert_with(backoff);
        self.not_before = Instant::now() + backoff.next().unwrap_or(LONGEST);
    }

    /// Whether nothing waits and nothing has happened for so long.
    pub(super) fn is_idle(&self, idle_for: Duration) -> bool {
        self.reports.is_empty() && !self.writing && self.used.elapsed() >= idle_for
    }
}

/// From a fifth of a second to ten seconds, for as long as it takes.
pub(super) fn backoff() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(10))
        .with_jitter()
        .without_max_times()
        .build()
}
