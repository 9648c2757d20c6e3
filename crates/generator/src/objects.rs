//! Kubernetes objects around a pair. See [`around`].

use serde_json::{Value, json};

use crate::ground::{Ground, Level, REPLICA_SETS, replica_set_name, selected_labels};
use crate::pair::Pair;
use crate::vocabulary::{
    OVERHEAD, PULL_SECRET, RUNTIME_CLASS, RUNTIME_NODES, SERVICE_ACCOUNT, SYSTEM_CLASSES,
};
use crate::written::RULES;

/// The objects that pods and rules of a namespace refer to, the namespace included.
pub fn around(namespace: &str, ground: Ground) -> Vec<Value> {
    let class = |name: &&str| {
        json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
            "metadata": {"name": name}, "value": 2_000_000_000,
        })
    };
    let mut objects = vec![
        json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": namespace, "labels": labels(ground.level())},
        }),
        json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"namespace": namespace, "name": "default"},
        }),
        service_account(namespace),
        runtime_class(),
    ];
    objects.extend(SYSTEM_CLASSES.iter().map(class));
    match ground {
        Ground::LimitRange => objects.push(limit_range(namespace)),
        Ground::Quota => objects.push(resource_quota(namespace)),
        _ => {}
    }
    objects
}

/// The `ConfigMap` of rules, with this text in it.
pub fn config_map(namespace: &str, rules: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": namespace, "name": RULES},
        "data": {"rules.yaml": rules},
    })
}

/// The service account besides `default`.
pub fn service_account(namespace: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"namespace": namespace, "name": SERVICE_ACCOUNT},
        "imagePullSecrets": [{"name": PULL_SECRET}],
    })
}

/// The labels of a namespace that enforces a level.
pub fn labels(level: Level) -> Value {
    json!({"pod-security.kubernetes.io/enforce": level.name()})
}

/// The name of a namespace's `LimitRange` or `ResourceQuota`.
pub const LIMITS: &str = "limits";

/// A `LimitRange` with defaults and bounds for containers.
pub fn limit_range(namespace: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"namespace": namespace, "name": LIMITS},
        "spec": {"limits": [{
            "type": "Container",
            "default": {"cpu": "500m", "memory": "512Mi"},
            "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
            "max": {"cpu": "2", "memory": "2Gi"},
        }]},
    })
}

/// A `ResourceQuota` that is never used up. It demands a request of cpu and a limit of memory of
/// every container.
pub fn resource_quota(namespace: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"namespace": namespace, "name": LIMITS},
        "spec": {"hard": {"requests.cpu": "1M", "limits.memory": "1Ei"}},
    })
}

/// The usage of the quota at the beginning.
pub fn nothing_used() -> Value {
    json!({"requests.cpu": "0", "limits.memory": "0"})
}

/// The `ReplicaSet` whose template is a pair's pod.
pub fn replica_set(pair: &Pair) -> Value {
    let metadata = &pair.pod["metadata"];
    let mut template = json!({
        "metadata": {"labels": metadata["labels"]},
        "spec": pair.pod["spec"],
    });
    if let Some(annotations) = metadata.get("annotations") {
        template["metadata"]["annotations"] = annotations.clone();
    }
    json!({
        "apiVersion": REPLICA_SETS,
        "kind": "ReplicaSet",
        "metadata": {"name": replica_set_name(pair.number)},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": selected_labels(pair.number)},
            "template": template,
        },
    })
}

/// The runtime class that pods and rules name.
pub fn runtime_class() -> Value {
    let [cpu, memory] = OVERHEAD;
    let (key, value) = RUNTIME_NODES;
    json!({
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": RUNTIME_CLASS},
        "handler": "runsc",
        "overhead": {"podFixed": {cpu.0: cpu.1, memory.0: memory.1}},
        "scheduling": {
            "nodeSelector": {key: value},
            "tolerations": [{"key": key, "operator": "Exists"}],
        },
    })
}
