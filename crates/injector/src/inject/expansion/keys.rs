//! The keys of an object in a fragment: names of fields, or any text.

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::schema::{Kind, Type};

/// What the keys of an object are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keys {
    /// Names of fields, of this type if it is known.
    Fields(Option<&'static Type>),
    /// Any text, each with a value of this kind.
    Map(&'static Kind),
}

impl Keys {
    /// The kind of the value under a key; `None` if the schema does not know it.
    pub(super) fn kind(self, key: &str) -> Option<&'static Kind> {
        match self {
            Self::Fields(ty) => ty?.field(key).map(|field| &field.kind),
            Self::Map(kind) => Some(kind),
        }
    }

    /// The path of the value under a key.
    pub(super) fn child<'p>(self, parent: &'p FieldPath<'p>, key: &'p str) -> FieldPath<'p> {
        match self {
            Self::Fields(_) => parent.field(key),
            Self::Map(_) => parent.key(key),
        }
    }
}
