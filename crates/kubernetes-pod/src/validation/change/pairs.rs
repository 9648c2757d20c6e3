//! The items of a list after a rule, each with what it was before.

use std::collections::BTreeMap;

use lazy_json::Node;

/// The longest key of a keyed list: a toleration's.
const KEY_FIELDS: usize = 4;

/// An item of a list after a rule, and what it was before.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pair<'n, 'a> {
    /// It is as it was.
    Same(&'n Node<'a>),
    /// It was another one before.
    Changed(&'n Node<'a>, &'n Node<'a>),
    /// It was not there.
    New(&'n Node<'a>),
}

/// The values of an item's key.
pub(super) type Key<'n> = [Option<&'n str>; KEY_FIELDS];

/// An item's key, of the fields that its list tells items apart by.
pub(super) fn key<'n>(fields: &[&str], item: &'n Node<'_>) -> Key<'n> {
    let mut key = Key::default();
    for (value, field) in key.iter_mut().zip(fields) {
        *value = item.get(field).and_then(key_text);
    }
    key
}

fn key_text<'n>(value: &'n Node<'_>) -> Option<&'n str> {
    value.as_str().or_else(|| value.text())
}

/// The items of a list, each with what it was before: an item of the same key.
pub(super) fn pairs<'n, 'a, K: Ord>(
    before: &'n [Node<'a>],
    after: &'n [Node<'a>],
    key: impl Fn(&'n Node<'a>) -> K,
) -> impl Iterator<Item = Pair<'n, 'a>> {
    let mut rest = before;
    let mut by_key: Option<BTreeMap<K, &'n Node<'a>>> = None;
    after.iter().map(move |item| {
        // A rule keeps the order of what it leaves: nearly always it is the next one.
        if let Some((next, others)) = rest.split_first()
            && (next.is_same(item) || key(next) == key(item))
        {
            rest = others;
            return Pair::of(Some(next), item);
        }
        if rest.is_empty() && by_key.is_none() {
            return Pair::New(item);
        }
        let by_key =
            by_key.get_or_insert_with(|| before.iter().map(|item| (key(item), item)).collect());
        Pair::of(by_key.get(&key(item)).copied(), item)
    })
}

impl<'n, 'a> Pair<'n, 'a> {
    fn of(before: Option<&'n Node<'a>>, item: &'n Node<'a>) -> Self {
        match before {
            Some(before) if before.is_same(item) => Self::Same(item),
            Some(before) => Self::Changed(before, item),
            None => Self::New(item),
        }
    }
}
