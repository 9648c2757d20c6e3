//! Sets of fields, as bits. See [`Fields`].
//!
//! The bits of the checks' fields are computed when the policy is built. A name that no field has
//! is a build error.

use crate::schema::{self, Kind, Type};

/// A set of fields of a type: one bit for each field, by the field's index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fields(u64);

/// The bit for all fields that the type does not know.
const UNKNOWN: usize = 63;

impl Fields {
    pub(super) const NONE: Self = Self(0);
    pub(super) const ALL: Self = Self(u64::MAX);

    /// The field of this name.
    pub(super) fn named(ty: &Type, name: &str) -> Self {
        Self(1 << ty.index(name).unwrap_or(UNKNOWN).min(UNKNOWN))
    }

    /// The union of two sets.
    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether two sets have a common field.
    pub(super) fn overlap(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Fields of `Container`.
    pub(super) const fn of_container(names: &[&str]) -> Self {
        Self::of(&schema::CONTAINER, names)
    }

    /// Fields of `PodSpec`.
    pub(super) const fn of_spec(names: &[&str]) -> Self {
        Self::of(part_of_pod("spec"), names)
    }

    /// Fields of `ObjectMeta`.
    pub(super) const fn of_metadata(names: &[&str]) -> Self {
        Self::of(part_of_pod("metadata"), names)
    }

    const fn of(ty: &Type, names: &[&str]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < names.len() {
            bits |= 1 << place(ty, names[index]);
            index += 1;
        }
        Self(bits)
    }
}

/// The type of the pod's `metadata` or `spec`.
pub(super) const fn part_of_pod(name: &str) -> &'static Type {
    match &schema::POD.fields[place(&schema::POD, name)].kind {
        Kind::Object(ty) => ty,
        _ => panic!("a part of a pod is an object"),
    }
}

const fn place(ty: &Type, name: &str) -> usize {
    let mut index = 0;
    while !same(ty.fields[index].name, name) {
        index += 1;
    }
    index
}

const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// Fields of a container.
macro_rules! of_container {
    ($($name:literal),+) => {
        const { $crate::validation::change::fields::Fields::of_container(&[$($name),+]) }
    };
}

/// Fields of a pod's spec.
macro_rules! of_spec {
    ($($name:literal),+) => {
        const { $crate::validation::change::fields::Fields::of_spec(&[$($name),+]) }
    };
}

/// Fields of a pod's metadata.
macro_rules! of_metadata {
    ($($name:literal),+) => {
        const { $crate::validation::change::fields::Fields::of_metadata(&[$($name),+]) }
    };
}

pub(super) use {of_container, of_metadata, of_spec};
