//! Marks on nodes.

/// A note of the tree's user on a node, such as the node's author. Parsed nodes have no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// Passed on to all nodes inside.
    pub tag: u32,
    /// Passed on to the items of an array, not to the members of an object.
    pub own: u8,
    /// The node can be read but is not written. Passed on like `tag`.
    pub is_hidden: bool,
}

impl Mark {
    /// The mark of the members of an object with this mark.
    pub(crate) fn inherited(self) -> Self {
        Self { own: 0, ..self }
    }
}
