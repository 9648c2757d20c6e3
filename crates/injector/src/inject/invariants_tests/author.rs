//! Errors that the pod had before the rule do not fail the rule.

use serde_json::json;

use super::pod;

#[test]
fn elsewhere_in_the_pod() {
    pod()
        .with_container(json!({"volumeMounts": [{"name": "w", "mountPath": "/w"}]}))
        .patch(json!({"env": [{"name": "A", "value": "1"}]}))
        .is_applied();
}

#[test]
fn in_the_item_that_the_rule_changes() {
    pod()
        .with_container(json!({"volumeMounts": [{"name": "w", "mountPath": "/w"}]}))
        .patch(json!({"volumeMounts": [{"mountPath": "/w", "readOnly": true}]}))
        .is_applied();
}
