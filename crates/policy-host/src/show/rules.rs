//! The result of each rule, for a policy whose settings have named rules and whose audit
//! annotations list them.

use serde_json::Value;

use crate::{Outcome, Request, Settings};

/// The annotation by which a pod opts out of rules.
const SKIP_ANNOTATION: &str = "pod-injector.kubewarden.io/skip";

/// The results of the rules.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// The policy has no named rules.
    Unknown,
    /// The request does not create a pod, so that the policy tried no rule.
    NoPod,
    /// The rules by name, each with its result. Those of the settings come first.
    Fates(Vec<(String, &'static str)>),
}

/// The results of the rules for a request.
pub(super) fn of(request: &Request, settings: &Settings, outcome: &Outcome) -> Rules {
    let named = |annotation: &str| -> Vec<&str> {
        let names = outcome.audit_annotations.get(annotation);
        let names = names.map(|names| names.split(',').collect());
        names.unwrap_or_default()
    };
    let [applied, idle, failed] = ["applied-rules", "idle-rules", "failed-rules"].map(named);
    let rules = settings.as_map().get("rules").and_then(Value::as_array);
    let rules = rules.into_iter().flatten();
    let mut names: Vec<&str> = rules.filter_map(|rule| rule["name"].as_str()).collect();
    let told = || applied.iter().chain(&idle).chain(&failed);
    if names.is_empty() && told().next().is_none() {
        return Rules::Unknown;
    }
    if !request.creates_pod() && told().next().is_none() {
        return Rules::NoPod;
    }
    for name in told() {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let skip = skip_annotation(request, settings);
    let fate = |name: &str| match name {
        name if failed.contains(&name) => "failed",
        name if applied.contains(&name) => "applied",
        name if idle.contains(&name) => "idle: it selects nothing in this pod",
        name if is_skipped(name, skip) => "skipped by the pod",
        _ => "does not match",
    };
    let fates = names.into_iter().map(|name| (name.to_owned(), fate(name)));
    Rules::Fates(fates.collect())
}

/// The pod's skip annotation, if the settings honour it.
fn skip_annotation<'r>(request: &'r Request, settings: &Settings) -> Option<&'r str> {
    if settings.as_map().get("optOut") == Some(&Value::Bool(false)) {
        return None;
    }
    let object = request.object.as_ref()?;
    object["metadata"]["annotations"][SKIP_ANNOTATION].as_str()
}

fn is_skipped(rule: &str, annotation: Option<&str>) -> bool {
    annotation.is_some_and(|value| {
        value.trim() == "true" || value.split(',').any(|name| name.trim() == rule)
    })
}
