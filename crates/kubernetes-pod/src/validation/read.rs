//! Readers of values that have a meaning of their own in Kubernetes.

use lazy_json::Node;

/// The string under a key. `None` if it is absent or empty: the API server does not tell these
/// apart.
pub(super) fn set_text<'n>(node: &'n Node<'_>, key: &str) -> Option<&'n str> {
    node.str_at(key).filter(|text| !text.is_empty())
}
