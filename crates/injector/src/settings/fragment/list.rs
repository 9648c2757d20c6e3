//! Checks lists, and the merge keys of their items.

use std::collections::BTreeMap;

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::item::PATCH;
use kubernetes_pod::schema::required::is_required;
use kubernetes_pod::schema::{Absent, Kind, List, Type};
use kubernetes_pod::validation;
use lazy_json::{Node, Value};

use super::{Check, Role, Slot};
use crate::settings::reader::{KeyStyle, add_unknown_value, mismatch, repeated_keys};

impl Check<'_> {
    /// Checks a list.
    pub(super) fn list(
        &mut self,
        slot: Slot<'_>,
        (list, kind): (List, &Kind),
        node: &Node<'_>,
        role: Role,
        path: &FieldPath<'_>,
    ) {
        let Some(items) = node.items() else {
            self.problems.add(path, mismatch("a list", node));
            return;
        };
        let result = validation::value(slot.ty, slot.field, node);
        self.problems.expect(path, result);
        match (list, kind) {
            (List::Keyed(keys), Kind::Object(item_type)) => {
                self.keyed(item_type, (slot.field.name, keys), items, role, path);
                if item_type.name == "ContainerPort" {
                    self.names_of_ports(items, path);
                }
            }
            _ => {
                for (index, item) in items.iter().enumerate() {
                    self.value(slot, kind, item, Role::Whole, &path.index(index));
                }
            }
        }
    }

    /// Checks the items of a list with merge keys.
    fn keyed(
        &mut self,
        ty: &Type,
        (list, keys): (&str, &[&str]),
        items: &[Node<'_>],
        role: Role,
        path: &FieldPath<'_>,
    ) {
        let mut seen = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let path = path.index(index);
            if item.get(PATCH).is_some() && role != Role::Whole {
                self.deletion(ty, keys, item, &path);
            } else {
                self.object(ty, item, role, &path);
            }
            if item.members().is_none() {
                continue;
            }
            let Some(values) = self.merge_keys(ty, keys, item, &path) else {
                continue;
            };
            if let Some(first) = seen.get(&values) {
                if let ([key], [value]) = (keys, values.as_slice()) {
                    self.taken(value, (list, *first), &path.field(key));
                } else {
                    self.taken_keys(keys, (list, *first), &path);
                }
            } else {
                seen.insert(values, index);
            }
        }
    }

    /// Checks a `$patch: delete` item. It may hold only its merge keys.
    fn deletion(&mut self, ty: &Type, keys: &[&str], item: &Node<'_>, path: &FieldPath<'_>) {
        if let Some(directive) = item.get(PATCH) {
            let path = path.field(PATCH);
            match directive.as_str() {
                Some("delete") => {}
                Some(word) => add_unknown_value(word, &["delete"], &path, self.problems),
                None => self.problems.add(&path, mismatch("a string", directive)),
            }
        }
        for member in item.members().unwrap_or_default() {
            let name = member.key.name();
            let path = path.field(&name);
            match ty.field(&name) {
                Some(field) if keys.contains(&field.name) => {
                    if !member.value.is_null() {
                        self.field(Slot { ty, field }, &member.value, Role::Merged, &path);
                    }
                }
                _ if name == PATCH => {}
                _ => {
                    let message = format!(
                        "not together with {PATCH}: delete, which needs only {}",
                        keys.join(", ")
                    );
                    self.problems.add(&path, message);
                }
            }
        }
        repeated_keys(item, KeyStyle::Fields, path, self.problems);
    }

    /// The values of an item's merge keys. `None` if one is missing.
    fn merge_keys(
        &mut self,
        ty: &Type,
        keys: &[&str],
        item: &Node<'_>,
        path: &FieldPath<'_>,
    ) -> Option<Vec<String>> {
        let mut values = Some(Vec::new());
        for field in keys.iter().filter_map(|key| ty.field(key)) {
            let value = match (item.get(field.name), field.absent) {
                (Some(value), _) => Some(scalar_text(value)),
                (None, Absent::Default(default)) => {
                    Node::parse(default).ok().map(|node| scalar_text(&node))
                }
                (None, Absent::Zero) if !is_required(ty, field) => Some(String::new()),
                (None, _) => {
                    // A `null` is reported as a problem of the field.
                    let members = item.members().unwrap_or_default();
                    if !members.iter().any(|member| member.key.is(field.name)) {
                        self.problems.add(&path.field(field.name), "required");
                    }
                    None
                }
            };
            values = values.zip(value).map(|(mut values, value)| {
                values.push(value);
                values
            });
        }
        values
    }
}

fn scalar_text(node: &Node<'_>) -> String {
    match node.value() {
        Value::String(text) => text.to_string(),
        Value::Number(digits) => (*digits).to_owned(),
        _ => String::new(),
    }
}
