//! The namespaces that pods are created in, and what each demands of a pod. See [`Ground`].

use serde_json::{Value, json};

use super::draw::Draw;
use super::scenarios::Need;

/// A Pod Security level that a namespace enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// None.
    #[default]
    Privileged,
    /// `baseline`.
    Baseline,
    /// `restricted`.
    Restricted,
}

impl Level {
    /// The level's name in a namespace's label.
    pub fn name(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }

    /// Whether the level demands anything.
    pub fn is_enforced(self) -> bool {
        self != Self::Privileged
    }
}

/// A kind of namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Ground {
    /// It demands nothing.
    #[default]
    Plain,
    /// It enforces the Pod Security level `baseline`.
    Baseline,
    /// It enforces the Pod Security level `restricted`.
    Restricted,
    /// A `LimitRange` fills in resources and bounds them.
    LimitRange,
    /// A `ResourceQuota` wants requests and limits of every container.
    Quota,
    /// Its pods are made by a real `ReplicaSet`.
    Controlled,
}

impl Ground {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Plain,
        Self::Baseline,
        Self::Restricted,
        Self::LimitRange,
        Self::Quota,
        Self::Controlled,
    ];

    /// The Pod Security level that the namespace enforces.
    pub fn level(self) -> Level {
        match self {
            Self::Baseline => Level::Baseline,
            Self::Restricted => Level::Restricted,
            _ => Level::Privileged,
        }
    }

    /// Whether the namespace limits resources.
    pub fn has_limits(self) -> bool {
        matches!(self, Self::LimitRange | Self::Quota)
    }

    /// What a pair in this namespace counts for.
    pub(crate) fn mark(self) -> Option<&'static str> {
        match self {
            Self::LimitRange => Some("namespace with a LimitRange"),
            Self::Quota => Some("namespace with a ResourceQuota"),
            Self::Controlled => Some("pod of a ReplicaSet"),
            _ => None,
        }
    }
}

/// Draws the namespace of a pair.
pub(super) fn draw(need: Need, draw: &mut Draw) -> Ground {
    let drawn = draw.weighted(&[
        (64, Ground::Plain),
        (13, Ground::Baseline),
        (10, Ground::Restricted),
        (5, Ground::LimitRange),
        (4, Ground::Quota),
        (4, Ground::Controlled),
    ]);
    match need {
        Need::Any => drawn,
        Need::Plain | Need::Spelled | Need::RoundTrip => Ground::Plain,
        Need::LimitRange => Ground::LimitRange,
        Need::Quota => Ground::Quota,
        Need::Controlled => Ground::Controlled,
    }
}

/// Gives most pods what their namespace demands.
pub(super) fn settle(pod: &mut Value, ground: Ground, number: u64, draw: &mut Draw) {
    match ground {
        Ground::Restricted if draw.chance(80) => harden(pod),
        Ground::Quota if draw.chance(85) => give_resources(pod),
        Ground::Controlled => control(pod, number),
        _ => {}
    }
}

/// The lists of containers that pods are made with.
const LISTS: [&str; 2] = ["containers", "initContainers"];

/// Gives a pod what the level restricted demands, whatever else it has.
fn harden(pod: &mut Value) {
    let spec = &mut pod["spec"];
    spec["securityContext"] =
        json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
    each_container(spec, |container| {
        container["securityContext"] = json!({
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
        });
    });
}

/// Gives a pod the resources that the quota counts.
fn give_resources(pod: &mut Value) {
    each_container(&mut pod["spec"], |container| {
        container["resources"] = json!({
            "requests": {"cpu": "100m", "memory": "64Mi"},
            "limits": {"cpu": "1", "memory": "1Gi"},
        });
    });
}

fn each_container(spec: &mut Value, visit: impl Fn(&mut Value)) {
    for list in LISTS {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        let containers = containers.into_iter().flatten();
        containers
            .filter(|container| container.is_object())
            .for_each(&visit);
    }
}

/// The group that a `ReplicaSet` is of.
pub(crate) const REPLICA_SETS: &str = "apps/v1";

/// The name of a pair's `ReplicaSet`.
pub fn replica_set_name(number: u64) -> String {
    format!("shop-{number:x}")
}

/// The labels by which a pair's `ReplicaSet` selects its pods.
pub fn selected_labels(number: u64) -> Value {
    json!({"app": "shop", "pod-template-hash": format!("{number:x}")})
}

/// Makes a pod as a `ReplicaSet` makes it, whose template the pod then is.
fn control(pod: &mut Value, number: u64) {
    let Some(pod) = pod.as_object_mut() else {
        return;
    };
    let name = replica_set_name(number);
    let metadata = pod.entry("metadata").or_insert_with(|| json!({}));
    let mut labels = metadata["labels"].as_object().cloned().unwrap_or_default();
    let selected = selected_labels(number);
    labels.extend(selected.as_object().cloned().unwrap_or_default());
    let annotations = metadata["annotations"].as_object().cloned();
    *metadata = json!({
        "generateName": format!("{name}-"),
        "labels": labels,
        "ownerReferences": [{
            "apiVersion": REPLICA_SETS, "kind": "ReplicaSet", "name": name,
            "uid": "43bbb18d-d87e-4de0-b9a1-63e71e794765",
            "controller": true, "blockOwnerDeletion": true,
        }],
    });
    if let Some(annotations) = annotations {
        metadata["annotations"] = annotations.into();
    }
    // A template may have neither.
    if let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) {
        spec.remove("activeDeadlineSeconds");
        spec.insert("restartPolicy".to_owned(), json!("Always"));
    }
}
