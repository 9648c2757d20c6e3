//! What an Event that counts has counted already.
//!
//! The count must be exact: one for each request and rule, though lines are read again after a
//! restart or a broken stream, two replicas may write at once, the API server may carry out a
//! request whose answer is lost, and the same request may be logged twice (the API server invokes a
//! webhook again when another one changed the pod). So the memory of what was counted is a part of
//! the Event itself, in an annotation, and is written in the same request as the count, on the
//! condition that nobody else wrote in between.
//!
//! The set of all counted requests would have no bound. It has one because each source tells of
//! its failures in the order in which they happened, but for the milliseconds by which the threads
//! of a host overtake each other. Kept are:
//! - **the last requests**: of records those of the five minutes before the newest, and at most
//!   1,024; of stamped pods those of the minute before, at most 512, and all of the newest two seconds
//!   up to 4,096;
//! - for each source a **low-water mark**: the time of the newest request of that source which is
//!   not kept any more. All that the source told of until then is counted.
//!
//! A failure is known if its request is kept, or if it is not after its source's mark. One that
//! was never counted is taken for known only if it comes to light when more than 1,024 (512) later ones
//! of the same source have been counted in the same Event; one that was counted is taken for new
//! only if its request was logged twice by different sources with as many in between. A host's
//! clock that is put back by a minute has the same effect as a minute's disorder.
//!
//! The stamped pods are a source too, and an Event about them has no other. Their order is that of
//! their creation by the API server's clock, in whole seconds; what delays a pod's way into the
//! cluster after that, such as validating webhooks, is the disorder. A failure is the same one by
//! pod and request.
//!
//! The memory goes with the Event when that expires. Nothing is counted twice by that, because
//! records that are older than an Event lives are refused (`--max-age`).
//!
//! The same annotation holds which of the last requests are to be told of on their own pod too: the
//! first ten in ten minutes. It is written before those pods' Events are, so that whoever reads the
//! log next knows which ones may be missing.

mod annotation;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use crate::report::SourceId;

/// The most requests of one Event that are kept, and for how long a request is kept at least while
/// there is room.
struct Bounds {
    entries: usize,
    kept_for: i64,
}

/// Records: two servers may log the same request, and their clocks may be minutes apart.
const RECORDS: Bounds = Bounds {
    entries: 1024,
    kept_for: micros(Duration::from_mins(5)),
};
/// Stamped pods: one clock, and one source.
const PODS: Bounds = Bounds {
    entries: 512,
    kept_for: micros(Duration::from_mins(1)),
};
/// The most pods that are kept, those of the newest [`TIED`] included.
const LIMIT: usize = 4096;
/// Pods so close to the newest are kept: their times are whole seconds.
const TIED: i64 = micros(Duration::from_secs(2));
/// The most sources that have a mark of their own.
const SOURCES: usize = 64;
/// After so long a source's mark is of no use: nothing that old is read any more.
const MARK_FOR: i64 = micros(Duration::from_hours(24));
/// How far a clock that dates failures may be ahead of ours.
const AHEAD: i64 = micros(Duration::from_mins(10));
/// So many pods are told of one by one in a [`WINDOW`].
const DESCRIBED: usize = 10;
/// See [`DESCRIBED`].
const WINDOW: i64 = micros(Duration::from_mins(10));
const SECOND: Micros = 1_000_000;

/// A request, as the ledger keeps it.
pub type RequestHash = [u8; 6];

/// Microseconds since 1970.
type Micros = i64;

const fn micros(duration: Duration) -> Micros {
    duration.as_secs().cast_signed() * SECOND
}

/// What became of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// It is counted now, and was not before.
    pub new: bool,
    /// Its pod is to have an Event of its own.
    pub describe: bool,
}

/// The memory of one Event that counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The requests kept, by time.
    recent: Vec<Entry>,
    /// Each source's low-water mark.
    marks: BTreeMap<SourceId, Micros>,
    /// The mark of every source that has none.
    floor: Option<Micros>,
    /// When the ten minutes began.
    window: Micros,
    /// The requests whose pods are told of in them.
    described: Vec<RequestHash>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    time: Micros,
    request: RequestHash,
    source: SourceId,
}

impl Ledger {
    /// Reads an Event's annotation. Where there is none, or another version's relay wrote it, what
    /// was counted until then is taken for known: until the newest that the annotation tells of, or
    /// else until the Event's last time, whose second was cut to a whole one.
    ///
    /// Whoever may write Events may have written the annotation: a memory of the future is no memory.
    pub fn read(annotation: Option<&str>, last: Option<Timestamp>, now: Timestamp) -> Self {
        let now = now.as_microsecond();
        let mut ledger = annotation.and_then(Self::decode).unwrap_or_else(|| {
            let newest = annotation.and_then(annotation::newest);
            let second = |last: Timestamp| last.as_microsecond().saturating_add(SECOND - 1);
            let last = || last.map_or(now, second);
            Self {
                floor: Some(newest.unwrap_or_else(last)),
                ..Self::default()
            }
        });
        if ledger
            .newest()
            .is_some_and(|newest| newest > now.saturating_add(AHEAD))
        {
            return Self::default();
        }
        // The API server's clock dates pods. A host's clock, which dates records, may be ahead.
        if let Some(mark) = ledger.marks.get_mut(&SourceId::PODS) {
            *mark = (*mark).min(now);
        }
        ledger
    }

    /// The newest time in it.
    fn newest(&self) -> Option<Micros> {
        let marks = self.marks.values().copied();
        let entry = self.recent.last().map(|entry| entry.time);
        let window = Some(self.window).filter(|_| !self.described.is_empty());
        marks.max().max(entry).max(self.floor).max(window)
    }

    /// Counts a failure, unless it is known.
    pub fn add(&mut self, request: RequestHash, source: SourceId, time: Timestamp) -> Verdict {
        let time = time.as_microsecond();
        if self.knows(request, source, time) {
            return Verdict {
                new: false,
                describe: self.described.contains(&request),
            };
        }
        let at = self.recent.partition_point(|entry| entry.time <= time);
        let entry = Entry {
            time,
            request,
            source,
        };
        self.recent.insert(at, entry);
        if self.described.is_empty() || time >= self.window.saturating_add(WINDOW) {
            self.window = time;
            self.described.clear();
        }
        let describe = self.described.len() < DESCRIBED;
        if describe {
            self.described.push(request);
        }
        Verdict {
            new: true,
            describe,
        }
    }

    fn knows(&self, request: RequestHash, source: SourceId, time: Micros) -> bool {
        if self.recent.iter().any(|entry| entry.request == request) {
            return true;
        }
        let mark = self.marks.get(&source).copied().max(self.floor);
        mark.is_some_and(|mark| time <= mark)
    }

    /// Forgets what need not be kept. To be called once for all failures that are counted
    /// together.
    pub fn trim(&mut self) {
        let Some(Entry {
            time: newest,
            source,
            ..
        }) = self.recent.last().copied()
        else {
            return;
        };
        let is_pod = source == SourceId::PODS;
        let Bounds { entries, kept_for } = if is_pod { PODS } else { RECORDS };
        let old = self
            .recent
            .partition_point(|entry| entry.time < newest.saturating_sub(kept_for));
        let mut more = self.recent.len().saturating_sub(entries);
        if is_pod {
            let tied = newest.saturating_sub(TIED);
            more = more.min(self.recent.partition_point(|entry| entry.time < tied));
        }
        let most = self.recent.len().saturating_sub(LIMIT);
        for entry in self.recent.drain(..old.max(more).max(most)) {
            let mark = self.marks.entry(entry.source).or_insert(entry.time);
            *mark = entry.time.max(*mark);
        }
        self.marks
            .retain(|_, mark| *mark >= newest.saturating_sub(MARK_FOR));
        while self.marks.len() > SOURCES {
            let lowest = self.marks.iter().min_by_key(|(_, mark)| **mark);
            if let Some((source, mark)) = lowest.map(|(source, mark)| (*source, *mark)) {
                self.marks.remove(&source);
                self.floor = self.floor.max(Some(mark));
            }
        }
    }
}
