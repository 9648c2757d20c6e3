//! The pod before a rule's edits.

use lazy_json::Node;

/// The pod before a rule's edits.
#[derive(Debug, Clone, Copy)]
pub struct PodsBefore<'p, 'a> {
    /// The pod as it came, before any rule.
    pub original: &'p Node<'a>,
    /// The pod before the rule.
    pub before: &'p Node<'a>,
}
