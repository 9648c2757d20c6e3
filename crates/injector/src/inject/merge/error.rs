//! Why a rule can't be merged.

use kubernetes_pod::field_path::{FieldPath, Place};
use kubernetes_pod::validation::Cause;

use crate::inject::deadline::DeadlineExceeded;

/// Why a rule can't be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// The field came with another value.
    #[error("{place} is already set to another value")]
    SetByPod {
        /// The field.
        place: Place,
    },
    /// An earlier rule set the field to another value.
    #[error("{place} is already set to another value by rule {rule:?}")]
    SetByRule {
        /// The field.
        place: Place,
        /// The rule's name.
        rule: String,
    },
    /// The pod's value has a type that the API server can't have decoded.
    #[error("{place} is not {expected}")]
    NotReadable {
        /// The field.
        place: Place,
        /// The expected type.
        expected: &'static str,
    },
    /// The rule removes a field that the API server or one of its admission plugins restores.
    #[error("{place} would come back: {cause}")]
    Restored {
        /// The field.
        place: Place,
        /// What restores the field.
        cause: Cause,
    },
    /// The rule inserts more than a pod may hold. It is stopped before its other errors are found.
    #[error("{place} would be invalid: {}", Cause::PodSize)]
    TooLarge {
        /// The field that was being merged.
        place: Place,
    },
    /// The deadline passed.
    #[error("{error} for {place}")]
    DeadlineExceeded {
        /// The field that was being merged.
        place: Place,
        /// The deadline's error.
        error: DeadlineExceeded,
    },
    /// The rule's value has a type that the check of the settings refuses.
    #[error("the rule's {place} is not {expected}")]
    RuleNotReadable {
        /// The field.
        place: Place,
        /// The expected type.
        expected: &'static str,
    },
}

impl MergeError {
    /// The field that the error is about.
    pub fn place(&self) -> &Place {
        match self {
            Self::SetByPod { place }
            | Self::SetByRule { place, .. }
            | Self::NotReadable { place, .. }
            | Self::Restored { place, .. }
            | Self::TooLarge { place }
            | Self::DeadlineExceeded { place, .. }
            | Self::RuleNotReadable { place, .. } => place,
        }
    }
}

pub(super) fn deadline_exceeded(path: &FieldPath<'_>, error: DeadlineExceeded) -> MergeError {
    MergeError::DeadlineExceeded {
        place: path.place(),
        error,
    }
}

pub(super) fn not_readable(path: &FieldPath<'_>, expected: &'static str) -> MergeError {
    MergeError::NotReadable {
        place: path.place(),
        expected,
    }
}

pub(super) fn rule_not_readable(path: &FieldPath<'_>, expected: &'static str) -> MergeError {
    MergeError::RuleNotReadable {
        place: path.place(),
        expected,
    }
}
