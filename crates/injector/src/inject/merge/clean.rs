//! A rule's fragment without the parts that only remove, to be added where the pod has nothing. See
//! [`cleaned`].

use std::borrow::Cow;

use kubernetes_pod::item::PATCH;
use kubernetes_pod::schema::{Kind, List};
use lazy_json::{Member, Node, Value};

/// A fragment without `null`s and without `$patch: delete` items. `None` if nothing is left.
pub(super) fn cleaned<'n, 'a>(kind: &Kind, patch: &'n Node<'a>) -> Option<Cow<'n, Node<'a>>> {
    // The directive may be spelled with an escape.
    let nothing_to_remove = patch.text().is_some_and(|text| {
        ["null", PATCH, "\\"]
            .iter()
            .all(|sign| !text.contains(sign))
    });
    if nothing_to_remove {
        return Some(Cow::Borrowed(patch));
    }
    match (kind, patch.value()) {
        (_, Value::Null) => None,
        (Kind::Object(ty), Value::Object(members)) => {
            let kept = members.iter().filter_map(|member| {
                let value = match ty.field(&member.key.name()) {
                    Some(field) if field.union => whole(&member.value),
                    Some(field) => cleaned(&field.kind, &member.value),
                    None => Some(Cow::Borrowed(&member.value)),
                };
                with_value(member, value)
            });
            object(kept.collect(), members)
        }
        (Kind::Map(kind), Value::Object(members)) => {
            let kept = members
                .iter()
                .filter_map(|member| with_value(member, cleaned(kind, &member.value)));
            object(kept.collect(), members)
        }
        (Kind::List(list, kind), Value::Array(items)) if !items.is_empty() => {
            let kept = items
                .iter()
                .filter(|item| !(matches!(list, List::Keyed(_)) && is_deletion(item)))
                .filter_map(|item| match list {
                    List::Keyed(_) => cleaned(kind, item),
                    _ => whole(item),
                })
                .map(Cow::into_owned)
                .collect::<Vec<_>>();
            (!kept.is_empty()).then(|| Cow::Owned(Node::array(kept)))
        }
        _ => Some(Cow::Borrowed(patch)),
    }
}

/// A part of one value, such as a member of a union, without `null`s: inside it a `null` is an
/// absent key. `None` for a `null` itself.
pub(super) fn whole<'n, 'a>(part: &'n Node<'a>) -> Option<Cow<'n, Node<'a>>> {
    if part.text().is_some_and(|text| !text.contains("null")) {
        return Some(Cow::Borrowed(part));
    }
    match part.value() {
        Value::Null => None,
        Value::Object(members) => {
            let kept = members
                .iter()
                .filter_map(|member| with_value(member, whole(&member.value)));
            Some(Cow::Owned(Node::object(kept.collect())))
        }
        Value::Array(items) => {
            let kept = items.iter().filter_map(whole).map(Cow::into_owned);
            Some(Cow::Owned(Node::array(kept.collect())))
        }
        _ => Some(Cow::Borrowed(part)),
    }
}

fn with_value<'a>(member: &Member<'a>, value: Option<Cow<'_, Node<'a>>>) -> Option<Member<'a>> {
    Some(Member {
        key: member.key.clone(),
        value: value?.into_owned(),
    })
}

fn object<'n, 'a>(kept: Vec<Member<'a>>, members: &[Member<'a>]) -> Option<Cow<'n, Node<'a>>> {
    let emptied = kept.is_empty() && !members.is_empty();
    (!emptied).then(|| Cow::Owned(Node::object(kept)))
}

/// Whether an item of a rule's list removes the item with its key.
pub(super) fn is_deletion(item: &Node<'_>) -> bool {
    item.str_at(PATCH) == Some("delete")
}
