//! An arena for texts that arrive while a request is evaluated and are then read by reference.

use std::cell::OnceCell;

/// A list that values can be added to while other values in it are borrowed. Adding a value takes
/// time linear in the length: the list is for few values.
#[derive(Debug)]
pub struct Arena<T>(OnceCell<Box<(T, Arena<T>)>>);

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T> Arena<T> {
    /// Keeps a value as long as the arena.
    pub fn keep(&self, value: T) -> &T {
        let mut last = self;
        while let Some(entry) = last.0.get() {
            last = &entry.1;
        }
        &last.0.get_or_init(|| Box::new((value, Self::default()))).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_values_stay_in_place() {
        let arena = Arena::default();
        let kept: Vec<&String> = (0..100).map(|n| arena.keep(n.to_string())).collect();
        assert_eq!(kept[0], "0");
        assert_eq!(kept[99], "99");
    }
}
