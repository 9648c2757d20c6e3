//! The parts of a text that will be read. They are parsed in the first scan of the text, so that
//! they are not scanned again.

/// The parts of a value that will be read.
#[derive(Debug)]
pub enum Shape {
    /// No part.
    Unread,
    /// All items or members, each with this shape.
    All(&'static Shape),
    /// All members; those with these keys have these shapes.
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
