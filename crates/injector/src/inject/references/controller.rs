//! Labels by which a pod's controller selects its pods. See [`check`].
//!
//! A controller whose selector does not match a pod disowns the pod and creates another one,
//! without end. A rule may therefore change or remove a label of a controlled pod only if the
//! controller's selector is known and does not name the label.
//!
//! A label that a rule adds is not checked: in practice, selectors name the labels of the pod
//! template.

use kubernetes_pod::owner;
use kubernetes_pod::text::escaped;
use lazy_json::Node;

use super::error::ReferenceError;
use super::lookup::look_up;
use crate::cluster::lookups::Lookups;
use crate::cluster::object::{Kind, Object};

/// Checks the labels of the pod as it came (`original`) that a rule has changed or removed between
/// `before` and `after`.
///
/// # Errors
/// Returns `Refused` if the controller selects its pods by one of these labels, `Unavailable` if
/// the controller can't be read, and `UnknownController` if the policy does not look up its kind.
pub fn check<'a>(
    original: &Node<'a>,
    before: &Node<'a>,
    after: &Node<'a>,
    namespace: &str,
    lookups: &Lookups<'_>,
) -> Result<(), ReferenceError> {
    let Some(owner) = owner::controller(original) else {
        return Ok(());
    };
    for member in labels(original).and_then(Node::members).unwrap_or_default() {
        let key = member.key.name();
        if label(before, &key) == label(after, &key) {
            continue;
        }
        let field = format!("metadata.labels['{}']", escaped(&key));
        let Some(object) = object(owner, namespace) else {
            return Err(ReferenceError::UnknownController {
                field,
                kind: owner.str_at("kind").unwrap_or("").to_owned(),
            });
        };
        let controller = look_up(&object, lookups)?;
        if selects_by(&controller, object.kind, &key) {
            return Err(ReferenceError::Refused {
                field,
                object,
                demand: "selects its pods by it",
            });
        }
    }
    Ok(())
}

fn labels<'n, 'a>(pod: &'n Node<'a>) -> Option<&'n Node<'a>> {
    pod.at(&["metadata", "labels"])
}

fn label<'n>(pod: &'n Node<'_>, key: &str) -> Option<&'n str> {
    labels(pod)?.str_at(key)
}

/// The controller to be looked up. `None` if the policy does not look up its kind. The version of
/// the API group does not matter: all versions have the same selector.
fn object(owner: &Node<'_>, namespace: &str) -> Option<Object> {
    let group = |api_version: &str| match api_version.split_once('/') {
        Some((group, _)) => group.to_owned(),
        None => String::new(),
    };
    let text = |field| owner.str_at(field).unwrap_or("");
    let owners_group = group(text("apiVersion"));
    let mut kinds = Kind::CONTROLLERS.into_iter();
    let kind = kinds
        .find(|kind| kind.name() == text("kind") && group(kind.api_version()) == owners_group)?;
    Some(Object::new(kind, namespace, text("name")))
}

/// Whether a controller's selector names a label.
fn selects_by(controller: &Node<'_>, kind: Kind, key: &str) -> bool {
    let Some(selector) = controller
        .at(&["spec", "selector"])
        .filter(|selector| selector.members().is_some())
    else {
        // The API server stores no such object. Without a selector, every label may be selected by.
        return true;
    };
    if kind == Kind::ReplicationController {
        return selector.get(key).is_some();
    }
    let mut expressions = selector.items_at("matchExpressions").iter();
    selector.at(&["matchLabels", key]).is_some()
        || expressions.any(|expression| expression.str_at("key") == Some(key))
}
