//! Volumes and devices.

use kubernetes_pod::validation::Cause;
use serde_json::json;

use super::recipe::{Recipe, TOKEN_PATH, patch, recipe, spec};

pub(super) fn all() -> Vec<Recipe> {
    let block = json!({"name": "blk", "persistentVolumeClaim": {"claimName": "disk"}});
    let claim = json!({"volumeClaimTemplate": {"spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
    }}});
    let device = json!([{"name": "blk", "devicePath": "/dev/blk1"}]);
    let at_token = json!([{"name": "blk", "devicePath": TOKEN_PATH}]);
    vec![
        recipe(
            Cause::DeviceTwice,
            json!({
                "spec": {"volumes": [block], "hostUsers": null},
                "container": {"volumeDevices": [{"name": "blk", "devicePath": "/dev/blk0"}]},
            }),
            patch(json!({"volumeDevices": device})),
        ),
        recipe(
            Cause::DeviceAtToken,
            json!({"spec": {
                "volumes": [block], "automountServiceAccountToken": null, "hostUsers": null,
            }}),
            spec(json!({"containers": [
                {"name": "disk", "image": "disk:1", "volumeDevices": at_token},
            ]})),
        ),
        recipe(
            Cause::FileNeedsEmptyDir,
            json!({"spec": {"volumes": [{"name": "files", "configMap": {"name": "main"}}]}}),
            patch(json!({"env": [{"name": "FROM_FILE", "valueFrom": {
                "fileKeyRef": {"volumeName": "files", "path": "env", "key": "KEY"},
            }}]})),
        ),
        recipe(
            Cause::EphemeralClaimName,
            json!({"metadata": {"name": "web".repeat(83), "generateName": null}}),
            spec(json!({"volumes": [{"name": "own-claim", "ephemeral": claim}]})),
        ),
        recipe(
            Cause::ClaimOfEphemeralVolume,
            json!({
                "metadata": {"name": "web", "generateName": null},
                "spec": {"volumes": [{"name": "own", "ephemeral": claim}]},
            }),
            spec(json!({"volumes": [
                {"name": "same", "persistentVolumeClaim": {"claimName": "web-own"}},
            ]})),
        ),
    ]
}
