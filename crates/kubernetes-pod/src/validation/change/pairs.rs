//! Pairs of list items before and after a rule. See [`pairs`].

use std::collections::BTreeMap;

use lazy_json::Node;

/// The maximum number of merge keys of a list: those of tolerations.
const KEY_FIELDS: usize = 4;

/// A list item after a rule, with the item before.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pair<'n, 'a> {
    /// The item is unchanged.
    Same(&'n Node<'a>),
    /// The item was changed: before and after.
    Changed(&'n Node<'a>, &'n Node<'a>),
    /// The item was added.
    New(&'n Node<'a>),
}

/// The values of an item's merge keys.
pub(super) type Key<'n> = [Option<&'n str>; KEY_FIELDS];

/// The values of an item's merge keys in these fields.
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

/// Pairs each item of a list with the item of the same key before the rule.
pub(super) fn pairs<'n, 'a, K: Ord>(
    before: &'n [Node<'a>],
    after: &'n [Node<'a>],
    key: impl Fn(&'n Node<'a>) -> K,
) -> impl Iterator<Item = Pair<'n, 'a>> {
    let mut rest = before;
    let mut by_key: Option<BTreeMap<K, &'n Node<'a>>> = None;
    after.iter().map(move |item| {
        // The common case: a rule keeps the order of items.
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
