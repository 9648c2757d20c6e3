//! Strings that variables made. See [`is_expanded`].

use lazy_json::{Node, Value};

/// Stands in messages for a text that variables made, since it may be the value of an annotation.
pub const EXPANDED: &str = "${...}";

/// Whether variables made a string of a pod or of an expanded fragment: it has no text of its own
/// in the JSON of a request, of settings or of an object.
pub fn is_expanded(node: &Node<'_>) -> bool {
    node.as_str().is_some() && node.text().is_none()
}

/// Whether variables made this string anywhere in a pod. If a rule also spells the same string out,
/// the string still counts as made.
pub fn is_expanded_in(pod: &Node<'_>, text: &str) -> bool {
    if pod.text().is_some() {
        return false;
    }
    match pod.value() {
        Value::String(expanded) => expanded == text,
        Value::Array(items) => items.iter().any(|item| is_expanded_in(item, text)),
        Value::Object(members) => members
            .iter()
            .any(|member| is_expanded_in(&member.value, text)),
        _ => false,
    }
}
