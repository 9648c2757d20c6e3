//! Who put a part of the pod where it is.

use lazy_json::{Mark, Node};

/// Who put a node where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    /// It came with the pod.
    Pod,
    /// A rule added it.
    Rule {
        /// The rule's index among all rules.
        index: usize,
        /// The rule added it before the pod's own items. What is inside it has `false`.
        prepended: bool,
    },
    /// A rule wants it left out: its value is what the API server takes its absence for. Other rules
    /// find it, and it is never written.
    Absence {
        /// The rule's index among all rules.
        index: usize,
    },
}

/// Nodes that know their author.
pub(crate) trait Authored {
    /// Who put it there.
    fn author(&self) -> Author;

    /// A copy that this author put there, with all that is inside it.
    #[must_use]
    fn with_author(&self, author: Author) -> Self;
}

impl Authored for Node<'_> {
    fn author(&self) -> Author {
        let mark = self.mark();
        match usize::try_from(mark.label)
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
        // A request has at most some 26,000 rules: settings and ConfigMaps are bounded.
        let label = |index: usize| u32::try_from(index + 1).unwrap_or(u32::MAX);
        self.with_mark(match author {
            Author::Pod => Mark::default(),
            Author::Rule { index, prepended } => Mark {
                label: label(index),
                own: u8::from(prepended),
                is_hidden: false,
            },
            Author::Absence { index } => Mark {
                label: label(index),
                own: 0,
                is_hidden: true,
            },
        })
    }
}
