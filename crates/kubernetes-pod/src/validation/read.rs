//! Readers of values that have a meaning of their own in Kubernetes.

use lazy_json::{Node, Value};

use crate::quantity::{self, Quantity};

/// The string under a key. `None` if it is absent or empty: the API server does not tell these
/// apart.
pub(super) fn set_text<'n>(node: &'n Node<'_>, key: &str) -> Option<&'n str> {
    node.str_at(key).filter(|text| !text.is_empty())
}

/// The quantity in a string or a number.
pub(super) fn parsed_quantity(node: &Node<'_>) -> Option<Quantity> {
    match node.value() {
        Value::String(text) => quantity::parse(text),
        Value::Number(digits) => quantity::parse(digits),
        _ => None,
    }
}
