//! Resources of the pod as a whole.

use serde_json::json;

use super::pod;

#[test]
fn request_that_was_filled_in() {
    pod()
        .with_spec(json!({"resources": {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}}}))
        .with_container(json!({"resources": {"requests": {"cpu": "1"}}}))
        .inject_spec(json!({
            "containers": [{"name": "b", "image": "i", "resources": {"requests": {"cpu": "1m"}}}],
        }))
        .is_refused(
            "spec.resources.requests['cpu']",
            "the containers together request more than the pod as a whole",
        );
}

#[test]
fn request_copied_from_a_limit() {
    pod()
        .with_spec(json!({"resources": {"requests": {"cpu": "1"}}}))
        .with_container(json!({"resources": {"requests": {"cpu": "1"}}}))
        .inject_spec(json!({
            "initContainers": [{"name": "b", "image": "i", "resources": {"limits": {"cpu": "2"}}}],
        }))
        .is_refused(
            "spec.resources.requests['cpu']",
            "the containers together request more than the pod as a whole",
        );
}

#[test]
fn request_of_an_init_container() {
    pod()
        .with_spec(json!({"resources": {"requests": {"cpu": "1"}}}))
        .with_container(json!({"resources": {"requests": {"cpu": "1"}}}))
        .inject_spec(json!({
            "initContainers": [{"name": "b", "image": "i", "resources": {"limits": {"cpu": "1"}}}],
        }))
        .is_applied();
}

#[test]
fn limit_of_a_container() {
    pod()
        .with_container(json!({
            "resources": {"limits": {"memory": "2Gi"}, "requests": {"memory": "1Gi"}},
        }))
        .inject_spec(json!({"resources": {"limits": {"memory": "1Gi"}}}))
        .is_refused(
            "spec.resources.limits['memory']",
            "a container's limit exceeds the limit of the pod as a whole",
        );
}

#[test]
fn limit_under_the_requests() {
    pod()
        .with_container(json!({"resources": {"requests": {"memory": "2Gi"}}}))
        .inject_spec(json!({"resources": {"limits": {"memory": "1Gi"}}}))
        .is_refused(
            "spec.resources.requests['memory']",
            "requests of memory must not exceed limits",
        );
}

#[test]
fn enough_for_all() {
    pod()
        .with_spec(json!({
            "initContainers": [{
                "name": "s",
                "image": "i",
                "restartPolicy": "Always",
                "resources": {"requests": {"cpu": "1"}},
            }],
        }))
        .with_container(json!({"resources": {"requests": {"cpu": "1"}}}))
        .inject_spec(json!({"resources": {"limits": {"cpu": "2"}}}))
        .is_applied();
}

#[test]
fn huge_pages() {
    pod()
        .inject_spec(json!({"resources": {"limits": {"hugepages-2Mi": "2Mi"}}}))
        .is_refused("spec.resources", "huge pages need cpu or memory too");
}

#[test]
fn on_windows() {
    pod()
        .with_spec(json!({"os": {"name": "windows"}}))
        .inject_spec(json!({"resources": {"limits": {"cpu": "2"}}}))
        .is_refused(
            "spec.resources",
            "a windows pod can't have resources as a whole",
        );
}
