//! The language of variables in fragments: `${path}`, or `${path:-default}` with a default for a
//! path that is absent or empty. See [`parts`].
//!
//! `$${` is a literal `${`. Any other `$` stands for itself, also in Kubernetes' own `$(VAR)`.
//! Every string inside `inject` may hold variables; keys may not. Values come from the pod as it
//! came, and those of `container.*` from the container in its current state. They are inserted as
//! text, and variables in them are not expanded. The result is checked like any other fragment.
//!
//! Webhooks run before the API server makes a name from `generateName`. A pod of a `ReplicaSet`,
//! `Job` or `DaemonSet` therefore has a `metadata.generateName` (the controller's name and `-`) and
//! no `metadata.name`; a pod of a `StatefulSet` has both. The labels are those of the template and
//! those that the controller adds. `spec.serviceAccountName` is filled in.
//! `request.userInfo.username` is the controller's, not that of the user who created the
//! `Deployment`. `request.uid` is new at each admission, and is not the pod's uid.
//!
//! Source: `kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers`, and
//! requests that a kube-apiserver 1.36 sent.

mod template;
mod variable;

use lazy_json::{self, Node};

pub use self::template::{Part, Reference, TemplateError, TemplateProblem, parts};
pub use self::variable::{PathError, Variable};

/// How deep variables may be in a value that the schema does not describe.
pub(crate) const MAX_DEPTH: usize = 64;

/// How deep variables may be in a fragment: more than the levels of the schema and [`MAX_DEPTH`]
/// together.
pub(crate) const EXPANDED_DEPTH: usize = 2 * MAX_DEPTH;

/// Whether a part of the settings may hold `${`. Fast if it does not, which is the common case.
pub fn may_be_in(node: &Node<'_>) -> bool {
    let Some(text) = node.text() else {
        return true;
    };
    // `$` and `{` may be spelled as `\u0024` and `\u007b`.
    lazy_json::mentions(text, b'$')
        && ["${", r"\u0024", r"\u007"]
            .iter()
            .any(|sign| text.contains(sign))
}
