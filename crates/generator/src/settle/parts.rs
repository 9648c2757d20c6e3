//! Readers and walks for the parts of a pod. A part of an unexpected kind counts as absent.

use serde_json::{Map, Value};

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// The lists of containers that a pod is made with.
pub(super) const LISTS: [&str; 2] = ["initContainers", "containers"];

pub(crate) fn text<'o>(object: &'o Object, field: &str) -> Option<&'o str> {
    object.get(field).and_then(Value::as_str)
}

pub(crate) fn is_true(object: &Object, field: &str) -> bool {
    object.get(field) == Some(&Value::Bool(true))
}

pub(crate) fn child<'o>(object: &'o mut Object, field: &str) -> Option<&'o mut Object> {
    object.get_mut(field).and_then(Value::as_object_mut)
}

/// The objects in a list.
pub(crate) fn items<'o>(
    object: &'o mut Object,
    field: &str,
) -> impl Iterator<Item = &'o mut Object> {
    let list = object.get_mut(field).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Keeps the items of a list for which `holds` is true. Removes a list that is empty then.
pub(crate) fn retain(object: &mut Object, field: &str, mut holds: impl FnMut(&Value) -> bool) {
    if let Some(list) = object.get_mut(field).and_then(Value::as_array_mut) {
        list.retain(|item| holds(item));
        if list.is_empty() {
            object.remove(field);
        }
    }
}

/// Calls `visit` with every container of the pod.
pub(super) fn each_container(spec: &mut Object, mut visit: impl FnMut(&mut Object)) {
    for list in LISTS {
        items(spec, list).for_each(&mut visit);
    }
}

/// Whether the pod is on the host's network.
pub(super) fn in_host_network(spec: &Object) -> bool {
    is_true(spec, "hostNetwork")
}
