//! The whole of `validate`, on requests of the generator that were changed. See [`check`].

mod again;
mod case;
mod edit;
mod host;
mod pairs;
mod spelling;
mod tree;

use std::sync::atomic::{AtomicU64, Ordering};

use answer_check::{Answer, Exchange, without_stamp};
use serde_json::{Map, Value};

use self::case::Case;
use self::edit::UNKNOWN;
use self::host::{Fake, Faults};

/// How many requests were answered.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// After so many requests their number is printed.
const PRINTED: u64 = 100_000;

/// How many requests were answered.
pub fn requests() -> u64 {
    REQUESTS.load(Ordering::Relaxed)
}

/// Makes a request of the fuzzer's bytes, has it answered, and checks the answer.
///
/// # Panics
/// The answer breaks a promise.
pub fn check(bytes: &[u8]) {
    // Too few bytes make no request.
    let Ok(case) = Case::read(bytes) else {
        return;
    };
    let (answer, records) = answered(&case, &case.payload, case.faults);
    // Rules that passed their check fail for no reason of ours. Time that runs out is one.
    if case.has_good_settings && case.faults.tick.is_zero() {
        for record in &records {
            let reason = &record["event"]["reason"];
            assert_ne!(reason, "InternalError", "{record}");
        }
    }
    let (true, Some(mutated)) = (case.is_whole, &answer.mutated_object) else {
        return;
    };
    check_unknown(&case, mutated);
    if answer.audit("applied-rules").is_empty() {
        check_untouched(&case.pod, mutated);
    }
    again::check(&case, &answer, &records, mutated);
}

/// Has a payload answered, and checks the answer by itself.
fn answered(case: &Case, payload: &[u8], faults: Faults) -> (Answer, Vec<Value>) {
    let host = Fake::new(&case.drawn.objects, faults);
    let answer = injector::admission::validate(payload, &host);
    let number = REQUESTS.fetch_add(1, Ordering::Relaxed) + 1;
    if number.is_multiple_of(PRINTED) {
        eprintln!("{number} requests");
    }
    let records = host.records.into_inner();
    let checked = answer_check::check(&Exchange {
        payload,
        answer: &answer,
        records: &records,
        may_reject: case.may_reject,
        secrets: case.secrets,
    });
    let shown = || [payload, &answer].map(String::from_utf8_lossy).join("\n");
    let answer = checked.unwrap_or_else(|broken| panic!("{broken} in\n{}", shown()));
    (answer, records)
}

/// Checks that fields which nobody knows come back as they were, byte for byte.
fn check_unknown(case: &Case, mutated: &str) {
    let rules = case.drawn.settings.to_string();
    // Rules that take things away may take such a field along.
    if ["null", "$patch", "Replace", "rulesFrom"]
        .iter()
        .any(|word| rules.contains(word))
    {
        return;
    }
    for (at, _) in case.pod.match_indices(UNKNOWN) {
        let rest = &case.pod[at..];
        let key = &rest[..rest.find('"').unwrap_or(rest.len())];
        let value = &rest[(key.len() + 2).min(rest.len())..];
        let end = value.find([',', '}', ']']).unwrap_or(value.len());
        // Space around values is not kept in an object that is changed.
        let field = &rest[..key.len() + 2 + end];
        let compact = format!("{key}\":{}", value[..end].trim());
        let is_kept = mutated.contains(field) || mutated.contains(&compact);
        assert!(is_kept, "{field} is gone from {mutated}");
    }
}

/// Checks that a pod of which no rule was applied has nothing new but the stamp.
fn check_untouched(pod: &str, mutated: &str) {
    let read = |text: &str| {
        let mut pod = without_stamp(serde_json::from_str(text).ok()?);
        // The stamp may be all that there is in metadata and in its maps.
        if let Some(metadata) = pod["metadata"].as_object_mut() {
            metadata.retain(|_, part| !part.is_null());
        }
        if pod["metadata"].as_object().is_none_or(Map::is_empty) {
            pod["metadata"] = Value::Null;
        }
        Some(pod)
    };
    if let (Some(pod), Some(mutated)) = (read(pod), read(mutated)) {
        assert_eq!(pod, mutated, "no rule was applied");
    }
}
