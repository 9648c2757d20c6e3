//! The types of the schema table.

/// A struct of the Kubernetes API.
#[derive(Debug)]
pub struct Type {
    /// The name in the API reference, such as `Container`.
    pub name: &'static str,
    /// The fields, sorted by name.
    pub fields: &'static [Field],
}

/// A field of a [`Type`].
#[derive(Debug)]
pub struct Field {
    /// The key in JSON.
    pub name: &'static str,
    /// What the field holds.
    pub kind: Kind,
    /// The meaning of an absent field.
    pub absent: Absent,
    /// Whether the field is a member of its type's union. All members together are one value. An
    /// author sets one of them (a volume's source, a probe's handler) or a pair (a seccomp
    /// profile's type and path).
    pub union: bool,
    /// Whether the API server replaces the zero value (`""`, `0`) by the default.
    pub zero_is_default: bool,
    /// The feature gate without which the API server drops the field. `None` if the gate is on by
    /// default in the newest supported version, or there is no gate.
    pub gate: Option<&'static str>,
}

impl Field {
    /// The same field with `zero_is_default`.
    #[must_use]
    pub const fn zero_is_default(self) -> Self {
        Self {
            zero_is_default: true,
            ..self
        }
    }

    /// The same field with this feature gate.
    #[must_use]
    pub const fn gated(self, gate: &'static str) -> Self {
        Self {
            gate: Some(gate),
            ..self
        }
    }
}

/// What a field holds.
#[derive(Debug)]
pub enum Kind {
    /// Any string.
    String,
    /// One of these strings: the values that a rule may set.
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
    /// Any JSON. The API server does not check it.
    Any,
    /// A struct.
    Object(&'static Type),
    /// A map from any key to values of this kind.
    Map(&'static Kind),
    /// A list of items of this kind.
    List(List, &'static Kind),
}

/// How a list merges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// The list is one value.
    Atomic,
    /// The list is a set: missing items are added.
    Set,
    /// Items are identified by these merge keys.
    Keyed(&'static [&'static str]),
}

/// The meaning of an absent field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// Not set: the field is a pointer in the API server's types, and `false` means something else.
    Unset,
    /// The zero value, which the API server leaves out: `""`, `0`, `false`, an empty list or map.
    Zero,
    /// This value, as JSON. The API server fills it in before it calls webhooks, or treats an
    /// absent field as this value.
    Default(&'static str),
    /// The field is required: the API server refuses an object without it.
    Required,
}

impl Type {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.index(name).map(|index| &self.fields[index])
    }

    /// The index of the field of this name.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.fields
            .binary_search_by(|field| field.name.cmp(name))
            .ok()
    }

    /// Whether the type has a union.
    pub fn has_union(&self) -> bool {
        self.fields.iter().any(|field| field.union)
    }
}
