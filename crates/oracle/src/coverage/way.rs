//! A field of the schema, and the ways in which a policy can change it.

/// A type and one of its fields.
pub(crate) type Place = (&'static str, &'static str);

/// What was done to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// It was absent and was set.
    Added,
    /// It was there and was set to something else.
    Changed,
    /// It was there and was removed.
    Removed,
}

impl Way {
    /// All ways.
    pub const ALL: [Self; 3] = [Self::Added, Self::Changed, Self::Removed];

    /// The way's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "set where absent",
            Self::Changed => "set where present",
            Self::Removed => "removed",
        }
    }
}
