//! The service account of a pod.

use lazy_json::Node;

use super::lookup::spec_text;
use crate::cluster::object::{Kind, Object};

/// The name of the service account of pods that name none.
const DEFAULT: &str = "default";

/// The service account of a pod whose fields the API server has filled in.
pub(super) fn of(pod: &Node<'_>, namespace: &str) -> Object {
    match spec_text(pod, "serviceAccountName") {
        "" => named(spec_text(pod, "serviceAccount"), namespace),
        name => named(name, namespace),
    }
}

/// The service account of this name; the default one if the name is empty.
pub(super) fn named(name: &str, namespace: &str) -> Object {
    let name = if name.is_empty() { DEFAULT } else { name };
    Object::new(Kind::ServiceAccount, namespace, name)
}

/// The pull secrets of a pod's spec or of a service account.
pub(super) fn pull_secrets<'n, 'a>(owner: Option<&'n Node<'a>>) -> &'n [Node<'a>] {
    owner.map_or(&[], |owner| owner.items_at("imagePullSecrets"))
}
