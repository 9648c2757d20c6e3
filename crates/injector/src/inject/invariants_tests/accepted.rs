//! Pods that are accepted but close to an error. A rule that causes the error must fail.

use serde_json::json;

use super::{Case, pod};

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The API server knows the capability as `CAP_SYS_ADMIN` alone.
fn with_sys_admin() -> Case {
    pod().with_container(json!({"securityContext": {
        "allowPrivilegeEscalation": false,
        "capabilities": {"add": ["SYS_ADMIN"]},
    }}))
}

#[track_caller]
fn escalates(case: &Case) {
    case.is_refused(
        r#"securityContext.allowPrivilegeEscalation of container "app""#,
        "can't be false with privileged or the capability CAP_SYS_ADMIN",
    );
}

#[test]
fn sys_admin_beside_privileged() {
    escalates(&with_sys_admin().patch(json!({"securityContext": {"privileged": true}})));
}

#[test]
fn sys_admin_beside_cap_sys_admin() {
    let patch = json!({"securityContext": {"capabilities": {"add": ["CAP_SYS_ADMIN"]}}});
    escalates(&with_sys_admin().patch(patch));
}

#[test]
fn sys_admin_alone_is_accepted() {
    with_sys_admin()
        .patch(json!({"securityContext": {"runAsUser": 1}}))
        .is_applied();
}

#[test]
fn sys_admin_of_a_rule() {
    pod()
        .patch(json!({"securityContext": {
            "allowPrivilegeEscalation": false,
            "capabilities": {"add": ["SYS_ADMIN"]},
        }}))
        .is_applied();
}

/// A pod whose account has no token, with a device at the token's path.
fn with_a_device_at_the_token() -> Case {
    pod()
        .with_spec(json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}))
        .with_container(json!({"volumeDevices": [{"name": "v", "devicePath": TOKEN_PATH}]}))
}

#[test]
fn a_device_where_the_token_comes_back() {
    with_a_device_at_the_token()
        .inject_spec(json!({"automountServiceAccountToken": true}))
        .is_refused(
            &format!(r#"volumeDevices['{TOKEN_PATH}'] of container "app""#),
            "the service account's token is mounted at this path",
        );
}

#[test]
fn a_device_where_no_token_comes() {
    with_a_device_at_the_token()
        .inject_spec(json!({"automountServiceAccountToken": false}))
        .inject_spec(json!({"hostname": "x"}))
        .is_applied();
}

/// The API server drops a stopSignal that stands alone.
#[test]
fn a_stop_signal_beside_a_hook() {
    pod()
        .with_spec(json!({"initContainers": [
            {"name": "init", "image": "i", "lifecycle": {"stopSignal": "SIGTERM"}},
        ]}))
        .inject(json!({"containers": [{
            "kinds": ["InitContainer"],
            "patch": {"lifecycle": {"preStop": {"sleep": {"seconds": 1}}}},
        }]}))
        .is_refused(
            r#"lifecycle of init container "init""#,
            "an init container has it only with restartPolicy Always",
        );
}
