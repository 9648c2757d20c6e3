//! A policy that has nothing to do with pod-injector, and what comes of its records.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use policy_host::{Policy, Request, Settings};
use serde_json::{Value, json};
use test_modules::{Package, module};

const REAL: &str = include_str!("../../event-record/tests/data/policy-server.json.log");

#[test]
fn its_record_becomes_events() {
    let policy = Policy::load(&module(Package::AnyPolicy)).expect("it is a policy");
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"generateName": "web-", "namespace": "team-a", "ownerReferences": [{
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u-1", "controller": true,
        }]},
        "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
    });
    let request = Request::from_pod(pod, None).expect("it is a pod");
    let outcome = policy.evaluate(&request, &Settings::default());
    assert!(outcome.allowed, "{:?}", outcome.message);
    let [record] = outcome.logs.as_slice() else {
        panic!("{:?}", outcome.logs);
    };
    let line = line(&record.data, &request.uid);
    let mut relay = Command::new(env!("CARGO_BIN_EXE_event-relay"))
        .args(["--stdin", "--dry-run", "--policy", "clusterwide-digests"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the relay starts");
    let mut input = relay.stdin.take().expect("it is piped");
    input.write_all(line.as_bytes()).expect("the relay reads");
    drop(input);
    let output = relay.wait_with_output().expect("it ends");
    let text = String::from_utf8(output.stdout).expect("it is text");
    for object in ["replicaset/web ", "pod/web-* "] {
        assert!(text.contains(object), "{text}");
    }
    assert!(text.contains("ImageWithoutDigest"), "{text}");
    assert!(
        text.contains("images without a digest: example.com/app:1"),
        "{text}"
    );
}

/// The line that policy-server writes for it.
fn line(data: &serde_json::Map<String, Value>, uid: &str) -> String {
    let real = REAL.lines().find(|line| line.contains("involvedObject"));
    let mut line: Value = serde_json::from_str(real.expect("there is one")).expect("JSON");
    line["fields"]["data"] = json!(Value::Object(data.clone()).to_string());
    for span in line["spans"].as_array_mut().expect("there are spans") {
        if span["name"] == "validation" {
            span["policy_id"] = json!("clusterwide-digests");
            span["request_uid"] = json!(uid);
        }
    }
    line.to_string()
}

/// The example in the document is the one that is tried here.
#[test]
fn the_document_shows_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| fs::read_to_string(root.join(path)).expect("it is there");
    let (_, code) = read("examples/any-policy/src/lib.rs")
        .split_once("    // the record\n")
        .map(|(before, after)| (before.to_owned(), after.to_owned()))
        .expect("it begins");
    let (code, _) = code
        .split_once("    // end of the record\n")
        .expect("it ends");
    assert!(read("docs/record.md").contains(code), "{code}");
    assert!(code.lines().count() <= 10);
}
