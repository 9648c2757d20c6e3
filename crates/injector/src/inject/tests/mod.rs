//! Rules on whole pods: each case is a pod as the API server hands it over, rules, and what the
//! policy makes of it.

mod filled_in;
mod undone;

use serde_json::Value;

use crate::cluster::lookups::{Lookups, Store};
use crate::inject::deadline::Time;
use crate::inject::evaluate;
use crate::request::Request;
use crate::settings::{self, Settings};
use lazy_json::Node;

/// What the rules make of a pod: the pod, and the message of each rule that failed.
struct Outcome {
    pod: Value,
    failed: Vec<String>,
}

/// Applies rules, a JSON list, to a pod. Nothing can be looked up.
fn outcome(pod: &str, rules: &str) -> Outcome {
    let text = format!(r#"{{"rules": {rules}}}"#);
    let problems = settings::check(&text);
    assert!(problems.found().is_empty(), "{:#?}", problems.found());
    let settings = Node::parse(&text).expect("the settings are JSON");
    let settings = Settings::read(&settings).expect("the settings can be read");
    let request = format!(r#"{{"namespace": "default", "object": {pod}}}"#);
    let request = Node::parse(&request).expect("the pod is JSON");
    let request = Request::new(&request);
    let pod = request.object().expect("the request has an object");
    let store = Store::default();
    let lookups = Lookups::new(&store);
    let evaluation = evaluate(pod, request, &settings, &lookups, &Time::endless());
    let mut written = String::new();
    evaluation.pod.write(&mut written);
    let failed = evaluation.failed.iter();
    Outcome {
        pod: serde_json::from_str(&written).expect("the pod is JSON"),
        failed: failed
            .map(|failure| format!("{}: {}", failure.reason.as_str(), failure.message))
            .collect(),
    }
}

/// The pod that rules make of a pod. A second admission must change nothing.
fn applied(pod: &str, rules: &str) -> Value {
    let first = outcome(pod, rules);
    assert_eq!(first.failed, Vec::<String>::new());
    first.pod
}

/// One rule that replaces what is in its way.
fn replacing(inject: &str) -> String {
    format!(r#"[{{"name": "r", "onConflict": "Replace", "inject": {inject}}}]"#)
}

/// One rule that reports what is in its way.
fn reporting(inject: &str) -> String {
    format!(r#"[{{"name": "r", "inject": {inject}}}]"#)
}
