//! How large annotations and a pod may be.

use serde_json::json;

use super::pod;

#[test]
fn annotations_have_a_size_together() {
    let pod = |bytes: usize| {
        pod()
            .with_metadata(json!({"annotations": {"a": "x".repeat(bytes)}}))
            .inject_metadata(json!({"annotations": {"b": "12345"}}))
    };
    pod(256 * 1024 - 7).is_applied();
    pod(256 * 1024 - 6).is_refused("metadata.annotations", "more than 262144 bytes together");
}

#[test]
fn a_stamp_that_came_with_the_pod_takes_no_room() {
    let stamp = "s".repeat(200_000);
    pod()
        .with_metadata(json!({"annotations": {"pod-injector.kubewarden.io/status": stamp}}))
        .inject_metadata(json!({"annotations": {"a": "x".repeat(100_000)}}))
        .is_applied();
}

#[test]
fn a_pod_has_a_size() {
    let pod = |kib: usize| {
        pod()
            .with_container(json!({"args": ["x".repeat(1024 * 1024)]}))
            .patch(json!({"command": ["y".repeat(kib * 1024)]}))
    };
    pod(400).is_applied();
    pod(500).is_refused("spec", "the pod would be too large to be stored");
}
