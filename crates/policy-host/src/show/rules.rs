//! What became of each rule, for a policy whose settings have rules with names and whose audit
//! annotations tell of them.

use serde_json::Value;

use crate::{Outcome, Settings};

/// The rules by name, those of the settings first, each with what became of it. None for a policy
/// that says nothing of rules.
pub(super) fn of(settings: &Settings, outcome: &Outcome) -> Vec<(String, &'static str)> {
    let named = |annotation: &str| -> Vec<&str> {
        let names = outcome.audit_annotations.get(annotation);
        let names = names.map(|names| names.split(',').collect());
        names.unwrap_or_default()
    };
    let (applied, failed) = (named("applied-rules"), named("failed-rules"));
    let rules = settings.as_map().get("rules").and_then(Value::as_array);
    let rules = rules.into_iter().flatten();
    let mut names: Vec<&str> = rules.filter_map(|rule| rule["name"].as_str()).collect();
    for name in applied.iter().chain(&failed) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let fate = |name: &str| match name {
        name if failed.contains(&name) => "failed",
        name if applied.contains(&name) => "applied",
        _ => "does not match",
    };
    names
        .into_iter()
        .map(|name| (name.to_owned(), fate(name)))
        .collect()
}
