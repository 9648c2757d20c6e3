//! What the checks found wrong.

use super::detect::Container;
use crate::field_path::{FieldPath, Place};
use crate::validation::invalid::Invalid;

/// Something that a rule would break.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place} {}: {invalid}", invalid.verdict())]
pub struct Violation {
    /// The field.
    pub place: Place,
    /// What would be wrong there.
    pub invalid: Invalid,
}

/// What is wrong.
#[derive(Debug, Default)]
pub(super) struct Found(pub(super) Vec<Violation>);

impl Found {
    pub(super) fn add(&mut self, place: Place, invalid: impl Into<Invalid>) {
        self.0.push(Violation {
            place,
            invalid: invalid.into(),
        });
    }

    pub(super) fn at(&mut self, path: &FieldPath<'_>, invalid: impl Into<Invalid>) {
        self.add(path.place(), invalid);
    }

    /// A field of the pod, written as people write it.
    pub(super) fn in_pod(&mut self, field: &str, invalid: impl Into<Invalid>) {
        let field = field.to_owned();
        let place = Place {
            container: None,
            field,
        };
        self.add(place, invalid);
    }

    /// A field of a container; the container itself where it is empty.
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
