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

mod template;
mod variable;

use lazy_json::{self, Node};

pub use self::template::{Part, Reference, TemplateError, TemplateProblem, parts};
pub use self::variable::{PathError, Variable};

/// How deep a value that no schema describes may hold variables.
pub(crate) const MAX_DEPTH: usize = 64;

/// The same from the top of a fragment: the schema has far fewer levels than these are more.
pub(crate) const EXPANDED_DEPTH: usize = 2 * MAX_DEPTH;

/// Whether a part of the settings may hold variables or what stands for a literal `${`. It is most
/// often not so, and this costs next to nothing then.
pub fn may_be_in(node: &Node<'_>) -> bool {
    let Some(text) = node.text() else {
        return true;
    };
    // `$` and `{` may be written as `\u0024` and `\u007b`.
    lazy_json::mentions(text, b'$')
        && ["${", r"\u0024", r"\u007"]
            .iter()
            .any(|sign| text.contains(sign))
}
