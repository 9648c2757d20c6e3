//! Conflicts: a rule's value differs from a value that is already set.

use kubernetes_pod::field_path::FieldPath;

use super::edits::Merge;
use super::error::MergeError;
use crate::inject::author::Author;
use crate::settings::rule::{NO_RULE, OnConflict};

impl Merge<'_, '_> {
    /// Decides a conflict: whether the rule's value replaces the value of this author.
    ///
    /// # Errors
    /// Returns `SetByPod` or `SetByRule` if the rule's `onConflict` is `Report`.
    pub(super) fn may_replace(
        &self,
        author: Author,
        path: &FieldPath<'_>,
    ) -> Result<bool, MergeError> {
        match self.on_conflict {
            OnConflict::Keep => Ok(false),
            OnConflict::Replace => Ok(true),
            OnConflict::Report => Err(match author {
                Author::Pod => MergeError::SetByPod {
                    place: path.place(),
                },
                Author::Rule { index, .. } | Author::Absence { index } => MergeError::SetByRule {
                    place: path.place(),
                    rule: self
                        .rules
                        .get(index)
                        .map_or_else(|| NO_RULE.to_owned(), ToString::to_string),
                },
            }),
        }
    }
}
