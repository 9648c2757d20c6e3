//! Marks on nodes.

/// What the tree's user notes on a node, for instance who added it. Nodes are read without a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// Inherited by everything inside the node.
    pub label: u32,
    /// For the node alone.
    pub own: u8,
    /// The node can be found, and is never written. Inherited.
    pub is_hidden: bool,
}

impl Mark {
    /// The mark of what is inside a node with this mark.
    pub(crate) fn inherited(self) -> Self {
        Self { own: 0, ..self }
    }
}
