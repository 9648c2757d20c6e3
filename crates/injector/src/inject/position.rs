//! The order in which rules are applied.

/// A rule's position in the order in which rules are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    /// 0 for the settings; from 1 the index of the rule's source.
    source: usize,
    /// The index of the key in the source's `ConfigMap`.
    key: usize,
    /// The index in the list of rules.
    index: usize,
}

impl Position {
    /// The position of a rule of the settings.
    pub(super) fn in_settings(index: usize) -> Self {
        Self {
            source: 0,
            key: 0,
            index,
        }
    }

    /// The position of a rule of a `ConfigMap`. `source` counts the sources from 0.
    pub(super) fn in_config_map(source: usize, key: usize, index: usize) -> Self {
        Self {
            source: source + 1,
            key,
            index,
        }
    }
}
