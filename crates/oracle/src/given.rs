//! What the policy gets with a request: its settings, and the objects that it may look up. See
//! [`Given::ask`].

use injector::settings;
use policy_host::{Outcome, Policy, Request, Settings, cluster};
use serde_json::{Value, json};

use crate::generate::{
    Ground, Level, Pair, REPLICA_SETS, Spelled, replica_set_name, selected_labels, text,
    vocabulary::{OVERHEAD, RUNTIME_CLASS, RUNTIME_NODES, SERVICE_ACCOUNT, SYSTEM_CLASSES},
};

/// The name of the `ConfigMap` of rules.
const RULES: &str = "rules";

/// The settings of a pair, and the objects around it.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The policy's settings.
    pub settings: Settings,
    /// The pod's namespace.
    pub ground: Ground,
    /// Rules of the `ConfigMap` that must not be applied: their text says something else than the
    /// pair's settings.
    pub(crate) misleading: Vec<Value>,
    /// The text of the rules that stand in a `ConfigMap` of the namespace.
    rules: Option<String>,
    /// The pod's controller.
    replica_set: Option<Value>,
}

impl Given {
    /// The settings and objects of a pair.
    pub(crate) fn of(pair: &Pair) -> Self {
        let surroundings = pair.surroundings;
        let mut settings = pair.settings.clone();
        let all = pair.rules();
        let (own, others) = all.split_at(all.len().saturating_sub(surroundings.in_config_map));
        let mut spelled = Spelled::default();
        if !others.is_empty() {
            settings["rulesFrom"] = json!([source()]);
            spelled = text(others, surroundings.spelling);
            if own.is_empty() {
                settings
                    .as_object_mut()
                    .map(|settings| settings.remove("rules"));
            } else {
                settings["rules"] = json!(own);
            }
        }
        Self {
            settings: Settings::from_value(settings).unwrap_or_default(),
            ground: surroundings.ground,
            misleading: spelled
                .misleading
                .iter()
                .filter_map(|index| others.get(*index).cloned())
                .collect(),
            rules: (!others.is_empty()).then_some(spelled.text),
            replica_set: (surroundings.ground == Ground::Controlled).then(|| replica_set(pair)),
        }
    }

    /// The same surroundings for other settings, which hold all rules.
    pub(crate) fn with(&self, settings: Settings) -> Self {
        Self {
            settings,
            misleading: Vec::new(),
            rules: None,
            ..self.clone()
        }
    }

    /// Asks a policy in these surroundings.
    pub fn ask(&self, policy: &Policy, request: &Request) -> Outcome {
        let namespace = request.namespace.as_deref().unwrap_or_default();
        let mut folder = cluster::Folder::default();
        for object in self.objects(namespace) {
            // It fails for objects without kind or name only.
            let _ = folder.add(object);
        }
        let cluster = cluster::Cluster::new(folder);
        policy
            .clone()
            .with_cluster(cluster)
            .evaluate(request, &self.settings)
    }

    /// The objects around a pod in this namespace.
    pub(crate) fn objects(&self, namespace: &str) -> Vec<Value> {
        let account = |name: &str| {
            json!({
                "apiVersion": "v1", "kind": "ServiceAccount",
                "metadata": {"namespace": namespace, "name": name},
            })
        };
        let class = |name: &&str| {
            json!({
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
                "metadata": {"name": name}, "value": 2_000_000_000,
            })
        };
        let mut objects = vec![
            json!({
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": namespace, "labels": labels(self.ground.level())},
            }),
            account("default"),
            account(SERVICE_ACCOUNT),
            runtime_class(),
        ];
        objects.extend(SYSTEM_CLASSES.iter().map(class));
        match self.ground {
            Ground::LimitRange => objects.push(limit_range(namespace)),
            Ground::Quota => objects.push(resource_quota(namespace)),
            _ => {}
        }
        objects.extend(self.replica_set.clone().map(|mut replica_set| {
            replica_set["metadata"]["namespace"] = namespace.into();
            replica_set
        }));
        objects.extend(self.rules.iter().map(|rules| {
            json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"namespace": namespace, "name": RULES},
                "data": {"rules.yaml": rules},
            })
        }));
        objects
    }
}

/// The source of rules, with everything allowed where the policy bounds what such rules may set.
fn source() -> Value {
    let open = json!({"configMap": {"name": RULES}, "allow": ["all"]});
    let problems = settings::check(&json!({"rulesFrom": [open]}).to_string());
    if problems.found().is_empty() {
        open
    } else {
        json!({"configMap": {"name": RULES}})
    }
}

/// Settings without anything around the pod.
impl From<Settings> for Given {
    fn from(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }
}

/// The labels of a namespace that enforces a level.
pub(crate) fn labels(level: Level) -> Value {
    json!({"pod-security.kubernetes.io/enforce": level.name()})
}

/// The name of a namespace's `LimitRange` or `ResourceQuota`.
pub(crate) const LIMITS: &str = "limits";

/// A `LimitRange` with defaults and bounds for containers.
pub(crate) fn limit_range(namespace: &str) -> Value {
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
pub(crate) fn resource_quota(namespace: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"namespace": namespace, "name": LIMITS},
        "spec": {"hard": {"requests.cpu": "1M", "limits.memory": "1Ei"}},
    })
}

/// The usage of the quota at the beginning.
pub(crate) fn nothing_used() -> Value {
    json!({"requests.cpu": "0", "limits.memory": "0"})
}

/// The `ReplicaSet` whose template is a pair's pod.
pub(crate) fn replica_set(pair: &Pair) -> Value {
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
pub(crate) fn runtime_class() -> Value {
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
