//! Variables in what a rule injects: `${path}`, or `${path:-default}` for where the path is absent
//! or empty. `$${` is a literal `${`; any other `$` stands for itself, Kubernetes' own `$(VAR)`
//! included.
//!
//! Every string inside `inject` may hold them, but no key. They are read from the pod as it came,
//! and `container.*` from the container as it stands. Their values are inserted as text, once: a
//! value that holds `${` is not looked into. What comes of it is checked like any other fragment.
//!
//! Webhooks are called before the API server makes a name from `generateName`. So of a
//! `ReplicaSet`, `Job` or `DaemonSet` a pod has its `metadata.generateName` (the controller's name
//! and `-`) and no `metadata.name`; of a `StatefulSet` it has both. The labels are those of the
//! template and those that the controller adds, `spec.serviceAccountName` is filled in, and
//! `request.userInfo.username` is the controller's, not that of who made its `Deployment`.
//! `request.uid` is this admission's: it is neither the pod's uid nor the same at another attempt.
//!
//! Source: `kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers`, and
//! requests that a kube-apiserver 1.36 sent.

mod expand;
mod scope;
mod template;
#[cfg(test)]
mod tests;
mod uses;
mod variable;

pub use self::expand::{VariableError, expanded};
pub use self::scope::Scope;
pub use self::template::{Part, Reference, TemplateError, TemplateProblem, parts};
pub use self::uses::{Use, names, of as uses, with};
pub use self::variable::{PathError, Variable};

use crate::json::{self, Node, Value};

/// What stands in messages for a text that variables made: it may be an annotation's value.
pub(crate) const EXPANDED: &str = "${...}";

/// How deep a value that no schema describes may hold variables.
pub(crate) const MAX_DEPTH: usize = 64;

/// The same from the top of a fragment: the schema has far fewer levels than these are more.
const EXPANDED_DEPTH: usize = 2 * MAX_DEPTH;

/// Whether variables made a string of a pod, or of a rule that was expanded. Everything else stands in
/// the JSON of a request, of settings or of an object.
pub fn made(node: &Node<'_>) -> bool {
    node.as_str().is_some() && node.text().is_none()
}

/// Whether variables made this string anywhere in a pod. A rule may say the same by itself elsewhere:
/// that can't be told apart, and counts as made.
pub fn made_in(pod: &Node<'_>, text: &str) -> bool {
    if pod.text().is_some() {
        return false;
    }
    match pod.value() {
        Value::String(made) => made == text,
        Value::Array(items) => items.iter().any(|item| made_in(item, text)),
        Value::Object(members) => members.iter().any(|member| made_in(&member.value, text)),
        _ => false,
    }
}

/// Whether a part of the settings may hold variables or what stands for a literal `${`. It is most
/// often not so, and this costs next to nothing then.
pub fn may_be_in(node: &Node<'_>) -> bool {
    let Some(text) = node.text() else {
        return true;
    };
    // `$` and `{` may be written as `\u0024` and `\u007b`.
    json::mentions(text, b'$')
        && ["${", r"\u0024", r"\u007"]
            .iter()
            .any(|sign| text.contains(sign))
}
