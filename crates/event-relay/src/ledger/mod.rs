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
//! - **the last requests**: those of the five minutes before the newest, and at most 1,024;
//! - for each source a **low-water mark**: the time of the newest request of that source which is
//!   not kept any more. All that the source told of until then is counted.
//!
//! A failure is known if its request is kept, or if it is not after its source's mark. One that
//! was never counted is taken for known only if it comes to light when more than 1,024 later ones
//! of the same source have been counted in the same Event; one that was counted is taken for new
//! only if its request was logged twice by different sources with as many in between. A host's
//! clock that is put back by a minute has the same effect as a minute's disorder.
//!
//! A pod's stamp tells of a failure too, without telling which source did. It is known if its
//! request is kept, or if it is not clearly after the highest mark of all.
//!
//! The memory goes with the Event when that expires. Nothing is counted twice by that, because
//! records that are older than an Event lives are refused (`--max-age`).
//!
//! The same annotation holds which of the last requests are to be told of on their own pod too: the
//! first ten in ten minutes. It is written before those pods' Events are, so that whoever reads the
//! log next knows which ones may be missing.

mod annotation;

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use crate::report::{Source, SourceId, short_hash};

/// The most requests that are kept.
const KEPT: usize = 1024;
/// For how long a request is kept at least, while there is room.
const KEPT_FOR: i64 = micros(Duration::from_mins(5));
/// The most sources that have a mark of their own.
const SOURCES: usize = 64;
/// After so long a source's mark is of no use: nothing that old is read any more.
const MARK_FOR: i64 = micros(Duration::from_hours(24));
/// How far the API server's clock, which dates pods, and a host's may be apart.
const SKEW: i64 = micros(Duration::from_secs(90));
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
    source: Option<SourceId>,
}

impl Ledger {
    /// Reads an Event's annotation. Where there is none, or another version's relay wrote it, what
    /// was counted until then is taken for known: until the newest that the annotation tells of, or
    /// else until the Event's last time, whose second was cut to a whole one.
    pub fn read(annotation: Option<&str>, last: Option<Timestamp>) -> Self {
        let ledger = annotation.and_then(Self::decode);
        ledger.unwrap_or_else(|| {
            let newest = annotation.and_then(annotation::newest);
            let second = |last: Timestamp| last.as_microsecond().saturating_add(SECOND - 1);
            let last = || second(last.unwrap_or_else(Timestamp::now));
            Self {
                floor: Some(newest.unwrap_or_else(last)),
                ..Self::default()
            }
        })
    }

    /// Counts a failure, unless it is known.
    pub fn add(&mut self, request: &str, source: Source, time: Timestamp) -> Verdict {
        let request = short_hash(&[request]);
        let time = time.as_microsecond();
        if self.knows(request, source, time) {
            return Verdict {
                new: false,
                describe: self.described.contains(&request),
            };
        }
        let source = match source {
            Source::Log(source) => Some(source),
            Source::Stamp => None,
        };
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

    fn knows(&self, request: RequestHash, source: Source, time: Micros) -> bool {
        if self.recent.iter().any(|entry| entry.request == request) {
            return true;
        }
        let mark = match source {
            Source::Log(source) => self.marks.get(&source).copied().max(self.floor),
            Source::Stamp => {
                let highest = self.marks.values().copied().max().max(self.floor);
                highest.map(|mark| mark.saturating_add(SKEW))
            }
        };
        mark.is_some_and(|mark| time <= mark)
    }

    /// Forgets what need not be kept. To be called once for all failures that are counted
    /// together.
    pub fn trim(&mut self) {
        let Some(newest) = self.recent.last().map(|entry| entry.time) else {
            return;
        };
        let old = self
            .recent
            .partition_point(|entry| entry.time < newest.saturating_sub(KEPT_FOR));
        let more = self.recent.len().saturating_sub(KEPT);
        for entry in self.recent.drain(..old.max(more)) {
            if let Some(source) = entry.source {
                let mark = self.marks.entry(source).or_insert(entry.time);
                *mark = entry.time.max(*mark);
            }
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

#[cfg(test)]
mod tests {
    use base64::Engine;
    use rstest::rstest;

    use super::annotation::{BASE64, VERSION};
    use super::*;

    fn log(name: &str) -> Source {
        Source::Log(SourceId::of(name, None))
    }

    /// A time, in seconds after some moment.
    fn at(seconds: f64) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "a test's seconds are few")]
        let micros = (seconds * 1e6) as i64;
        Timestamp::from_microsecond(1_795_000_000_000_000 + micros).expect("it is a time")
    }

    /// As it comes back from the cluster.
    fn reread(mut ledger: Ledger) -> Ledger {
        ledger.trim();
        let text = ledger.encode();
        assert!(text.len() < 20_000, "{}", text.len());
        let read = Ledger::decode(&text).expect("it is a ledger");
        assert_eq!(read, ledger);
        read
    }

    /// Counts requests `from..to`, one each `step` seconds, and tells how many were new.
    fn count(ledger: &mut Ledger, source: Source, range: std::ops::Range<u32>, step: f64) -> usize {
        range
            .filter(|n| {
                ledger
                    .add(&n.to_string(), source, at(f64::from(*n) * step))
                    .new
            })
            .count()
    }

    #[rstest]
    #[case::slowly(1.0)]
    #[case::a_thousand_a_second(0.001)]
    #[case::at_the_same_moment(0.0)]
    fn a_log_read_again_is_counted_once(#[case] step: f64) {
        let mut ledger = Ledger::default();
        assert_eq!(count(&mut ledger, log("a"), 0..3000, step), 3000);
        let mut ledger = reread(ledger);
        assert_eq!(count(&mut ledger, log("a"), 0..3000, step), 0);
        assert_eq!(
            count(&mut ledger, log("a"), 2000..3500, step),
            if step > 0.0 { 500 } else { 0 }
        );
    }

    /// However the log is cut into batches, and wherever reading begins again.
    #[test]
    fn a_log_read_in_pieces_again_and_again_is_counted_once() {
        let mut random = fastrand::Rng::with_seed(3);
        let mut ledger = Ledger::default();
        let (mut total, mut end) = (0, 0);
        while end < 20_000 {
            let from = end - random.u32(0..=end.min(5000));
            let to = from + random.u32(1..4000);
            total += count(&mut ledger, log("a"), from..to, 0.01);
            end = end.max(to);
            ledger = reread(ledger);
        }
        assert_eq!(total, end as usize);
    }

    #[test]
    fn a_source_that_lags_behind_loses_nothing() {
        let mut ledger = Ledger::default();
        assert_eq!(count(&mut ledger, log("a"), 0..5000, 0.01), 5000);
        let mut ledger = reread(ledger);
        assert_eq!(count(&mut ledger, log("b"), 5000..5100, -0.01), 100);
        let mut ledger = reread(ledger);
        assert_eq!(count(&mut ledger, log("b"), 5000..5100, -0.01), 0);
    }

    #[test]
    fn threads_that_overtake_each_other_lose_nothing() {
        let mut ledger = Ledger::default();
        let mut random = fastrand::Rng::with_seed(4);
        let mut order: Vec<u32> = (0..10_000).collect();
        for hundred in order.chunks_mut(100) {
            random.shuffle(hundred);
        }
        let mut total = 0;
        for batch in order.chunks(70) {
            for n in batch {
                let verdict = ledger.add(&n.to_string(), log("a"), at(f64::from(*n) * 0.0001));
                total += usize::from(verdict.new);
            }
            ledger = reread(ledger);
        }
        assert_eq!(total, 10_000);
    }

    #[test]
    fn one_request_logged_by_two_servers_is_counted_once() {
        let mut ledger = Ledger::default();
        assert!(ledger.add("x", log("a"), at(0.0)).new);
        let mut ledger = reread(ledger);
        assert!(!ledger.add("x", log("b"), at(0.3)).new);
    }

    #[rstest]
    #[case::read_first(&[log("a"), Source::Stamp])]
    #[case::stamp_first(&[Source::Stamp, log("a")])]
    fn a_stamp_and_a_line_of_one_failure_are_counted_once(#[case] order: &[Source]) {
        let mut ledger = Ledger::default();
        let verdicts = order.iter().map(|source| {
            let mut random = fastrand::Rng::with_seed(6);
            // A pod is dated by another clock, in whole seconds.
            (0..50)
                .filter(|n| {
                    let time = match source {
                        Source::Stamp => at(f64::from(*n) + random.f64() * 120.0 - 60.0),
                        Source::Log(_) => at(f64::from(*n)),
                    };
                    ledger.add(&n.to_string(), *source, time).new
                })
                .count()
        });
        assert_eq!(verdicts.collect::<Vec<_>>(), [50, 0]);
    }

    #[test]
    fn a_stamp_whose_line_was_lost_is_counted() {
        let mut ledger = Ledger::default();
        count(&mut ledger, log("a"), 0..2000, 1.0);
        let mut ledger = reread(ledger);
        assert!(ledger.add("lost", Source::Stamp, at(1990.0)).new);
        assert!(!ledger.add("17", Source::Stamp, at(17.0)).new);
    }

    #[test]
    fn ten_pods_in_ten_minutes_are_told_of() {
        let mut ledger = Ledger::default();
        let told = |ledger: &mut Ledger, n: u32, seconds: u32| {
            ledger
                .add(&n.to_string(), log("a"), at(seconds.into()))
                .describe
        };
        let first: Vec<bool> = (0..12).map(|n| told(&mut ledger, n, n)).collect();
        assert_eq!(first.iter().filter(|told| **told).count(), 10);
        assert!(!told(&mut ledger, 100, 599));
        // Read again: the same ones.
        let mut ledger = reread(ledger);
        let again: Vec<bool> = (0..12).map(|n| told(&mut ledger, n, n)).collect();
        assert_eq!(again, first);
        assert!(told(&mut ledger, 101, 600));
        assert!(told(&mut ledger, 102, 601));
    }

    #[test]
    fn more_sources_than_have_a_mark_lose_no_memory() {
        let mut ledger = Ledger::default();
        for server in 0..200 {
            let name = server.to_string();
            for n in 0..20 {
                let request = format!("{server}-{n}");
                let time = at(f64::from(server * 20 + n));
                assert!(ledger.add(&request, log(&name), time).new);
            }
            ledger = reread(ledger);
        }
        assert!(!ledger.add("0-0", log("0"), at(0.0)).new);
        assert!(!ledger.add("150-7", log("150"), at(3007.0)).new);
    }

    #[rstest]
    #[case::none(false)]
    #[case::of_another_version(true)]
    fn what_cannot_be_read_still_tells_until_when(#[case] annotated: bool) {
        let mut ledger = Ledger::default();
        count(&mut ledger, log("a"), 0..50, 0.01);
        let mut bytes = BASE64.decode(ledger.encode()).expect("it is encoded so");
        bytes[0] = VERSION + 1;
        let other = annotated.then(|| BASE64.encode(&bytes[..20]));
        // The API server keeps whole seconds.
        let mut read = Ledger::read(other.as_deref(), Some(at(0.0)));
        assert_eq!(count(&mut read, log("a"), 0..50, 0.01), 0);
        let later = if annotated { 50..100 } else { 100..150 };
        assert_eq!(count(&mut read, log("a"), later, 0.01), 50);
    }

    #[test]
    fn what_nobody_wrote_is_no_ledger() {
        let mut ledger = Ledger::default();
        count(&mut ledger, log("a"), 0..50, 1.0);
        let text = ledger.encode();
        for end in 0..text.len() {
            if let Some(read) = Ledger::decode(&text[..end]) {
                // Cut between two requests.
                assert!(read.recent.len() < 50);
            }
        }
        assert_eq!(Ledger::decode("no ledger"), None);
    }
}
