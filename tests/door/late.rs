//! Look-ups whose answer comes after the policy's time is up. The host of these tests interrupts the
//! policy at the first function that it enters and the first loop that it goes around after that.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use super::host::{Host, payload};

/// Longer than the policy waits for look-ups.
const LATE: Duration = Duration::from_millis(600);

/// One for all tests: compiling the module takes seconds. They take turns, for its clock is one.
static HOST: LazyLock<Mutex<Host>> = LazyLock::new(|| Mutex::new(Host::new(None)));

/// Settings with so many `ConfigMap`s of rules, none of which comes in time, and a rule.
fn settings(config_maps: usize) -> Value {
    let source = |n| json!({"configMap": {"namespace": "n", "name": format!("r{n}")}});
    json!({
        "rules": [{"name": "a", "inject": {"pod": {"metadata": {"labels": {"settled": "true"}}}}}],
        "rulesFrom": (0..config_maps).map(source).collect::<Vec<_>>(),
    })
}

/// Answers a request with a late look-up, and returns the answer and the records.
fn answer(payload: &Value, found: bool) -> (Value, Vec<Value>) {
    let host = HOST.lock().unwrap_or_else(PoisonError::into_inner);
    let time_is_up = host.time_is_up();
    let instance = host.instance(move || {
        thread::sleep(LATE);
        time_is_up();
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap"});
        found.then_some(object).ok_or("there is none".into())
    });
    let answer = instance.call("validate", payload);
    (answer, instance.take_records())
}

#[rstest]
#[case::one(1, 1, None)]
#[case::all_but_one(7, 7, None)]
#[case::all_that_fit(8, 8, None)]
#[case::one_more(9, 8, Some("1 of 9 Events could not be reported"))]
#[case::twice_as_many(16, 8, Some("8 of 16 Events could not be reported"))]
fn is_answered_with_records(
    #[case] config_maps: usize,
    #[case] records: usize,
    #[case] warning: Option<&str>,
    #[values(true, false)] found: bool,
) {
    let (answer, logged) = answer(&payload(&settings(config_maps)), found);
    assert_eq!(answer["accepted"], true, "{answer}");
    let labels = &answer["mutated_object"]["metadata"]["labels"];
    assert_eq!(labels["settled"], "true", "{answer}");
    let expected: Vec<String> = (0..records)
        .map(|n| format!("no rule of configmap/n/r{n} was applied: it can't be read: there was no answer in time"))
        .collect();
    let messages: Vec<&str> = logged
        .iter()
        .filter_map(|record| record["event"]["message"].as_str())
        .collect();
    assert_eq!(messages, expected);
    let warnings = answer["warnings"].as_array().expect("warnings");
    let lost: Vec<&str> = warnings
        .iter()
        .filter_map(Value::as_str)
        .filter(|warning| warning.ends_with("could not be reported"))
        .collect();
    assert_eq!(lost, Vec::from_iter(warning));
}

#[test]
fn is_answered_without_a_record_on_a_dry_run() {
    let mut payload = payload(&settings(2));
    payload["request"]["dryRun"] = true.into();
    let (answer, logged) = answer(&payload, true);
    assert_eq!(answer["accepted"], true, "{answer}");
    assert_eq!(logged, Vec::<Value>::new());
}

#[test]
fn is_answered_with_a_rejection() {
    let rule = json!({
        "name": "a", "onFailure": "Reject", "checkReferences": true,
        "inject": {"containers": [{"patch": {"envFrom": [{"configMapRef": {"name": "env"}}]}}]},
    });
    let (answer, logged) = answer(&payload(&json!({"rules": [rule]})), true);
    assert_eq!(answer["accepted"], false, "{answer}");
    assert_eq!(logged.len(), 1, "{logged:?}");
}
