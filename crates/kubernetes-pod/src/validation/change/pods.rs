//! The pods that a check of a change compares.

use lazy_json::Node;

/// A pod before and after a rule.
#[derive(Debug, Clone, Copy)]
pub struct Pods<'n, 'a> {
    /// The pod as it came, before any rule.
    pub original: &'n Node<'a>,
    /// The pod before the rule.
    pub before: &'n Node<'a>,
    /// The pod after the rule.
    pub after: &'n Node<'a>,
    /// The key of an annotation that will be replaced: its size does not count.
    pub replaced_annotation: &'n str,
}
