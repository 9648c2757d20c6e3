//! What the policy is given with a request: its settings, and the objects that it may look up.

use policy_host::{Outcome, Policy, Request, Settings, cluster};
use serde_json::{Value, json};

use crate::generate::{
    Level, Pair,
    vocabulary::{OVERHEAD, RUNTIME_CLASS, RUNTIME_NODES, SERVICE_ACCOUNT, SYSTEM_CLASSES},
};

/// The name of the `ConfigMap` of rules.
const RULES: &str = "rules";

/// The settings of a pair, and the objects around it.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The policy's settings.
    pub settings: Settings,
    /// What the pod's namespace enforces.
    pub level: Level,
    /// The text of the rules that stand in a `ConfigMap` of the namespace.
    rules: Option<String>,
}

impl Given {
    /// What a pair says.
    pub(crate) fn of(pair: &Pair) -> Self {
        let mut settings = pair.settings.clone();
        let all = settings["rules"].as_array().cloned().unwrap_or_default();
        let own = all.len().saturating_sub(pair.surroundings.in_config_map);
        let (own, others) = all.split_at(own);
        let mut rules = None;
        if !others.is_empty() {
            settings["rulesFrom"] = json!([{"configMap": {"name": RULES}}]);
            rules = Some(if pair.surroundings.yaml {
                yaml_serde::to_string(others).unwrap_or_default()
            } else {
                json!(others).to_string()
            });
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
            level: pair.surroundings.level,
            rules,
        }
    }

    /// The same surroundings for other settings, which hold all rules.
    pub(crate) fn with(&self, settings: Settings) -> Self {
        Self {
            settings,
            level: self.level,
            rules: None,
        }
    }

    /// Asks a policy in these surroundings.
    pub fn ask(&self, policy: &Policy, request: &Request) -> Outcome {
        let namespace = request.namespace.as_deref().unwrap_or_default();
        let mut folder = cluster::Folder::default();
        for object in self.objects(namespace) {
            // All of them have a kind and a name.
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
                "metadata": {"name": namespace, "labels": labels(self.level)},
            }),
            account("default"),
            account(SERVICE_ACCOUNT),
            runtime_class(),
        ];
        objects.extend(SYSTEM_CLASSES.iter().map(class));
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

/// With nothing around them.
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
