//! Block devices.

use serde_json::json;

use super::pod;

#[test]
fn of_an_empty_dir() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v", "emptyDir": {}}]}))
        .patch(json!({"volumeDevices": [{"name": "v", "devicePath": "/dev/v"}]}))
        .is_refused(
            r#"volumeDevices['/dev/v'] of container "app""#,
            "a device needs a volume of a persistentVolumeClaim or ephemeral",
        );
}

#[test]
fn of_a_claim() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}))
        .patch(json!({"volumeDevices": [{"name": "v", "devicePath": "/dev/v"}]}))
        .is_applied();
}

#[test]
fn a_volume_twice() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}))
        .with_container(json!({"volumeDevices": [{"name": "v", "devicePath": "/dev/v"}]}))
        .patch(json!({"volumeDevices": [{"name": "v", "devicePath": "/dev/w"}]}))
        .is_refused(
            r#"volumeDevices['/dev/w'] of container "app""#,
            "another device has the same volume",
        );
}

#[test]
fn a_volume_that_is_mounted() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}))
        .with_container(json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}))
        .patch(json!({"volumeDevices": [{"name": "v", "devicePath": "/dev/v"}]}))
        .is_refused(
            r#"volumeDevices of container "app""#,
            "a volume or path is in volumeMounts already",
        );
}

#[test]
fn at_the_tokens_path() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}))
        .patch(json!({
            "volumeDevices": [{
                "name": "v",
                "devicePath": "/var/run/secrets/kubernetes.io/serviceaccount",
            }],
        }))
        .is_refused(
            r#"volumeDevices['/var/run/secrets/kubernetes.io/serviceaccount'] of container "app""#,
            "the service account's token is mounted at this path",
        );
}

#[test]
fn in_a_user_namespace() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}))
        .with_container(json!({"volumeDevices": [{"name": "v", "devicePath": "/v"}]}))
        .inject_spec(json!({"hostUsers": false}))
        .is_refused(
            r#"volumeDevices of container "app""#,
            "not together with hostUsers false",
        );
}
