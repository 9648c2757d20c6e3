//! What the policy gets with a request: its settings, and the objects that it may look up. See
//! [`Given::ask`].

use generator::{Ground, Pair, Written, objects};
use policy_host::{Outcome, Policy, Request, Settings, cluster};
use serde_json::Value;

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
        let written = Written::of(pair);
        let ground = pair.surroundings.ground;
        Self {
            settings: Settings::from_value(written.settings).unwrap_or_default(),
            ground,
            misleading: written.misleading,
            rules: written.rules,
            replica_set: (ground == Ground::Controlled).then(|| objects::replica_set(pair)),
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
        let mut objects = objects::around(namespace, self.ground);
        objects.extend(self.replica_set.clone().map(|mut replica_set| {
            replica_set["metadata"]["namespace"] = namespace.into();
            replica_set
        }));
        let rules = self.rules.iter();
        objects.extend(rules.map(|rules| objects::config_map(namespace, rules)));
        objects
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
