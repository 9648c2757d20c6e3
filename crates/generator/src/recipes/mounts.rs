//! Mounts of volumes.

use kubernetes_pod::validation::Cause;
use serde_json::{Value, json};

use super::recipe::{Recipe, patch, recipe};

pub(super) fn all() -> Vec<Recipe> {
    let files =
        json!({"spec": {"volumes": [{"name": "mounted", "emptyDir": {}}], "hostUsers": null}});
    let mount = |fields: Value| {
        let mut mount = json!({"name": "mounted", "mountPath": "/mounted"});
        if let (Some(mount), Some(fields)) = (mount.as_object_mut(), fields.as_object()) {
            mount.extend(fields.clone());
        }
        patch(json!({"volumeMounts": [mount]}))
    };
    vec![
        recipe(
            Cause::NoVolume,
            json!({}),
            patch(json!({"volumeMounts": [{"name": "nowhere", "mountPath": "/nowhere"}]})),
        ),
        recipe(
            Cause::DeviceNeedsClaim,
            files.clone(),
            patch(json!({"volumeDevices": [{"name": "mounted", "devicePath": "/dev/files"}]})),
        ),
        recipe(
            Cause::DeviceIsMounted,
            json!({
                "spec": {
                    "volumes": [{"name": "disk", "persistentVolumeClaim": {"claimName": "disk"}}],
                    "hostUsers": null,
                },
                "container": {"volumeMounts": [{"name": "disk", "mountPath": "/disk"}]},
            }),
            patch(json!({"volumeDevices": [{"name": "disk", "devicePath": "/dev/disk"}]})),
        ),
        recipe(
            Cause::SubPathTwice,
            files.clone(),
            mount(json!({"subPath": "a", "subPathExpr": "b"})),
        ),
        recipe(
            Cause::RecursiveNeedsReadOnly,
            files.clone(),
            mount(json!({"recursiveReadOnly": "Enabled"})),
        ),
        recipe(
            Cause::RecursivePropagation,
            files.clone(),
            mount(json!({
                "recursiveReadOnly": "Enabled", "readOnly": true,
                "mountPropagation": "HostToContainer",
            })),
        ),
        recipe(
            Cause::PropagationNeedsPrivileged,
            files,
            mount(json!({"mountPropagation": "Bidirectional"})),
        ),
    ]
}
