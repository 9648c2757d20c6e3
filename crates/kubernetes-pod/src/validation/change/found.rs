//! The errors that the checks found.

use super::detect::Container;
use crate::field_path::{FieldPath, Place};
use crate::validation::invalid::Invalid;

/// An error that a rule would cause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place} {}: {invalid}", invalid.verdict())]
pub struct Violation {
    /// The field.
    pub place: Place,
    /// Why the field would be invalid.
    pub invalid: Invalid,
}

/// The errors that one check found.
#[derive(Debug, Default)]
pub(super) struct Found(pub(super) Vec<Violation>);

impl Found {
    /// Adds an error.
    pub(super) fn add(&mut self, place: Place, invalid: impl Into<Invalid>) {
        self.0.push(Violation {
            place,
            invalid: invalid.into(),
        });
    }

    /// Adds an error at a path.
    pub(super) fn at(&mut self, path: &FieldPath<'_>, invalid: impl Into<Invalid>) {
        self.add(path.place(), invalid);
    }

    /// Adds an error of a field of the pod, such as `spec.hostname`.
    pub(super) fn in_pod(&mut self, field: &str, invalid: impl Into<Invalid>) {
        let field = field.to_owned();
        let place = Place {
            container: None,
            field,
        };
        self.add(place, invalid);
    }

    /// Adds an error of a field of a container, or of the container itself if the field is empty.
    pub(super) fn in_container(
        &mut self,
        container: &Container<'_, '_>,
        field: &str,
        invalid: impl Into<Invalid>,
    ) {
        let place = Place {
            container: Some(container.container_name()),
            field: field.to_owned(),
        };
        self.add(place, invalid);
    }
}
