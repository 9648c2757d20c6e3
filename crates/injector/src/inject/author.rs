//! The author of each part of a pod: the pod's own author, or a rule.

use lazy_json::{Mark, Node};

/// The author of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    /// The node came with the pod.
    Pod,
    /// A rule added the node.
    Rule {
        /// The index of the rule among all rules.
        index: usize,
        /// The rule added the node before the pod's own items. False for nodes inside such an item.
        prepended: bool,
    },
    /// A rule set the field to the value that the API server assumes for an absent field. Later
    /// rules see the node; it is not written.
    Absence {
        /// The index of the rule among all rules.
        index: usize,
    },
}

/// Nodes with an author.
pub(crate) trait Authored {
    /// The node's author.
    fn author(&self) -> Author;

    /// A copy of the node and everything inside it, with this author.
    #[must_use]
    fn with_author(&self, author: Author) -> Self;
}

impl Authored for Node<'_> {
    fn author(&self) -> Author {
        let mark = self.mark();
        match usize::try_from(mark.tag)
            .unwrap_or(usize::MAX)
            .checked_sub(1)
        {
            None => Author::Pod,
            Some(index) if mark.is_hidden => Author::Absence { index },
            Some(index) => Author::Rule {
                index,
                prepended: mark.own != 0,
            },
        }
    }

    fn with_author(&self, author: Author) -> Self {
        // A request has at most some 26,000 rules, since settings and ConfigMaps are bounded.
        let tag = |index: usize| u32::try_from(index + 1).unwrap_or(u32::MAX);
        self.with_mark(match author {
            Author::Pod => Mark::default(),
            Author::Rule { index, prepended } => Mark {
                tag: tag(index),
                own: u8::from(prepended),
                is_hidden: false,
            },
            Author::Absence { index } => Mark {
                tag: tag(index),
                own: 0,
                is_hidden: true,
            },
        })
    }
}
