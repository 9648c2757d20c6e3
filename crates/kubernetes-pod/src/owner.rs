//! The owners of a pod.

use lazy_json::Node;

/// The owner reference of a pod's controller.
pub fn controller<'n, 'a>(pod: &'n Node<'a>) -> Option<&'n Node<'a>> {
    let owners = pod.get("metadata")?.items_at("ownerReferences");
    owners.iter().find(|owner| owner.is_true("controller"))
}
