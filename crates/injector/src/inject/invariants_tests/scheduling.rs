//! Where a pod may run.

use serde_json::json;

use super::pod;

#[test]
fn gates() {
    pod()
        .with_spec(json!({"nodeName": "n"}))
        .inject_spec(json!({"schedulingGates": [{"name": "g"}]}))
        .is_refused("spec.schedulingGates", "not together with nodeName");
}

#[test]
fn spread_without_skew() {
    pod()
        .inject_spec(json!({
            "topologySpreadConstraints": [{
                "topologyKey": "zone",
                "whenUnsatisfiable": "DoNotSchedule",
            }],
        }))
        .is_refused("spec.topologySpreadConstraints['zone'].maxSkew", "required");
}

#[test]
fn node_affinity_without_terms() {
    pod()
        .inject_spec(json!({
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}}},
        }))
        .is_refused(
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms",
            "required",
        );
}

#[test]
fn node_selector_of_a_runtime_class() {
    pod()
        .with_spec(json!({"runtimeClassName": "k", "nodeSelector": {"a": "1"}}))
        .inject_spec(json!({"nodeSelector": {"a": "2"}}))
        .is_refused(
            "spec.nodeSelector['a']",
            "another value than a RuntimeClass may have set",
        );
}

#[test]
fn runtime_class_and_another_key() {
    pod()
        .with_spec(json!({"runtimeClassName": "k", "nodeSelector": {"a": "1"}}))
        .inject_spec(json!({"nodeSelector": {"b": "2"}}))
        .is_applied();
}

#[test]
fn node_selector() {
    pod()
        .with_spec(json!({"nodeSelector": {"a": "1"}}))
        .inject_spec(json!({"nodeSelector": {"a": "2"}}))
        .is_applied();
}

#[test]
fn label_of_a_constraint() {
    pod()
        .with_spec(json!({
            "topologySpreadConstraints": [{
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "matchLabelKeys": ["a"],
                "labelSelector": {"matchLabels": {"a": "1"}},
            }],
        }))
        .inject_metadata(json!({"labels": {"a": "1"}}))
        .is_refused(
            "spec.topologySpreadConstraints",
            "a key of matchLabelKeys is in the labelSelector too",
        );
}

#[test]
fn another_label() {
    pod()
        .with_spec(json!({
            "topologySpreadConstraints": [{
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "matchLabelKeys": ["a"],
                "labelSelector": {"matchLabels": {"a": "1"}},
            }],
        }))
        .inject_metadata(json!({"labels": {"b": "1"}}))
        .is_applied();
}
