//! Merging a union: fields of one object that together are one value, such as the sources of a
//! volume.

use kubernetes_pod::equality::{field_equal, same_json_value};
use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::schema::Type;
use lazy_json::{Member, Node};

use super::edits::Merge;
use super::error::MergeError;
use crate::inject::author::Authored;

impl Merge<'_, '_> {
    /// Merges all members of a type's union at once. A conflict is about the whole object.
    pub(super) fn union<'a>(
        &mut self,
        ty: &'static Type,
        target: &mut Node<'a>,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        let mut removed = false;
        for member in all_members(ty, patch).filter(|member| member.value.is_null()) {
            self.step(path)?;
            removed = true;
            self.remove(target, &member.key.name());
        }

        if set_members(ty, patch).next().is_none() {
            return Ok(());
        }
        let existing = set_members(ty, target)
            .next()
            .map(|member| member.value.author());
        let implied = implied(ty).filter(|_| existing.is_none() && !removed);
        if union_equal(ty, implied.as_ref().unwrap_or(target), patch) {
            return Ok(());
        }
        let existing = existing.or(implied.map(|_| target.author()));
        if let Some(author) = existing
            && !self.may_replace(author, path)?
        {
            return Ok(());
        }
        let old: Vec<String> = set_members(ty, target)
            .map(|member| member.key.name().into_owned())
            .collect();
        for key in &old {
            self.step(path)?;
            target.remove(key);
        }
        for member in set_members(ty, patch) {
            self.step(path)?;
            self.insert_whole(target, &member.key.name(), &member.value);
        }
        Ok(())
    }
}

/// The value of an item without any member of the union: an env var has the empty value, and a
/// volume is an emptyDir.
fn implied<'a>(ty: &Type) -> Option<Node<'a>> {
    let text = match ty.name {
        "EnvVar" => r#"{"value":""}"#,
        "Volume" => r#"{"emptyDir":{}}"#,
        _ => return None,
    };
    Node::parse(text).ok()
}

/// The members of the union. A key that this build does not know counts as a member: a volume's
/// source may be newer than the build.
fn all_members<'n, 'a>(
    ty: &'static Type,
    object: &'n Node<'a>,
) -> impl Iterator<Item = &'n Member<'a>> {
    let members = object.members().unwrap_or_default().iter();
    members.filter(|member| ty.field(&member.key.name()).is_none_or(|field| field.union))
}

fn set_members<'n, 'a>(
    ty: &'static Type,
    object: &'n Node<'a>,
) -> impl Iterator<Item = &'n Member<'a>> {
    all_members(ty, object).filter(|member| !member.value.is_null())
}

fn union_equal(ty: &'static Type, left: &Node<'_>, right: &Node<'_>) -> bool {
    let unknown_equal = |from: &Node<'_>| {
        all_members(ty, from).all(|member| {
            let name = member.key.name();
            ty.field(&name).is_some() || same_json_value(left.get(&name), right.get(&name))
        })
    };
    ty.fields
        .iter()
        .filter(|field| field.union)
        .all(|field| field_equal(ty, field, left, right))
        && unknown_equal(left)
        && unknown_equal(right)
}
