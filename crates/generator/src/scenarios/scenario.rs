//! A pod and rules that go wrong together. See [`Scenario`].

use serde_json::{Value, json};

use crate::draw::Draw;

/// A pod and rules that were found to go wrong together.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// What it is about, as the summary lists it.
    pub(crate) name: &'static str,
    /// What has to be around it.
    pub(crate) need: Need,
    /// Draws one of its kind.
    pub(crate) lay: fn(&mut Draw) -> Laid,
}

/// What has to be around a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Need {
    /// Nothing: the surroundings are drawn.
    #[default]
    Any,
    /// A namespace without demands of its own.
    Plain,
    /// A namespace with a `LimitRange`.
    LimitRange,
    /// A namespace with a `ResourceQuota`.
    Quota,
    /// A pod of a `ReplicaSet`.
    Controlled,
    /// Rules in a `ConfigMap`, with numbers in other spellings.
    Spelled,
    /// The injected pod comes again.
    RoundTrip,
}

/// A drawn scenario.
#[derive(Debug)]
pub(crate) struct Laid {
    /// Laid over the pod in this order: `metadata`, `spec` and, for its first container,
    /// `container`.
    pub(crate) pods: Vec<Value>,
    /// The rules, in their order.
    pub(crate) rules: Vec<Value>,
    /// Whether the rules name fields that the policy's build does not know.
    pub(crate) unknown_fields: bool,
}

pub(super) fn scenario(name: &'static str, need: Need, lay: fn(&mut Draw) -> Laid) -> Scenario {
    Scenario { name, need, lay }
}

/// The parts of the pod are one object, or a list of them.
pub(super) fn laid(pod: Value, rules: impl IntoIterator<Item = Value>) -> Laid {
    Laid {
        pods: match pod {
            Value::Array(pods) => pods,
            pod => vec![pod],
        },
        rules: rules.into_iter().collect(),
        unknown_fields: false,
    }
}

/// A rule with this `inject`.
#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
pub(super) fn rule(on_conflict: &str, inject: Value) -> Value {
    json!({"onConflict": on_conflict, "inject": inject})
}

/// A rule that patches containers.
#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
pub(super) fn patch(on_conflict: &str, patch: Value) -> Value {
    rule(
        on_conflict,
        json!({"containers": [{"kinds": ["Container"], "patch": patch}]}),
    )
}

/// A rule that merges a pod's spec.
#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
pub(super) fn spec(on_conflict: &str, spec: Value) -> Value {
    rule(on_conflict, json!({"pod": {"spec": spec}}))
}

pub(super) fn on_conflict(draw: &mut Draw) -> &'static str {
    draw.weighted(&[(2, "Report"), (1, "Keep"), (4, "Replace")])
}
