//! Which parts of a text are going to be read: they are looked into while the text is gone over,
//! and not gone over a second time.

/// What of a value is going to be read.
#[derive(Debug)]
pub enum Shape {
    /// Nothing, as far as is known.
    Unread,
    /// All its items or members, and so much of each.
    All(&'static Shape),
    /// Its members, and so much of those with these keys.
    Keys(&'static [(&'static str, Shape)]),
}

impl Shape {
    pub(crate) fn of_item(&self) -> &Self {
        match self {
            Self::All(shape) => shape,
            _ => &Self::Unread,
        }
    }

    /// `key` with its quotes.
    pub(crate) fn of_member(&self, key: &str) -> &Self {
        match self {
            Self::All(shape) => shape,
            Self::Keys(keys) => keys
                .iter()
                .find(|(name, _)| key.get(1..key.len() - 1) == Some(name))
                .map_or(&Self::Unread, |(_, shape)| shape),
            Self::Unread => &Self::Unread,
        }
    }
}
