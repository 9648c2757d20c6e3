//! Marks on nodes.

/// A note of the tree's user on a node, such as the node's author. Parsed nodes have no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// Inherited by everything inside the node.
    pub label: u32,
    /// For this node only.
    pub own: u8,
    /// The node can be found but is never written. Inherited.
    pub is_hidden: bool,
}

impl Mark {
    /// The mark of the nodes inside a node with this mark.
    pub(crate) fn inherited(self) -> Self {
        Self { own: 0, ..self }
    }
}
