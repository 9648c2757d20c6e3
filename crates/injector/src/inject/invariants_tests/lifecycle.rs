//! Probes, hooks and stop signals.

use serde_json::json;

use super::pod;

#[test]
fn probe_without_handler() {
    pod()
        .patch(json!({"livenessProbe": {"periodSeconds": 5}}))
        .is_refused(r#"livenessProbe of container "app""#, "needs a handler");
}

#[test]
fn probe_that_gains_a_field() {
    pod()
        .with_container(json!({"livenessProbe": {"exec": {"command": ["x"]}}}))
        .patch(json!({"livenessProbe": {"periodSeconds": 5}}))
        .is_applied();
}

#[test]
fn hook_without_handler() {
    pod()
        .patch(json!({"lifecycle": {"preStop": {}}}))
        .is_refused(r#"lifecycle.preStop of container "app""#, "needs a handler");
}

#[test]
fn too_long_a_sleep() {
    pod()
        .patch(json!({"lifecycle": {"preStop": {"sleep": {"seconds": 31}}}}))
        .is_refused(
            r#"lifecycle.preStop of container "app""#,
            "must not sleep longer than the pod's terminationGracePeriodSeconds",
        );
}

#[test]
fn sleep_to_the_end() {
    pod()
        .with_spec(json!({"terminationGracePeriodSeconds": 40}))
        .patch(json!({"lifecycle": {"preStop": {"sleep": {"seconds": 40}}}}))
        .is_applied();
}

#[test]
fn stop_signal() {
    pod()
        .patch(json!({"lifecycle": {"stopSignal": "SIGUSR1"}}))
        .is_refused(
            r#"lifecycle.stopSignal of container "app""#,
            "a stopSignal only in a pod with os.name",
        );
}

#[test]
fn stop_signal_on_windows() {
    pod()
        .with_spec(json!({"os": {"name": "windows"}}))
        .patch(json!({"lifecycle": {"stopSignal": "SIGUSR1"}}))
        .is_refused(
            r#"lifecycle.stopSignal of container "app""#,
            "a stopSignal on windows can only be SIGKILL or SIGTERM",
        );
}

#[test]
fn probe_of_an_init_container() {
    pod()
        .inject_spec(json!({
            "initContainers": [{
                "name": "new",
                "image": "i",
                "startupProbe": {"exec": {"command": ["x"]}},
            }],
        }))
        .is_refused(
            r#"startupProbe of init container "new""#,
            "an init container has it only with restartPolicy Always",
        );
}

#[test]
fn no_longer_a_sidecar() {
    pod()
        .with_spec(json!({
            "initContainers": [{
                "name": "s",
                "image": "i",
                "restartPolicy": "Always",
                "lifecycle": {"preStop": {"exec": {"command": ["x"]}}},
            }],
        }))
        .inject_spec(json!({"initContainers": [{"name": "s", "restartPolicy": null}]}))
        .is_refused(
            r#"lifecycle of init container "s""#,
            "an init container has it only with restartPolicy Always",
        );
}

#[test]
fn too_short_a_grace_period() {
    pod()
        .with_container(json!({"lifecycle": {"preStop": {"sleep": {"seconds": 20}}}}))
        .inject_spec(json!({"terminationGracePeriodSeconds": 10}))
        .is_refused(
            r#"lifecycle.preStop of container "app""#,
            "must not sleep longer than the pod's terminationGracePeriodSeconds",
        );
}

#[test]
fn stop_signal_without_os() {
    pod()
        .with_spec(json!({"os": {"name": "linux"}}))
        .with_container(json!({"lifecycle": {"stopSignal": "SIGTERM"}}))
        .inject_spec(json!({"os": null}))
        .is_refused(
            r#"lifecycle.stopSignal of container "app""#,
            "a stopSignal only in a pod with os.name",
        );
}
