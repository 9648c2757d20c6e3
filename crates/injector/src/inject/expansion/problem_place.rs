//! The place in the pod of a problem of a fragment. See [`place_of`].

use kubernetes_pod::field_path::{FieldPath, Place};
use kubernetes_pod::schema::{Kind, Type};
use lazy_json::{Node, Value};

use super::items::{item_label, item_place};
use super::keys::Keys;
use crate::settings::problem::Problem;
use crate::variables::EXPANDED_DEPTH;

/// The place in the pod of a problem of an expanded fragment, for the object of this type at
/// `place`.
///
/// The problem's path has the indexes of items in the rule's lists, which a reader would take for
/// indexes in the pod's lists. See [`item_place`] for how the place names items. Merge keys that
/// variables made are not shown, since they may be values.
pub(super) fn place_of(
    ty: &'static Type,
    fragment: &Node<'_>,
    problem: &Problem,
    place: &FieldPath<'_>,
) -> Place {
    let about = problem.path.as_str();
    let keys = Keys::Fields(Some(ty));
    members(
        keys,
        fragment,
        about,
        &FieldPath::ROOT,
        place,
        EXPANDED_DEPTH,
    )
}

/// The place inside a value: in the part that has the problem, or the rest of the problem's path if
/// no part has it.
fn value(
    kind: Option<&'static Kind>,
    node: &Node<'_>,
    about: &str,
    path: &FieldPath<'_>,
    place: &FieldPath<'_>,
    depth: usize,
) -> Place {
    if depth == 0 {
        return rest(about, path, place);
    }
    match (kind, node.value()) {
        (kind, Value::Array(list)) => {
            let found = list.iter().enumerate().find(|(index, _)| {
                let path = path.index(*index);
                leads_to(&path, about)
            });
            let Some((index, item)) = found else {
                return rest(about, path, place);
            };
            let path = path.index(index);
            let (list, kind) = match kind {
                Some(Kind::List(list, kind)) => (Some(*list), Some(*kind)),
                _ => (None, None),
            };
            let label = item_label(list, item);
            let place = item_place(list, index, &label, place);
            value(kind, item, about, &path, &place, depth - 1)
        }
        (Some(Kind::Map(kind)), _) => members(Keys::Map(kind), node, about, path, place, depth),
        (Some(Kind::Object(ty)), _) => {
            members(Keys::Fields(Some(ty)), node, about, path, place, depth)
        }
        _ => members(Keys::Fields(None), node, about, path, place, depth),
    }
}

/// The place inside an object or a map.
fn members(
    keys: Keys,
    node: &Node<'_>,
    about: &str,
    path: &FieldPath<'_>,
    place: &FieldPath<'_>,
    depth: usize,
) -> Place {
    for member in node.members().unwrap_or_default() {
        let key = member.key.name();
        let member_path = keys.child(path, &key);
        if leads_to(&member_path, about) {
            let place = keys.child(place, &key);
            return value(
                keys.kind(&key),
                &member.value,
                about,
                &member_path,
                &place,
                depth - 1,
            );
        }
    }
    rest(about, path, place)
}

/// Whether a problem is at a path or below it.
fn leads_to(path: &FieldPath<'_>, about: &str) -> bool {
    let rest = about.strip_prefix(&path.to_string());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The place followed by the rest of the problem's path.
fn rest(about: &str, path: &FieldPath<'_>, place: &FieldPath<'_>) -> Place {
    let mut place = place.place();
    let path = path.to_string();
    let rest = about.strip_prefix(path.as_str()).unwrap_or_default();
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    if !rest.is_empty() && !rest.starts_with('[') && !place.field.is_empty() {
        place.field.push('.');
    }
    place.field.push_str(rest);
    place
}
