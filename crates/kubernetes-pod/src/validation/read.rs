//! Reading fields of an object.

use lazy_json::{Node, Value};

use crate::quantity;

/// A string that is there and not empty.
pub(super) fn set_text<'n>(node: &'n Node<'_>, field: &str) -> Option<&'n str> {
    node.get(field)
        .and_then(Node::as_str)
        .filter(|text| !text.is_empty())
}

pub(super) fn is_true(node: &Node<'_>, field: &str) -> bool {
    node.get(field).and_then(Node::as_bool) == Some(true)
}

pub(super) fn list<'n, 'a>(node: &'n Node<'a>, field: &str) -> &'n [Node<'a>] {
    node.get(field).and_then(Node::items).unwrap_or_default()
}

pub(super) fn parsed_quantity(node: &Node<'_>) -> Option<quantity::Quantity> {
    match node.value() {
        Value::String(text) => quantity::parse(text),
        Value::Number(digits) => quantity::parse(digits),
        _ => None,
    }
}
