//! Security contexts, and the host's namespaces.

use serde_json::json;

use super::pod;

#[test]
fn escalation() {
    pod()
        .with_container(json!({"securityContext": {"privileged": true}}))
        .patch(json!({"securityContext": {"allowPrivilegeEscalation": false}}))
        .is_refused(
            r#"securityContext.allowPrivilegeEscalation of container "app""#,
            "can't be false with privileged or the capability CAP_SYS_ADMIN",
        );
}

#[test]
fn proc_mount() {
    pod()
        .patch(json!({"securityContext": {"procMount": "Unmasked"}}))
        .is_refused(
            r#"securityContext.procMount of container "app""#,
            "Unmasked only with hostUsers false",
        );
}

#[test]
fn proc_mount_of_a_user_namespace() {
    pod()
        .with_spec(json!({"hostUsers": false}))
        .patch(json!({"securityContext": {"procMount": "Unmasked"}}))
        .is_applied();
}

#[test]
fn process_namespace() {
    pod()
        .with_spec(json!({"hostPID": true}))
        .inject_spec(json!({"shareProcessNamespace": true}))
        .is_refused("spec.shareProcessNamespace", "not together with hostPID");
}

#[test]
fn user_namespace() {
    pod()
        .with_spec(json!({"hostPID": true}))
        .inject_spec(json!({"hostUsers": false}))
        .is_refused("spec.hostPID", "not together with hostUsers false");
}

#[test]
fn user_namespace_removed() {
    pod()
        .with_spec(json!({"hostUsers": false}))
        .with_container(json!({"securityContext": {"procMount": "Unmasked"}}))
        .inject_spec(json!({"hostUsers": null}))
        .is_refused(
            r#"securityContext.procMount of container "app""#,
            "Unmasked only with hostUsers false",
        );
}

#[test]
fn sysctl_of_the_network() {
    pod()
        .with_spec(json!({"hostNetwork": true}))
        .inject_spec(json!({
            "securityContext": {"sysctls": [{"name": "net/core/somaxconn", "value": "1"}]},
        }))
        .is_refused(
            "spec.securityContext.sysctls",
            "a sysctl of the host's network or IPC with hostNetwork or hostIPC",
        );
}

#[test]
fn sysctl_of_ipc() {
    pod()
        .with_spec(json!({"securityContext": {"sysctls": [{"name": "kernel.sem", "value": "1"}]}}))
        .inject_spec(json!({"hostIPC": true}))
        .is_refused(
            "spec.securityContext.sysctls",
            "a sysctl of the host's network or IPC with hostNetwork or hostIPC",
        );
}

#[test]
fn sysctl_of_another_namespace() {
    pod()
        .with_spec(json!({"hostIPC": true}))
        .inject_spec(json!({
            "securityContext": {"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]},
        }))
        .is_applied();
}
