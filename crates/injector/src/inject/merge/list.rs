//! Merging lists: sets, and lists with merge keys.

use kubernetes_pod::equality::defaults;
use kubernetes_pod::equality::{equal, field_equal};
use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::item;
use kubernetes_pod::schema::{Kind, List, Type};
use lazy_json::Node;

use super::clean::{cleaned, is_deletion};
use super::edits::Merge;
use super::error::{MergeError, not_readable, rule_not_readable};
use crate::inject::author::{Author, Authored};

impl Merge<'_, '_> {
    /// Merges a rule's items into a list.
    pub(super) fn list<'a>(
        &mut self,
        list: List,
        kind: &'static Kind,
        name: &str,
        target: &mut Node<'a>,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        let Some(patches) = patch.items() else {
            return Err(rule_not_readable(path, "a list"));
        };
        let Some(items) = target.items_mut() else {
            return Err(not_readable(path, "a list"));
        };
        for patch in patches {
            self.step(path)?;
            match (list, kind) {
                (List::Keyed(keys), Kind::Object(ty)) => {
                    self.keyed_item(ty, keys, name, items, patch, path)?;
                }
                _ if items.iter().any(|item| equal(kind, item, patch)) => {}
                _ => self.add(kind, name, items, patch),
            }
        }
        Ok(())
    }

    fn keyed_item<'a>(
        &mut self,
        ty: &'static Type,
        keys: &'static [&'static str],
        list: &str,
        items: &mut Vec<Node<'a>>,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        if patch.members().is_none() {
            return Err(rule_not_readable(path, "a list of objects"));
        }
        let is_it = |item: &Node<'_>| same_keys(ty, keys, item, patch);
        if is_deletion(patch) {
            let before = items.len();
            items.retain(|item| !is_it(item));
            self.changed |= items.len() != before;
            return Ok(());
        }
        // If an author has a key twice, the last item counts.
        match items.iter_mut().rev().find(|item| is_it(item)) {
            // Added by the API server: replace the whole item with the rule's.
            Some(item) if item.author() == Author::Pod && defaults::added(ty, item) => {
                self.changed |= !equal(&Kind::Object(ty), item, patch);
                self.took_over = true;
                if let Some(patch) = cleaned(&Kind::Object(ty), patch) {
                    *item = patch.with_author(self.author(list));
                }
                Ok(())
            }
            Some(item) => self.object(
                ty,
                item,
                patch,
                &path.key(&item::merge_key_text(keys, patch)),
            ),
            None => {
                self.add(&Kind::Object(ty), list, items, patch);
                Ok(())
            }
        }
    }

    /// Adds an item at the end, or after the items that rules prepended.
    fn add<'a>(&mut self, kind: &Kind, list: &str, items: &mut Vec<Node<'a>>, patch: &Node<'a>) {
        let author = self.author(list);
        let index = if self.prepend.list(list) {
            let prepended = |item: &&Node<'_>| {
                matches!(
                    item.author(),
                    Author::Rule {
                        prepended: true,
                        ..
                    }
                )
            };
            items.iter().take_while(prepended).count()
        } else {
            items.len()
        };
        if let Some(item) = cleaned(kind, patch) {
            items.insert(index, item.with_author(author));
            self.count_inserted(&item);
        }
    }
}

fn same_keys(ty: &Type, keys: &[&str], left: &Node<'_>, right: &Node<'_>) -> bool {
    // The common case first: a pod may have thousands of env vars.
    if let [key] = keys
        && let Some(name) = right.str_at(key)
    {
        return left.str_at(key) == Some(name);
    }
    left.members().is_some()
        && keys
            .iter()
            .filter_map(|key| ty.field(key))
            .all(|field| field_equal(ty, field, left, right))
}
