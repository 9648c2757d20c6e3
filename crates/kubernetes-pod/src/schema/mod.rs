//! What the API server knows of a Pod: every field that an author may set, how its lists merge,
//! which fields are one value together, and what it fills in where a field is absent.
//!
//! The table itself is in [`table`], written by `cargo run -p schema-gen` from the API server's
//! `OpenAPI` document and from `crates/schema-gen/by-hand.yaml`, which holds what that document
//! lacks.
//!
//! For a new Kubernetes version:
//! 1. Get its document, as a kube-apiserver of that version serves it
//!    (`kubectl get --raw /openapi/v3/api/v1`) or from the source
//!    (`api/openapi-spec/v3/api__v1_openapi.json`).
//! 2. Run `cargo run -p schema-gen -- --openapi FILE` and read `git diff`. An entry of
//!    `by-hand.yaml` that the document has overtaken is an error.
//! 3. For each new field, look up in the source what the document lacks: whether it is a pointer,
//!    its default, its values, its union, how its list merges. Add it to `by-hand.yaml`, run again.
//! 4. Set `kubernetes` in `by-hand.yaml`, and the feature of k8s-openapi in `Cargo.toml`, to the
//!    version; `tests/schema.rs` compares the table with k8s-openapi's Pod.
//!
//! Not in the table are the defaults that depend on the rest of the pod: `imagePullPolicy` on the
//! image's tag, `requests` on the limits, a `hostPort` under `hostNetwork` on the `containerPort`,
//! a volume without a source, the tolerations that every pod gets.

#[rustfmt::skip]
mod table;

pub use table::{CONTAINER, POD};

/// A struct of the Kubernetes API.
#[derive(Debug)]
pub struct Type {
    /// Its name in the API reference, such as `Container`.
    pub name: &'static str,
    /// Its fields, sorted by name.
    pub fields: &'static [Field],
}

/// A field of a [`Type`].
#[derive(Debug)]
pub struct Field {
    /// Its key in JSON.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it means that the key is not there.
    pub absent: Absent,
    /// It is a member of its type's union: the members together are one value, of which an
    /// author sets one (a volume's source, a probe's handler) or a pair (a seccomp profile's
    /// type and path).
    pub union: bool,
}

/// What a field holds.
#[derive(Debug)]
pub enum Kind {
    /// Any string.
    String,
    /// One of these strings: of those that the API server takes, the ones that a rule may set.
    Enum(&'static [&'static str]),
    /// `true` or `false`.
    Bool,
    /// A whole number that fits 32 bits.
    Int32,
    /// A whole number that fits 64 bits.
    Int64,
    /// A port or a percentage: a 32-bit number or a string.
    IntOrString,
    /// A quantity such as `500m`: a string or a number, equal by value.
    Quantity,
    /// A time in RFC 3339.
    Time,
    /// JSON that the API server itself does not look into.
    Any,
    /// A struct.
    Object(&'static Type),
    /// A map from any key to this.
    Map(&'static Kind),
    /// A list of this.
    List(List, &'static Kind),
}

/// How a list merges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// It is one value.
    Atomic,
    /// It is a set: items that it lacks are added.
    Set,
    /// Its items are told apart by these fields.
    Keyed(&'static [&'static str]),
}

/// What it means that a key is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// Nothing is set (a pointer in the API server's types): `false` is not the same.
    Unset,
    /// The zero value, which the API server leaves out: `""`, `0`, `false`, an empty list or map.
    Zero,
    /// This value, as JSON: the API server fills it in before it calls webhooks, or takes a field
    /// that is not there for it.
    Default(&'static str),
    /// The field is required: the API server refuses an object without it.
    Required,
}

impl Type {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.index(name).map(|index| &self.fields[index])
    }

    /// The place of the field of this name among all fields.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.fields
            .binary_search_by(|field| field.name.cmp(name))
            .ok()
    }

    /// Whether some of its fields are one value together.
    pub fn has_union(&self) -> bool {
        self.fields.iter().any(|field| field.union)
    }
}
