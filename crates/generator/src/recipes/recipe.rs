//! One relation that a rule breaks. See [`Recipe`].

use kubernetes_pod::validation::Cause;
use serde_json::{Value, json};

use crate::disturb::UNKNOWN_FIELD;

/// A pod, and a rule that breaks one relation between its parts.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// The relation.
    pub(crate) cause: Cause,
    /// Laid over the pod: `metadata`, `spec` and, for its first container, `container`.
    pub(crate) pod: Value,
    /// The rule's `inject`.
    pub(crate) inject: Value,
}

/// The part of a pod that a recipe's rule changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Container,
    Pod,
}

impl Recipe {
    /// Whether the rule needs `unknownFields: Allow`.
    pub(crate) fn has_unknown_fields(&self) -> bool {
        let text = self.inject.to_string();
        // A stopSignal is behind a feature gate that is off by default.
        text.contains(UNKNOWN_FIELD) || text.contains("stopSignal")
    }

    /// What the rule changes.
    pub(crate) fn place(&self) -> Place {
        if self.inject.get("containers").is_some() {
            Place::Container
        } else {
            Place::Pod
        }
    }
}

/// Where the service account's token is mounted.
pub const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

pub(super) fn recipe(cause: Cause, pod: Value, inject: Value) -> Recipe {
    Recipe { cause, pod, inject }
}

/// A rule that patches containers.
#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
pub(super) fn patch(patch: Value) -> Value {
    json!({"containers": [{"patch": patch}]})
}

/// A rule that patches containers that go on running.
#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
pub(super) fn patch_running(patch: Value) -> Value {
    json!({"containers": [{"kinds": ["Container"], "patch": patch}]})
}

/// A rule that patches init containers that run to their end.
#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
pub(super) fn patch_init(patch: Value) -> Value {
    json!({"containers": [{"kinds": ["InitContainer"], "patch": patch}]})
}

#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
pub(super) fn spec(spec: Value) -> Value {
    json!({"pod": {"spec": spec}})
}
