//! What the table is made of.

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
    /// Its zero value (`""`, `0`) is not kept: the API server fills in the default there too.
    pub zero_is_default: bool,
    /// The feature gate without which the API server drops the field, where that is off by default
    /// in the newest supported version.
    pub gate: Option<&'static str>,
}

impl Field {
    /// The field, of which the API server takes the zero value for absent.
    #[must_use]
    pub const fn zero_is_default(self) -> Self {
        Self {
            zero_is_default: true,
            ..self
        }
    }

    /// The field, which the API server drops unless this feature gate is on.
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
