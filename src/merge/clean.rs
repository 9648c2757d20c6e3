//! What a rule adds where nothing is: its fragment without the parts that only remove.

use std::borrow::Cow;

use crate::json::{Member, Node, Value};
use crate::schema::{Kind, List};

/// The directive that removes an item of a list.
pub(crate) const PATCH: &str = "$patch";

/// A fragment without `null`s and without the items that are to be deleted; `None` where that
/// leaves nothing of it.
pub(super) fn cleaned<'n, 'a>(kind: &Kind, patch: &'n Node<'a>) -> Option<Cow<'n, Node<'a>>> {
    let nothing_to_remove = patch
        .text()
        .is_some_and(|text| !text.contains("null") && !text.contains(PATCH));
    if nothing_to_remove {
        return Some(Cow::Borrowed(patch));
    }
    match (kind, patch.value()) {
        (_, Value::Null) => None,
        (Kind::Object(ty), Value::Object(members)) => {
            object(members, |name| ty.field(name).map(|field| &field.kind))
        }
        (Kind::Map(kind), Value::Object(members)) => object(members, |_| Some(kind)),
        (Kind::List(list, kind), Value::Array(items)) if !items.is_empty() => {
            let kept = items
                .iter()
                .filter(|item| !(matches!(list, List::Keyed(_)) && is_deletion(item)))
                .filter_map(|item| cleaned(kind, item).map(Cow::into_owned))
                .collect::<Vec<_>>();
            (!kept.is_empty()).then(|| Cow::Owned(Node::array(kept)))
        }
        _ => Some(Cow::Borrowed(patch)),
    }
}

fn object<'n, 'a, 'k>(
    members: &'n [Member<'a>],
    kind_of: impl Fn(&str) -> Option<&'k Kind>,
) -> Option<Cow<'n, Node<'a>>> {
    let kept = members
        .iter()
        .filter_map(|member| {
            let value = match kind_of(&member.key.name()) {
                Some(kind) => cleaned(kind, &member.value)?.into_owned(),
                None => member.value.clone(),
            };
            Some(Member {
                key: member.key.clone(),
                value,
            })
        })
        .collect::<Vec<_>>();
    let emptied = kept.is_empty() && !members.is_empty();
    (!emptied).then(|| Cow::Owned(Node::object(kept)))
}

/// Whether an item of a rule's list says that the item of its key is to be removed.
pub(super) fn is_deletion(item: &Node<'_>) -> bool {
    item.get(PATCH).and_then(Node::as_str) == Some("delete")
}
