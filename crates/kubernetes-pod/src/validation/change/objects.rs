//! Objects that a rule changed. Their fields are checked as in the check of the settings, but as
//! whole objects. See [`check`].

use lazy_json::{Member, Node};

use super::detect::Change;
use super::fields::part_of_pod;
use super::found::Found;
use super::pairs::{Pair, key, pairs};
use crate::field_path::FieldPath;
use crate::item;
use crate::schema::required::required_fields;
use crate::schema::{Field, Kind, List, Type};
use crate::validation::cause::Cause;
use crate::validation::invalid::Invalid;
use crate::validation::{self};

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let Some(spec) = change.spec.node() else {
        return;
    };
    if change.spec.is_unchanged() {
        return;
    }
    let ty = const { part_of_pod("spec") };
    let path = FieldPath::ROOT.field("spec");
    object(ty, change.spec.node_before(), spec, &path, found);
}

/// Checks an object and the objects inside it that changed. Required fields are checked on new
/// objects only; rules cannot remove them from existing ones.
fn object<'n, 'a>(
    ty: &'static Type,
    before: Option<&'n Node<'a>>,
    after: &'n Node<'a>,
    path: &FieldPath<'_>,
    found: &mut Found,
) {
    if ty.fields.iter().any(|field| is_walked_through(&field.kind)) {
        members(ty, before, after, path, found);
    }
    if before.is_none() {
        required(ty, after, path, found);
    }
    // The other checks cover the fields of these two types.
    if !matches!(ty.name, "Container" | "PodSpec") {
        validation::object(ty, after, true, &mut |field, invalid| {
            report(field, invalid, path, found);
        });
    }
}

fn members<'n, 'a>(
    ty: &'static Type,
    before: Option<&'n Node<'a>>,
    after: &'n Node<'a>,
    path: &FieldPath<'_>,
    found: &mut Found,
) {
    let members = before.and_then(Node::members).unwrap_or_default();
    for (index, member) in after.members().unwrap_or_default().iter().enumerate() {
        let in_place = members.get(index).filter(|old| old.key == member.key);
        if in_place.is_some_and(|old| old.value.is_same(&member.value)) {
            continue;
        }
        let name = member.key.name();
        let Some(field) = ty.field(&name).filter(|field| !field.union) else {
            continue;
        };
        let old = before.and_then(|before| before.get(&name));
        if !member.value.is_null() && old.is_none_or(|old| !old.is_same(&member.value)) {
            self::field(field, old, member, &path.field(&name), found);
        }
    }
}

fn field<'n, 'a>(
    field: &'static Field,
    before: Option<&'n Node<'a>>,
    member: &'n Member<'a>,
    path: &FieldPath<'_>,
    found: &mut Found,
) {
    match &field.kind {
        Kind::Object(ty) => object(ty, before, &member.value, path, found),
        Kind::List(List::Keyed(keys), Kind::Object(ty)) if is_looked_into(ty) => {
            let old = before.and_then(Node::items).unwrap_or_default();
            let new = member.value.items().unwrap_or_default();
            for pair in pairs(old, new, |item| key(keys, item)) {
                let (old, new) = match pair {
                    Pair::Same(_) => continue,
                    Pair::Changed(old, new) => (Some(old), new),
                    Pair::New(new) => (None, new),
                };
                object(
                    ty,
                    old,
                    new,
                    &path.key(&item::merge_key_text(&keys[..1], new)),
                    found,
                );
            }
        }
        // Any other list is one value, or a list of such, and was checked with the settings.
        _ => {}
    }
}

/// Whether a field holds objects that are checked here.
fn is_walked_through(kind: &Kind) -> bool {
    match kind {
        Kind::Object(_) => true,
        Kind::List(List::Keyed(_), Kind::Object(ty)) => is_looked_into(ty),
        _ => false,
    }
}

/// Whether the merge of two valid list items can be invalid, or an item can be valid only as a
/// patch of another one.
fn is_looked_into(ty: &Type) -> bool {
    !matches!(
        ty.name,
        "ContainerPort" | "EnvVar" | "HostAlias" | "LocalObjectReference" | "Toleration" | "Volume"
    )
}

fn required(ty: &'static Type, node: &Node<'_>, path: &FieldPath<'_>, found: &mut Found) {
    let image = (ty.name == "Container").then_some("image");
    let fields = required_fields(ty).map(|field| field.name);
    for field in fields.chain(image) {
        if node.get(field).is_none() {
            found.at(&path.field(field), Cause::Required);
        }
    }
}

fn report(field: &'static str, invalid: Invalid, path: &FieldPath<'_>, found: &mut Found) {
    if field.is_empty() {
        found.at(path, invalid);
    } else {
        found.at(&path.field(field), invalid);
    }
}
