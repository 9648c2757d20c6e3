//! An instance that answers again and again, as `kwctl bench` uses it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::host::{Host, MODULE, payload};
use super::module::Module;

/// What an instance may add to the memory that it begins with, in bytes. One request takes less than
/// half of this, and 100,000 requests that leave 11 bytes each take more.
const GROWTH: usize = 1 << 20;

/// Calls that together use every function of the policy.
fn calls() -> Vec<(&'static str, Value)> {
    let label = json!({"metadata": {"labels": {"a": "b"}}});
    let applied = json!({"name": "applied", "inject": {"pod": label}});
    let patch = json!({"image": "other", "env": [{"name": "A", "value": "${metadata.name}"}]});
    let failing = json!({"name": "failing", "inject": {"containers": [{"patch": patch}]}});
    let source = json!({"configMap": {"namespace": "kubewarden", "name": "rules"}});
    let settings = json!({"rules": [applied, failing], "rulesFrom": [source]});
    vec![
        ("validate", payload(&json!({"rules": [applied]}))),
        ("validate", payload(&settings)),
        ("validate", json!({"request": {"operation": "DELETE"}})),
        ("validate", json!([])),
        ("validate_settings", settings),
        (
            "validate_settings",
            json!({"rules": [1, {}], "other": true}),
        ),
        ("validate_rules", json!({"configMap": rules()})),
        ("protocol_version", json!(null)),
    ]
}

fn rules() -> Value {
    let rule = "- name: looked-up\n  inject: {pod: {metadata: {labels: {c: d}}}}\n";
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": "kubewarden", "name": "rules"}, "data": {"rules.yaml": rule},
    })
}

#[test]
fn an_instance_answers_100_000_times_in_the_memory_of_a_few() {
    let memory = Module::read(&MODULE).memory;
    let host = Host::new(Some(memory + GROWTH));
    let slow = Arc::new(AtomicBool::new(false));
    let is_slow = slow.clone();
    let instance = host.instance(move || {
        if is_slow.load(Relaxed) {
            thread::sleep(Duration::from_millis(600));
        }
        Ok(rules())
    });
    let calls = calls();
    let answers = || -> Vec<Value> {
        let answers = calls
            .iter()
            .map(|(function, payload)| instance.call(function, payload));
        answers.collect()
    };
    let first = answers();
    let labels = &first[1]["mutated_object"]["metadata"]["labels"];
    assert_eq!((&labels["a"], &labels["c"]), (&json!("b"), &json!("d")));
    assert_eq!(instance.take_records().len(), 1);
    // After a late look-up memory is freed again.
    slow.store(true, Relaxed);
    answers();
    slow.store(false, Relaxed);
    for _ in 0..100_000 / calls.len() {
        instance.take_records();
        assert_eq!(answers(), first);
    }
    assert_eq!(instance.take_records().len(), 1);
}
