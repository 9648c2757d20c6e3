//! Merging objects and maps.

use kubernetes_pod::equality::{as_if_absent, by_default, equal, label_keys, values_equal};
use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::schema::{Field, Kind, List, Type};
use lazy_json::Node;

use super::edits::Merge;
use super::error::{MergeError, not_readable, rule_not_readable};
use crate::inject::author::{Author, Authored};

/// The type that holds requests and limits.
const RESOURCES: &str = "ResourceRequirements";

impl Merge<'_, '_> {
    /// Merges a rule's partial object into an object of the same type.
    ///
    /// # Errors
    /// Returns the first field that can't be merged. The target may be changed in part then: work
    /// on a clone.
    pub fn object<'a>(
        &mut self,
        ty: &'static Type,
        target: &mut Node<'a>,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        let Some(members) = patch.members() else {
            return Err(rule_not_readable(path, "an object"));
        };
        if target.members().is_none() {
            return Err(not_readable(path, "an object"));
        }
        let has_union = ty.has_union();
        let mut union_merged = false;
        for member in members {
            self.step(path)?;
            let name = member.key.name();
            let field_path = path.field(&name);
            match ty.field(&name) {
                Some(field)
                    if field.name == "labelSelector"
                        && label_keys::has_selector(ty)
                        && label_keys::selectors_equal(ty, target, patch) => {}
                Some(field) if !field.union => {
                    self.field(ty, field, target, &member.value, &field_path)?;
                }
                None if !has_union => {
                    self.unknown_field(target, &name, &member.value, &field_path)?;
                }
                _ if !union_merged => {
                    self.union(ty, target, patch, path)?;
                    union_merged = true;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Merges one field that is not a member of a union.
    fn field<'a>(
        &mut self,
        ty: &'static Type,
        field: &'static Field,
        target: &mut Node<'a>,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        if patch.is_null() {
            if let (Kind::Object(ty), Some(existing)) = (&field.kind, target.get(field.name))
                && ty.name == RESOURCES
            {
                self.note_removed_resources(existing, path);
            }
            self.remove(target, field.name);
            return Ok(());
        }
        let Some(existing) = target.get(field.name) else {
            if !as_if_absent(field, patch) {
                self.insert(&field.kind, target, field.name, patch);
            } else if !matches!(field.kind, Kind::Object(_) | Kind::Map(_) | Kind::List(..)) {
                let index = self.index;
                target.set(field.name, patch.with_author(Author::Absence { index }));
                self.took_over = true;
            }
            return Ok(());
        };
        if as_if_absent(field, patch) && self.original.is_host_port(ty, field, target, existing) {
            return Ok(());
        }
        match &field.kind {
            Kind::Object(_) | Kind::Map(_) | Kind::List(List::Set | List::Keyed(_), _) => {
                let Some(existing) = target.get_mut(field.name) else {
                    return Ok(());
                };
                match &field.kind {
                    Kind::Object(ty) if ty.name == RESOURCES => {
                        self.resources(ty, existing, patch, path)
                    }
                    Kind::Object(ty) => self.object(ty, existing, patch, path),
                    Kind::Map(kind) => self.map(kind, existing, patch, path),
                    Kind::List(list, kind) => {
                        self.list(*list, kind, field.name, existing, patch, path)
                    }
                    _ => Ok(()),
                }
            }
            kind => {
                let author = existing.author();
                let by_default =
                    author == Author::Pod && self.is_filled_in(ty, field, target, existing, path);
                if values_equal(field, existing, patch) {
                    if by_default {
                        self.take_over(target, field.name);
                    }
                } else if by_default || self.may_replace(author, path)? {
                    self.insert(kind, target, field.name, patch);
                }
                Ok(())
            }
        }
    }

    /// Whether the API server may have filled in a value of an object that came with the pod.
    fn is_filled_in(
        &self,
        ty: &Type,
        field: &Field,
        object: &Node<'_>,
        value: &Node<'_>,
        path: &FieldPath<'_>,
    ) -> bool {
        match self.original.is_default_pull_policy(ty, field, value, path) {
            Some(is_default) => is_default,
            None => {
                by_default(ty, field, object, value)
                    || self.original.is_host_port(ty, field, object, value)
            }
        }
    }

    /// Merges a map by its keys.
    fn map<'a>(
        &mut self,
        kind: &'static Kind,
        target: &mut Node<'a>,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        let Some(members) = patch.members() else {
            return Err(rule_not_readable(path, "a map"));
        };
        if target.members().is_none() {
            return Err(not_readable(path, "a map"));
        }
        for member in members {
            self.step(path)?;
            let key = member.key.name();
            if member.value.is_null() {
                self.remove(target, &key);
                continue;
            }
            let replace = match target.get(&key) {
                Some(existing) if equal(kind, existing, &member.value) => false,
                Some(existing) => self.may_replace(existing.author(), &path.key(&key))?,
                None => true,
            };
            if replace {
                self.insert(kind, target, &key, &member.value);
            }
        }
        Ok(())
    }

    /// Merges a field that this build does not know, as one value.
    fn unknown_field<'a>(
        &mut self,
        target: &mut Node<'a>,
        name: &str,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        if patch.is_null() {
            self.remove(target, name);
            return Ok(());
        }
        let replace = match target.get(name) {
            Some(existing) if equal(&Kind::Any, existing, patch) => false,
            Some(existing) => self.may_replace(existing.author(), path)?,
            None => true,
        };
        if replace {
            self.insert(&Kind::Any, target, name, patch);
        }
        Ok(())
    }
}
