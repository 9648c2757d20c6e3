//! A place for what comes in while a request is looked at, and is then read by reference.

use std::cell::OnceCell;

/// A list that things can be added to while others in it are borrowed. It is gone through from the
/// start to add to it: it is for few things.
#[derive(Debug)]
pub struct Arena<T>(OnceCell<Box<(T, Arena<T>)>>);

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T> Arena<T> {
    /// Keeps it for as long as the arena is there.
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
    fn what_is_kept_stays_where_it_is() {
        let arena = Arena::default();
        let kept: Vec<&String> = (0..100).map(|n| arena.keep(n.to_string())).collect();
        assert_eq!(kept[0], "0");
        assert_eq!(kept[99], "99");
    }
}
