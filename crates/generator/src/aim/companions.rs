//! What a rule's containers need besides. See [`companions`].

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// What a rule's containers need besides: the volumes of their mounts and devices, and claims.
pub(super) fn companions(inject: &mut Map<String, Value>) {
    let Some(spec) = inject.get_mut("pod").and_then(|pod| pod.get_mut("spec")) else {
        return;
    };
    let mut volumes: BTreeMap<String, Value> = BTreeMap::new();
    let mut claims: BTreeMap<String, Value> = BTreeMap::new();
    for list in ["containers", "initContainers"] {
        for container in spec[list].as_array().into_iter().flatten() {
            let names = |list: &Value| -> Vec<String> {
                let items = list.as_array().into_iter().flatten();
                let kept = items.filter(|item| item.get("$patch").is_none());
                kept.filter_map(|item| Some(item["name"].as_str()?.to_owned()))
                    .collect()
            };
            for name in names(&container["volumeMounts"]) {
                volumes
                    .entry(name)
                    .or_insert_with(|| json!({"emptyDir": {}}));
            }
            for name in names(&container["volumeDevices"]) {
                let claim = json!({"persistentVolumeClaim": {"claimName": "disk"}});
                volumes.insert(name, claim);
            }
            for name in names(&container["resources"]["claims"]) {
                claims.insert(name, json!({"resourceClaimName": "main"}));
            }
        }
    }
    for (list, items) in [("volumes", volumes), ("resourceClaims", claims)] {
        let own = spec[list].as_array().cloned().unwrap_or_default();
        let missing = items
            .into_iter()
            .filter(|(name, _)| own.iter().all(|item| item["name"] != name.as_str()))
            .map(|(name, mut item)| {
                item["name"] = name.into();
                item
            });
        let all: Vec<Value> = own.iter().cloned().chain(missing).collect();
        if !all.is_empty() {
            spec[list] = all.into();
        }
    }
}
