//! What the ledger knows, and for how long.

use base64::Engine;
use rstest::rstest;

use super::annotation::{BASE64, VERSION};
use super::*;
use crate::report::short_hash;

fn log(name: &str) -> SourceId {
    SourceId::of(name, None)
}

fn id(request: &str) -> RequestHash {
    short_hash(&[request])
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
    assert!(text.len() < 40_000, "{}", text.len());
    let read = Ledger::decode(&text).expect("it is a ledger");
    assert_eq!(read, ledger);
    read
}

/// Counts requests `from..to`, one each `step` seconds, and tells how many were new.
fn count(ledger: &mut Ledger, source: SourceId, range: std::ops::Range<u32>, step: f64) -> usize {
    range
        .filter(|n| {
            ledger
                .add(id(&n.to_string()), source, at(f64::from(*n) * step))
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
            let verdict = ledger.add(id(&n.to_string()), log("a"), at(f64::from(*n) * 0.0001));
            total += usize::from(verdict.new);
        }
        ledger = reread(ledger);
    }
    assert_eq!(total, 10_000);
}

#[test]
fn one_request_logged_by_two_servers_is_counted_once() {
    let mut ledger = Ledger::default();
    assert!(ledger.add(id("x"), log("a"), at(0.0)).new);
    let mut ledger = reread(ledger);
    assert!(!ledger.add(id("x"), log("b"), at(0.3)).new);
}

/// Pods are dated in whole seconds, and come a little out of order.
#[rstest]
#[case::one_a_second(1, 0)]
#[case::a_hundred_a_second(100, 0)]
#[case::two_thousand_a_second(2000, 0)]
#[case::out_of_order(5, 30)]
fn stamped_pods_are_counted_once(#[case] a_second: u32, #[case] disorder: u32) {
    let mut random = fastrand::Rng::with_seed(7);
    let seconds = if a_second > 100 { 8 } else { 120 };
    let pods = 0..a_second * seconds;
    let mut pods: Vec<(u32, u32)> = pods.map(|n| (n, n / a_second)).collect();
    if disorder > 0 {
        pods.sort_by_cached_key(|(_, second)| second + random.u32(0..disorder));
    }
    let mut ledger = Ledger::default();
    let count = |ledger: &mut Ledger, pods: &[(u32, u32)]| {
        let new = pods.iter().filter(|(n, second)| {
            let time = at(f64::from(*second));
            ledger.add(id(&n.to_string()), SourceId::PODS, time).new
        });
        new.count()
    };
    let mut total = 0;
    for batch in pods.chunks(333) {
        total += count(&mut ledger, batch);
        ledger.trim();
    }
    assert_eq!(total, pods.len());
    let size = ledger.encode().len();
    assert!(a_second > 100 || size < 6000, "{size} bytes");
    let mut ledger = reread(ledger);
    pods.sort_by_key(|(_, second)| *second);
    assert_eq!(count(&mut ledger, &pods), 0);
}

/// Who may write Events may write anything there.
#[test]
fn a_forged_memory_silences_nothing_that_happens_later() {
    let mut forged = Ledger::default();
    let far = at(3.0e9);
    forged.add(id("x"), SourceId::PODS, far);
    forged.marks.insert(SourceId::PODS, far.as_microsecond());
    forged.floor = Some(Micros::MAX);
    forged.window = Micros::MAX;
    let text = forged.encode();
    let mut ledger = Ledger::read(Some(&text), Some(far), at(100.0));
    assert!(ledger.add(id("a"), SourceId::PODS, at(100.0)).new);
    let verdict = ledger.add(id("b"), SourceId::PODS, at(101.0));
    assert!(verdict.new && verdict.describe);
    for text in ["", "AgAAAAAA", "////", &"A".repeat(350_000)] {
        let mut ledger = Ledger::read(Some(text), None, at(100.0));
        assert!(
            ledger.add(id("b"), SourceId::PODS, at(101.0)).new,
            "{text:.9}"
        );
    }
}

#[test]
fn ten_pods_in_ten_minutes_are_told_of() {
    let mut ledger = Ledger::default();
    let told = |ledger: &mut Ledger, n: u32, seconds: u32| {
        ledger
            .add(id(&n.to_string()), log("a"), at(seconds.into()))
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
            assert!(ledger.add(id(&request), log(&name), time).new);
        }
        ledger = reread(ledger);
    }
    assert!(!ledger.add(id("0-0"), log("0"), at(0.0)).new);
    assert!(!ledger.add(id("150-7"), log("150"), at(3007.0)).new);
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
    let mut read = Ledger::read(other.as_deref(), Some(at(0.0)), at(1e6));
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
