//! Mounts, and the volumes that they need.

use serde_json::json;

use super::pod;

#[test]
fn no_such_volume() {
    pod()
        .patch(json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}))
        .is_refused(
            r#"volumeMounts['/v'] of container "app""#,
            "the pod has no volume of this name",
        );
}

#[test]
fn a_volume_of_the_pod() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v"}]}))
        .patch(json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}))
        .is_applied();
}

#[test]
fn new_without_a_name() {
    pod()
        .patch(json!({"volumeMounts": [{"mountPath": "/v", "readOnly": true}]}))
        .is_refused(r#"volumeMounts['/v'].name of container "app""#, "required");
}

#[test]
fn one_that_gains_a_field() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v"}]}))
        .with_container(json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}))
        .patch(json!({"volumeMounts": [{"mountPath": "/v", "readOnly": true}]}))
        .is_applied();
}

#[test]
fn both_sub_paths() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v"}]}))
        .with_container(json!({"volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "a"}]}))
        .patch(json!({"volumeMounts": [{"mountPath": "/v", "subPathExpr": "b"}]}))
        .is_refused(
            r#"volumeMounts['/v'].subPathExpr of container "app""#,
            "not together with subPath",
        );
}

#[test]
fn recursive_and_writable() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v"}]}))
        .with_container(json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}))
        .patch(json!({"volumeMounts": [{"mountPath": "/v", "recursiveReadOnly": "Enabled"}]}))
        .is_refused(
            r#"volumeMounts['/v'].recursiveReadOnly of container "app""#,
            "only with readOnly",
        );
}

#[test]
fn recursive_and_read_only() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v"}]}))
        .with_container(json!({
            "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": true}],
        }))
        .patch(json!({"volumeMounts": [{"mountPath": "/v", "recursiveReadOnly": "Enabled"}]}))
        .is_applied();
}

#[test]
fn recursive_and_propagated() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v"}]}))
        .with_container(json!({
            "volumeMounts": [{
                "name": "v",
                "mountPath": "/v",
                "readOnly": true,
                "recursiveReadOnly": "Enabled",
            }],
        }))
        .patch(json!({
            "volumeMounts": [{"mountPath": "/v", "mountPropagation": "HostToContainer"}],
        }))
        .is_refused(
            r#"volumeMounts['/v'].recursiveReadOnly of container "app""#,
            "only with mountPropagation None",
        );
}

#[test]
fn bidirectional_and_unprivileged() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v"}]}))
        .patch(json!({
            "volumeMounts": [{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}],
        }))
        .is_refused(
            r#"volumeMounts of container "app""#,
            "Bidirectional only in a privileged container",
        );
}

#[test]
fn bidirectional_and_no_longer_privileged() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v"}]}))
        .with_container(json!({
            "securityContext": {"privileged": true},
            "volumeMounts": [{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}],
        }))
        .patch(json!({"securityContext": {"privileged": false}}))
        .is_refused(
            r#"volumeMounts of container "app""#,
            "Bidirectional only in a privileged container",
        );
}

#[test]
fn bidirectional_and_privileged() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v"}]}))
        .patch(json!({
            "securityContext": {"privileged": true},
            "volumeMounts": [{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}],
        }))
        .is_applied();
}

#[test]
fn volume_removed() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v"}]}))
        .with_container(json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}))
        .inject_spec(json!({"volumes": [{"name": "v", "$patch": "delete"}]}))
        .is_refused(
            r#"volumeMounts['/v'] of container "app""#,
            "the pod has no volume of this name",
        );
}

#[test]
fn unused_volume_removed() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v"}]}))
        .inject_spec(json!({"volumes": [{"name": "v", "$patch": "delete"}]}))
        .is_applied();
}

#[test]
fn volume_replaced() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}))
        .with_container(json!({"volumeDevices": [{"name": "v", "devicePath": "/v"}]}))
        .inject_spec(json!({"volumes": [{"name": "v", "emptyDir": {}}]}))
        .is_refused(
            r#"volumeDevices['/v'] of container "app""#,
            "a device needs a volume of a persistentVolumeClaim or ephemeral",
        );
}
