//! Labels that a pod's controller selects its pods by.
//!
//! A controller that does not find a pod by its selector disowns it and makes another one, without
//! end. So a rule changes or removes a label that a controlled pod came with only where the
//! controller's selector is known and does not name the label. See [`check`].
//!
//! A label that a rule adds is not checked: the selectors that controllers have in practice name what
//! their pods' template has.

use super::{ReferenceError, look_up};
use crate::cluster::lookups::Lookups;
use crate::cluster::object::{Kind, Object};
use kubernetes_pod::text::escaped;
use lazy_json::Node;

/// Checks the labels of the pod as it came (`original`) that a rule has changed or removed between
/// `before` and `after`.
///
/// # Errors
/// The controller selects its pods by one of them ([`ReferenceError::Refused`]), can't be read
/// ([`ReferenceError::Unavailable`]), or is of a kind that the policy does not look up
/// ([`ReferenceError::UnknownController`]).
pub fn check<'a>(
    original: &Node<'a>,
    before: &Node<'a>,
    after: &Node<'a>,
    namespace: &str,
    lookups: &Lookups<'_>,
) -> Result<(), ReferenceError> {
    let Some(owner) = controller(original) else {
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
                kind: text(owner, "kind").to_owned(),
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

/// What a controlled pod says of its controller.
fn controller<'n, 'a>(pod: &'n Node<'a>) -> Option<&'n Node<'a>> {
    let owners = pod.get("metadata")?.get("ownerReferences")?.items()?;
    let is_controller =
        |owner: &&Node<'_>| owner.get("controller").and_then(Node::as_bool) == Some(true);
    owners.iter().find(is_controller)
}

fn labels<'n, 'a>(pod: &'n Node<'a>) -> Option<&'n Node<'a>> {
    pod.get("metadata")?.get("labels")
}

fn label<'n>(pod: &'n Node<'_>, key: &str) -> Option<&'n str> {
    labels(pod)?.get(key)?.as_str()
}

/// The controller as it is looked up; `None` for a kind that is not. Versions of one group have the
/// same selector.
fn object(owner: &Node<'_>, namespace: &str) -> Option<Object> {
    let group = |api_version: &str| match api_version.split_once('/') {
        Some((group, _)) => group.to_owned(),
        None => String::new(),
    };
    let owners_group = group(text(owner, "apiVersion"));
    let mut kinds = Kind::CONTROLLERS.into_iter();
    let kind = kinds.find(|kind| {
        kind.name() == text(owner, "kind") && group(kind.api_version()) == owners_group
    })?;
    Some(Object::new(kind, namespace, text(owner, "name")))
}

/// Whether a controller's selector names a label.
fn selects_by(controller: &Node<'_>, kind: Kind, key: &str) -> bool {
    let Some(selector) = controller
        .get("spec")
        .and_then(|spec| spec.get("selector"))
        .filter(|selector| selector.members().is_some())
    else {
        // No such object is stored; one that has no selector that can be read says nothing.
        return true;
    };
    if kind == Kind::ReplicationController {
        return selector.get(key).is_some();
    }
    let expressions = selector.get("matchExpressions").and_then(Node::items);
    let named = |labels: &Node<'_>| labels.get(key).is_some();
    selector.get("matchLabels").is_some_and(named)
        || expressions
            .unwrap_or_default()
            .iter()
            .any(|expression| text(expression, "key") == key)
}

fn text<'n>(node: &'n Node<'_>, field: &str) -> &'n str {
    node.get(field).and_then(Node::as_str).unwrap_or("")
}
