//! Items of a rule's lists, as messages about the pod name them. See [`item_place`].

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::item;
use kubernetes_pod::schema::List;
use lazy_json::Node;

/// The merge keys of an item of a rule's list, for [`item_place`]. Empty for other lists.
pub(super) fn item_label(list: Option<List>, item: &Node<'_>) -> String {
    match list {
        Some(List::Keyed(keys)) => item::merge_key_text(keys, item),
        _ => String::new(),
    }
}

/// The place in the pod of an item of a rule's list. Only a list that is one value has the same
/// indexes in the pod as in the rule.
pub(super) fn item_place<'p>(
    list: Option<List>,
    index: usize,
    label: &'p str,
    parent: &'p FieldPath<'p>,
) -> FieldPath<'p> {
    match list {
        Some(List::Keyed(_)) => parent.key(label),
        Some(List::Set) => parent.item(),
        Some(List::Atomic) | None => parent.index(index),
    }
}
