//! Rules on whole pods: each case is a pod as the API server hands it over, rules, and what the
//! policy makes of it.

mod again;
mod filled_in;
mod restored;

use serde_json::{Value, json};

use crate::cluster::lookups::{Lookups, Store};
use crate::cluster::object::{Kind, Object};
use crate::inject::deadline::Deadline;
use crate::inject::evaluate;
use crate::request::Request;
use crate::settings::known::Known;
use crate::settings::rule_cache::{RuleCache, RuleTexts};
use crate::settings::{self, Settings};
use lazy_json::Node;

/// What the rules make of a pod: the pod, and the message of each rule that failed.
struct Outcome {
    pod: Value,
    failed: Vec<String>,
}

/// Applies rules, a JSON list, to a pod. Nothing can be looked up.
fn outcome(pod: &str, rules: &str) -> Outcome {
    outcome_with(pod, &format!(r#"{{"rules": {rules}}}"#), None)
}

/// Applies settings to a pod; `team_rules` is the text of the `ConfigMap` `rules` in the pod's
/// namespace, where there is one.
fn outcome_with(pod: &str, text: &str, team_rules: Option<&str>) -> Outcome {
    let rules = team_rules.map(|rules| {
        let config_map = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"namespace": "default", "name": "rules"}, "data": {"rules.yaml": rules},
        });
        (Object::new(Kind::ConfigMap, "default", "rules"), config_map)
    });
    outcome_in(pod, text, rules)
}

/// Applies settings to a pod of a cluster that holds these objects.
fn outcome_in(
    pod: &str,
    text: &str,
    objects: impl IntoIterator<Item = (Object, Value)>,
) -> Outcome {
    let problems = settings::check(text);
    assert!(problems.found().is_empty(), "{:#?}", problems.found());
    let settings = Node::parse(text).expect("the settings are JSON");
    let settings = Settings::read(&settings).expect("the settings can be read");
    let request = format!(r#"{{"namespace": "default", "object": {pod}}}"#);
    let request = Node::parse(&request).expect("the pod is JSON");
    let request = Request::new(&request);
    let pod = request.object().expect("the request has an object");
    let (store, texts) = (Store::default(), RuleTexts::default());
    let lookups = Lookups::new(&store);
    for (object, value) in objects {
        lookups.insert(object, Ok(value.to_string().into_bytes()));
    }
    let rules = RuleCache::new(&texts);
    let known = Known {
        lookups: &lookups,
        rules: &rules,
    };
    let evaluation = evaluate(pod, request, &settings, known, &Deadline::never());
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
