//! Fields that go with an operating system, and host processes.

use serde_json::json;

use super::pod;

#[test]
fn field_of_linux() {
    pod()
        .with_spec(json!({"os": {"name": "windows"}}))
        .patch(json!({"securityContext": {"runAsUser": 1000}}))
        .is_refused(
            r#"securityContext.runAsUser of container "app""#,
            "not in a pod with os.name windows",
        );
}

#[test]
fn field_of_windows() {
    pod()
        .with_spec(json!({"os": {"name": "linux"}}))
        .patch(json!({"securityContext": {"windowsOptions": {"runAsUserName": "x"}}}))
        .is_refused(
            r#"securityContext.windowsOptions of container "app""#,
            "not in a pod with os.name linux",
        );
}

#[test]
fn host_process_on_the_pods_network() {
    pod()
        .patch(json!({"securityContext": {"windowsOptions": {"hostProcess": true}}}))
        .is_refused(
            "spec.hostNetwork",
            "hostProcess containers need hostNetwork",
        );
}

#[test]
fn host_process_of_the_pod_differs() {
    pod()
        .with_spec(json!({
            "hostNetwork": true,
            "securityContext": {"windowsOptions": {"hostProcess": true}},
        }))
        .patch(json!({"securityContext": {"windowsOptions": {"hostProcess": false}}}))
        .is_refused(
            r#"securityContext.windowsOptions.hostProcess of container "app""#,
            "must equal hostProcess of the pod",
        );
}

#[test]
fn becomes_windows() {
    pod()
        .with_container(json!({"securityContext": {"readOnlyRootFilesystem": true}}))
        .inject_spec(json!({"os": {"name": "windows"}}))
        .is_refused(
            r#"securityContext.readOnlyRootFilesystem of container "app""#,
            "not in a pod with os.name windows",
        );
}

#[test]
fn context_of_the_pod() {
    pod()
        .with_spec(json!({"os": {"name": "windows"}}))
        .inject_spec(json!({"securityContext": {"fsGroup": 1}}))
        .is_refused(
            "spec.securityContext.fsGroup",
            "not in a pod with os.name windows",
        );
}

#[test]
fn host_users() {
    pod()
        .with_spec(json!({"os": {"name": "windows"}}))
        .inject_spec(json!({"hostUsers": true}))
        .is_refused("spec.hostUsers", "not in a pod with os.name windows");
}

#[test]
fn context_of_a_linux_pod() {
    pod()
        .inject_spec(json!({
            "os": {"name": "linux"},
            "securityContext": {"windowsOptions": {"runAsUserName": "x"}},
        }))
        .is_refused(
            "spec.securityContext.windowsOptions",
            "not in a pod with os.name linux",
        );
}

#[test]
fn beside_a_host_process() {
    pod()
        .with_spec(json!({"hostNetwork": true}))
        .with_container(json!({"securityContext": {"windowsOptions": {"hostProcess": true}}}))
        .inject_spec(json!({"containers": [{"name": "b", "image": "i"}]}))
        .is_refused("spec", "either all containers are hostProcess or none is");
}

#[test]
fn host_network_removed() {
    pod()
        .with_spec(json!({
            "hostNetwork": true,
            "securityContext": {"windowsOptions": {"hostProcess": true}},
        }))
        .inject_spec(json!({"hostNetwork": null}))
        .is_refused(
            "spec.hostNetwork",
            "hostProcess containers need hostNetwork",
        );
}

#[test]
fn beside_host_processes() {
    pod()
        .with_spec(json!({
            "hostNetwork": true,
            "securityContext": {"windowsOptions": {"hostProcess": true}},
        }))
        .inject_spec(json!({"containers": [{"name": "b", "image": "i"}]}))
        .is_applied();
}
