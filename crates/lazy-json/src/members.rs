//! The members of an object. See [`Members::find`].

use std::cell::{Cell, OnceCell};
use std::ops::Deref;

use crate::key::Key;

/// Up to this many members, a linear search is fastest.
const FEW: usize = 32;

/// After this many searches without a change, an index is built.
const SEARCHES: u8 = 8;

/// A key of an object and its value.
#[derive(Debug, Clone)]
pub struct Member<'a, V> {
    /// The key.
    pub key: Key<'a>,
    /// The value.
    pub value: V,
}

/// The members of an object, in their order.
#[derive(Debug)]
pub struct Members<'a, V> {
    list: Vec<Member<'a, V>>,
    searches: Cell<u8>,
    /// The indices of the members, sorted by key and then by index.
    index: OnceCell<Box<[usize]>>,
}

impl<'a, V> Members<'a, V> {
    /// An object's members.
    pub fn new(list: Vec<Member<'a, V>>) -> Self {
        Self {
            list,
            searches: Cell::default(),
            index: OnceCell::default(),
        }
    }

    /// The members, to be changed.
    pub fn list_mut(&mut self) -> &mut Vec<Member<'a, V>> {
        self.searches.set(0);
        self.index.take();
        &mut self.list
    }

    /// The last member with this key.
    pub fn find(&self, key: &str) -> Option<&Member<'a, V>> {
        let Some(index) = self.index() else {
            return self.list.iter().rev().find(|member| member.key.is(key));
        };
        let after = index.partition_point(|place| &*self.list[*place].key.name() <= key);
        let last = &self.list[*index.get(after.checked_sub(1)?)?];
        last.key.is(key).then_some(last)
    }

    fn index(&self) -> Option<&[usize]> {
        if self.list.len() <= FEW {
            return None;
        }
        if self.searches.get() < SEARCHES {
            self.searches.set(self.searches.get() + 1);
            return None;
        }
        Some(self.index.get_or_init(|| {
            let mut places: Vec<usize> = (0..self.list.len()).collect();
            places.sort_by_cached_key(|place| self.list[*place].key.name());
            places.into_boxed_slice()
        }))
    }
}

impl<V: Clone> Clone for Members<'_, V> {
    fn clone(&self) -> Self {
        Self::new(self.list.clone())
    }
}

impl<'a, V> Deref for Members<'a, V> {
    type Target = [Member<'a, V>];

    fn deref(&self) -> &Self::Target {
        &self.list
    }
}

#[cfg(test)]
mod tests {
    use crate::Node;

    /// As without an index: the last member of a key counts, an escaped key is another key, and
    /// `null` is absent.
    #[test]
    fn many_members_are_found_as_few_are() {
        let many: Vec<String> = (0..100).map(|key| format!("\"k{key}\": {key}")).collect();
        let text = format!(
            r#"{{{}, "k7": 107, "\u006b8": 108, "k9": null}}"#,
            many.join(", ")
        );
        let mut node = Node::parse(&text).expect("valid JSON");
        let found = |node: &Node<'_>| {
            ["k7", "k8", "k9", "k42", "k", "l"].map(|key| node.get(key).and_then(Node::as_i64))
        };
        let expected = [Some(107), Some(108), None, Some(42), None, None];
        for _ in 0..10 {
            assert_eq!(found(&node), expected);
        }
        node.set("k42", Node::parse("142").expect("valid JSON"));
        node.remove("k7");
        for _ in 0..10 {
            assert_eq!(found(&node), [None, Some(108), None, Some(142), None, None]);
        }
    }
}
