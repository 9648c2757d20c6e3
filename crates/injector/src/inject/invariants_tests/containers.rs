//! Containers, their names and images.

use serde_json::json;

use super::pod;

#[test]
fn restart_rules() {
    pod()
        .patch(json!({
            "restartPolicyRules": [{
                "action": "Restart",
                "exitCodes": {"operator": "In", "values": [1]},
            }],
        }))
        .is_refused(
            r#"restartPolicyRules of container "app""#,
            "only with a restartPolicy",
        );
}

#[test]
fn new_without_an_image() {
    pod()
        .inject_spec(json!({"containers": [{"name": "new"}]}))
        .is_refused(r#"image of container "new""#, "required");
}

#[test]
fn one_of_the_pods() {
    pod()
        .inject_spec(json!({"containers": [{"name": "app", "tty": true}]}))
        .is_applied();
}

#[test]
fn none_left() {
    pod()
        .inject_spec(json!({"containers": [{"name": "app", "$patch": "delete"}]}))
        .is_refused("spec.containers", "a pod needs at least one container");
}

#[test]
fn name_of_another_list() {
    pod()
        .inject_spec(json!({"initContainers": [{"name": "app", "image": "i"}]}))
        .is_refused(r#"init container "app""#, "another container has this name");
}
