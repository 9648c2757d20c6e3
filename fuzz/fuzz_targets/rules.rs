//! Rules and requests that are anything: there is always an answer, it is JSON, the pod is admitted
//! unless a rule wants it rejected, and rules that pass their check fail for no reason of ours.
//!
//! The policy leaves its memory to the host, which takes it as a whole: run this with
//! `cargo fuzz run rules -- -detect_leaks=0 -fork=1`.

#![no_main]

use std::cell::RefCell;
use std::time::Duration;

use injector::admission;
use injector::cluster::host::{Cluster, Host, HostError};
use injector::settings;
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// A pod with something in each part that rules often look into.
const REQUEST: &str = r#"{"uid":"u","namespace":"team-a","operation":"CREATE","userInfo":{"username":"ann"},
"kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},
"object":{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"web-","labels":{"app":"web"},"annotations":{"a/b":"${metadata.name}"}},
"spec":{"serviceAccountName":"default","volumes":[{"name":"v","emptyDir":{}}],"tolerations":[{"key":"a","operator":"Exists"}],
"initContainers":[{"name":"i","image":"i:1","restartPolicy":"Always"}],
"containers":[{"name":"app","image":"app:1","env":[{"name":"A","value":"1"}],"ports":[{"containerPort":80,"protocol":"TCP"}],
"volumeMounts":[{"name":"v","mountPath":"/v"}],"resources":{"limits":{"cpu":"1"},"requests":{"cpu":"1"}},
"livenessProbe":{"httpGet":{"port":80,"path":"/","scheme":"HTTP"}}}]}}}"#;

/// A host that has one object: a `ConfigMap` with this text in it.
#[derive(Default)]
struct Log<'t>(RefCell<Vec<Value>>, &'t str);

impl Host for Log<'_> {
    fn log(&self, payload: &[u8]) -> Result<(), HostError> {
        let record = serde_json::from_slice(payload).expect("a record is JSON");
        self.0.borrow_mut().push(record);
        Ok(())
    }

    fn now(&self) -> i64 {
        0
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

impl Cluster for Log<'_> {
    fn get_resource(&self, question: &[u8]) -> Result<Vec<u8>, String> {
        let question: Value = serde_json::from_slice(question).expect("a question is JSON");
        let name = question["name"].as_str().expect("it has a name");
        if name != "rules" {
            return Err("no".to_owned());
        }
        let object = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": question["namespace"]},
            "data": {"rules.yaml": self.1},
        });
        Ok(object.to_string().into_bytes())
    }
}

fuzz_target!(|bytes: &[u8]| {
    // As a whole payload: no rule of which the check knows.
    let log = Log::default();
    let answer = admission::validate(bytes, &log);
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
    let answer = admission::validate(payload.as_bytes(), &log);
    let rejected = answer.starts_with(br#"{"accepted":false"#);
    let answer = serde_json::from_slice::<&RawValue>(&answer).expect("an answer is JSON");
    assert!(
        !rejected || text.contains("onFailure") || text.contains('\\'),
        "{answer}"
    );
    check(log, |reason| !valid || reason != "InternalError");

    // As the text of a ConfigMap, in the pod's own namespace and in another one.
    for source in [r#"{"name":"rules"}"#, r#"{"namespace":"n","name":"rules"}"#] {
        let payload = format!(
            r#"{{"request":{REQUEST},"settings":{{"rulesFrom":[{{"configMap":{source}}}]}}}}"#
        );
        let log = Log(RefCell::default(), text);
        let answer = admission::validate(payload.as_bytes(), &log);
        let rejected = answer.starts_with(br#"{"accepted":false"#);
        serde_json::from_slice::<&RawValue>(&answer).expect("an answer is JSON");
        assert!(
            !rejected || source.contains("namespace"),
            "a team's rule rejects"
        );
        check(log, |reason| reason != "InternalError");
    }
});

/// Checks what was reported.
fn check(log: Log<'_>, expected: impl Fn(&str) -> bool) {
    let records = log.0.into_inner();
    for record in &records {
        let message = record["message"].as_str().expect("it has a message");
        assert!(message.len() <= 1024, "{message}");
        let reason = record["event"]["reason"].as_str().expect("it has a reason");
        assert!(expected(reason), "{record}");
    }
}
