//! Makes the parts of a pod fit together. See [`pod`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::parts::{Object, child, each_container, items, retain, text};
use super::{host, windows};
use crate::draw::Draw;
use crate::vocabulary;

/// Makes the parts of a whole pod fit together.
pub(crate) fn pod(pod: &mut Object, draw: &mut Draw) {
    let annotations = pod
        .get_mut("metadata")
        .and_then(|metadata| child(metadata.as_object_mut()?, "annotations"))
        .map(std::mem::take)
        .unwrap_or_default();
    let Some(spec) = child(pod, "spec") else {
        return;
    };
    names(spec);
    init_containers(spec);
    host::ports(spec);
    host::namespaces(spec);
    windows::os(spec);
    volumes(spec, draw);
    resources(spec);
    restarts(spec);
    grace_period(spec);
    looked_up(spec);
    if text(spec, "dnsPolicy") == Some("None") {
        let config = spec.entry("dnsConfig").or_insert_with(|| json!({}));
        if let Some(config) = config.as_object_mut() {
            config
                .entry("nameservers")
                .or_insert_with(|| json!(["10.0.0.10"]));
        }
    }
    if spec.contains_key("nodeName") {
        spec.remove("schedulingGates");
    }
    let annotations = annotated(annotations, spec);
    if let Some(metadata) = child(pod, "metadata")
        && metadata.contains_key("annotations")
    {
        metadata.insert("annotations".to_owned(), annotations.into());
    }
}

/// Removes containers whose name is taken, in either list.
fn names(spec: &mut Object) {
    let mut taken = BTreeSet::new();
    for list in ["containers", "initContainers"] {
        retain(spec, list, |container| {
            let name = container.get("name").and_then(Value::as_str);
            taken.insert(name.unwrap_or_default().to_owned())
        });
    }
}

/// Removes probes and hooks of init containers that run to their end.
fn init_containers(spec: &mut Object) {
    for container in items(spec, "initContainers") {
        if text(container, "restartPolicy") != Some("Always") {
            for field in [
                "lifecycle",
                "livenessProbe",
                "readinessProbe",
                "startupProbe",
            ] {
                container.remove(field);
            }
            for policy in items(container, "resizePolicy") {
                policy.insert("restartPolicy".to_owned(), "NotRequired".into());
            }
        }
    }
}

/// Adds the volumes of mounts and devices, and gives each volume a source that suits its use.
fn volumes(spec: &mut Object, draw: &mut Draw) {
    let mut wanted: BTreeMap<String, Value> = BTreeMap::new();
    each_container(spec, |container| {
        for mount in items(container, "volumeMounts") {
            let name = text(mount, "name").unwrap_or_default().to_owned();
            wanted
                .entry(name)
                .or_insert_with(|| json!({"emptyDir": {}}));
        }
        for device in items(container, "volumeDevices") {
            let name = text(device, "name").unwrap_or_default().to_owned();
            wanted.insert(
                name,
                json!({"persistentVolumeClaim": {"claimName": "disk"}}),
            );
        }
    });
    let mut files = BTreeSet::new();
    each_container(spec, |container| {
        for variable in items(container, "env") {
            let reference = child(variable, "valueFrom")
                .and_then(|source| child(source, "fileKeyRef"))
                .and_then(|reference| text(reference, "volumeName").map(str::to_owned));
            files.extend(reference);
        }
    });
    let blocks: BTreeSet<String> = wanted
        .iter()
        .filter(|(_, source)| source.get("persistentVolumeClaim").is_some())
        .map(|(name, _)| name.clone())
        .collect();
    for name in &files {
        wanted.insert(name.clone(), json!({"emptyDir": {}}));
    }
    let mut projected = BTreeSet::new();
    for volume in items(spec, "volumes") {
        let name = text(volume, "name").unwrap_or_default().to_owned();
        let source = wanted.remove(&name);
        let suits = match source.as_ref() {
            Some(_) if files.contains(&name) => volume.contains_key("emptyDir"),
            Some(_) if blocks.contains(&name) => {
                volume.contains_key("persistentVolumeClaim") || volume.contains_key("ephemeral")
            }
            _ => true,
        };
        if !suits && let Some(Value::Object(source)) = source {
            *volume = source;
            volume.insert("name".to_owned(), name.clone().into());
        }
        projected.clear();
        if let Some(volume) = child(volume, "projected") {
            paths(volume, &mut projected);
        }
    }
    let missing = wanted.into_iter().map(|(name, mut source)| {
        source["name"] = name.into();
        source
    });
    let missing: Vec<Value> = missing.collect();
    if !missing.is_empty() {
        let volumes = spec.entry("volumes").or_insert_with(|| json!([]));
        if let Some(volumes) = volumes.as_array_mut() {
            let at = draw.number(0..=volumes.len());
            volumes.splice(at..at, missing);
        }
    }
    // A volume with files of variables is an emptyDir, and so no device.
    each_container(spec, |container| {
        retain(container, "volumeDevices", |device| {
            let name = device.get("name").and_then(Value::as_str);
            name.is_none_or(|name| !files.contains(name))
        });
    });
}

/// Removes files of a projected volume whose path is taken.
fn paths(volume: &mut Object, taken: &mut BTreeSet<String>) {
    for source in items(volume, "sources") {
        for kind in ["configMap", "downwardAPI", "secret"] {
            if let Some(source) = child(source, kind) {
                retain(source, "items", |item| {
                    let path = item.get("path").and_then(Value::as_str);
                    path.is_none_or(|path| taken.insert(path.to_owned()))
                });
            }
        }
    }
}

/// Makes the pod's own resources large enough for its containers, and removes unknown claims.
fn resources(spec: &mut Object) {
    if let Some(resources) = child(spec, "resources") {
        *resources = Object::from_iter([
            (
                "requests".to_owned(),
                json!({"cpu": "20", "memory": "40Gi"}),
            ),
            ("limits".to_owned(), json!({"cpu": "32", "memory": "64Gi"})),
        ]);
    }
    let claims: BTreeSet<String> = items(spec, "resourceClaims")
        .filter_map(|claim| text(claim, "name").map(str::to_owned))
        .collect();
    each_container(spec, |container| {
        if let Some(resources) = child(container, "resources") {
            let mut used = BTreeSet::new();
            retain(resources, "claims", |claim| {
                let name = claim
                    .get("name")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let request = claim.get("request").and_then(Value::as_str);
                let one = format!("{name}/{}", request.unwrap_or_default());
                claims.contains(name) && used.insert(one)
            });
        }
    });
}

fn restarts(spec: &mut Object) {
    let never = text(spec, "restartPolicy") == Some("Never");
    each_container(spec, |container| {
        for policy in items(container, "resizePolicy") {
            if never {
                policy.insert("restartPolicy".to_owned(), "NotRequired".into());
            }
        }
    });
}

/// Bounds the sleep of handlers by the pod's grace period.
fn grace_period(spec: &mut Object) {
    let seconds = spec.get("terminationGracePeriodSeconds");
    let seconds = seconds.and_then(Value::as_i64).unwrap_or(30);
    let has_os = spec.contains_key("os");
    each_container(spec, |container| {
        let Some(lifecycle) = child(container, "lifecycle") else {
            return;
        };
        for handler in ["postStart", "preStop"] {
            let sleep = child(lifecycle, handler).and_then(|handler| child(handler, "sleep"));
            if let Some(sleep) = sleep
                && sleep.get("seconds").and_then(Value::as_i64) > Some(seconds)
            {
                sleep.insert("seconds".to_owned(), seconds.into());
            }
        }
        if !has_os {
            lifecycle.remove("stopSignal");
        }
    });
}

/// Settles fields that the API server computes from looked-up objects.
fn looked_up(spec: &mut Object) {
    if spec.contains_key("priorityClassName") {
        spec.remove("priority");
        spec.remove("preemptionPolicy");
    }
    if let Some(priority) = spec.get_mut("priority") {
        *priority = 0.into();
    }
    if let Some(policy) = spec.get_mut("preemptionPolicy") {
        *policy = "PreemptLowerPriority".into();
    }
    if spec.contains_key("runtimeClassName") {
        if let Some(overhead) = spec.get_mut("overhead") {
            let [cpu, memory] = vocabulary::OVERHEAD;
            *overhead = json!({cpu.0: cpu.1, memory.0: memory.1});
        }
        let (key, value) = vocabulary::RUNTIME_NODES;
        if let Some(selector) = child(spec, "nodeSelector")
            && selector.contains_key(key)
        {
            selector.insert(key.to_owned(), value.into());
        }
    } else {
        spec.remove("overhead");
    }
}

/// Gives annotations of a special form valid values, equal to those of the matching fields.
fn annotated(mut annotations: Object, spec: &mut Object) -> Object {
    let mut names = BTreeSet::new();
    each_container(spec, |container| {
        names.extend(text(container, "name").map(str::to_owned));
    });
    annotations.retain(|key, _| {
        key.strip_prefix(vocabulary::APP_ARMOR_PREFIX)
            .is_none_or(|name| names.contains(name))
    });
    let mut seccomp = false;
    let mut app_armor = false;
    for (key, value) in &mut annotations {
        if key.contains("seccomp") {
            seccomp = true;
            *value = "runtime/default".into();
        } else if key.starts_with(vocabulary::APP_ARMOR_PREFIX) {
            app_armor = true;
            *value = "runtime/default".into();
        } else if key.ends_with("pod-deletion-cost") {
            *value = "1".into();
        } else if key.ends_with("alpha.kubernetes.io/tolerations") {
            *value = r#"[{"key": "dedicated", "operator": "Exists"}]"#.into();
        }
    }
    let settle = |context: &mut Object| {
        if seccomp && context.contains_key("seccompProfile") {
            context.insert(
                "seccompProfile".to_owned(),
                json!({"type": "RuntimeDefault"}),
            );
        }
        if app_armor && context.contains_key("appArmorProfile") {
            context.insert(
                "appArmorProfile".to_owned(),
                json!({"type": "RuntimeDefault"}),
            );
        }
    };
    if let Some(context) = child(spec, "securityContext") {
        settle(context);
    }
    each_container(spec, |container| {
        if let Some(context) = child(container, "securityContext") {
            settle(context);
        }
    });
    annotations
}
