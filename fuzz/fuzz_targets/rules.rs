//! Rules and requests that are anything: there is always an answer, it is JSON, the pod is admitted
//! unless a rule wants it rejected, and rules that pass their check fail for no reason of ours.

#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use pod_injector::host::{Host, HostError};
use pod_injector::{policy, settings};
use serde_json::Value;
use serde_json::value::RawValue;

/// A pod with something in each part that rules often look into.
const REQUEST: &str = r#"{"uid":"u","namespace":"team-a","operation":"CREATE","userInfo":{"username":"ann"},
"kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},
"object":{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"web-","labels":{"app":"web"},"annotations":{"a/b":"${metadata.name}"}},
"spec":{"serviceAccountName":"default","volumes":[{"name":"v","emptyDir":{}}],"tolerations":[{"key":"a","operator":"Exists"}],
"initContainers":[{"name":"i","image":"i:1","restartPolicy":"Always"}],
"containers":[{"name":"app","image":"app:1","env":[{"name":"A","value":"1"}],"ports":[{"containerPort":80,"protocol":"TCP"}],
"volumeMounts":[{"name":"v","mountPath":"/v"}],"resources":{"limits":{"cpu":"1"},"requests":{"cpu":"1"}},
"livenessProbe":{"httpGet":{"port":80,"path":"/","scheme":"HTTP"}}}]}}}"#;

#[derive(Default)]
struct Log(RefCell<Vec<Value>>);

impl Host for Log {
    fn log(&self, payload: &[u8]) -> Result<(), HostError> {
        let record = serde_json::from_slice(payload).expect("a record is JSON");
        self.0.borrow_mut().push(record);
        Ok(())
    }

    fn now(&self) -> i64 {
        0
    }
}

fuzz_target!(|bytes: &[u8]| {
    // As a whole payload: no rule of which the check knows.
    let log = Log::default();
    let answer = policy::validate(bytes, &log);
    serde_json::from_slice::<&RawValue>(&answer).expect("an answer is JSON");

    let verdict = settings::validation_response(bytes);
    let verdict: Value = serde_json::from_slice(&verdict).expect("a verdict is JSON");
    let valid = verdict["valid"] == true;
    assert_eq!(valid, verdict["message"].is_null(), "{verdict}");

    // As settings, on a pod.
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let payload = format!(r#"{{"request":{REQUEST},"settings":{text}}}"#);
    let log = Log::default();
    let answer = policy::validate(payload.as_bytes(), &log);
    let rejected = answer.starts_with(br#"{"accepted":false"#);
    let answer = serde_json::from_slice::<&RawValue>(&answer).expect("an answer is JSON");
    assert!(!rejected || text.contains("onFailure") || text.contains('\\'), "{answer}");
    let records = log.0.into_inner();
    for record in &records {
        let message = record["message"].as_str().expect("it has a message");
        assert!(message.len() <= 1024, "{message}");
        assert!(!valid || record["event"]["reason"] != "InternalError", "{record} of {text}");
    }
});
