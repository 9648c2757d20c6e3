//! Settings of the tests, and objects of their clusters.

use serde_json::{Value, json};

pub(crate) const LABEL: &str = r#"{"pod": {"metadata": {"labels": {"egress": "proxied"}}}}"#;

pub(crate) fn rule(name: &str, inject: &str) -> String {
    format!(r#"{{"name": "{name}", "inject": {inject}}}"#)
}

pub(crate) fn settings(rules: &[String]) -> String {
    format!(r#"{{"rules": [{}]}}"#, rules.join(","))
}

/// A rule that fails on every pod of these tests.
pub(crate) fn failing(name: &str) -> String {
    rule(name, r#"{"pod": {"spec": {"hostname": "other"}}}"#)
}

pub(crate) fn rules_from(sources: &[Value]) -> Value {
    let sources = sources.iter().map(|source| json!({ "configMap": source }));
    json!({ "rulesFrom": sources.collect::<Vec<_>>() })
}

pub(crate) fn config_map(namespace: &str, name: &str, text: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace},
        "data": {"rules.yaml": text},
    })
}
