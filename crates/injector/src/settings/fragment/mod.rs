//! Checks the fragments that a rule injects: against the schema of the Pod, and against the API
//! server's checks that do not depend on the rest of the pod. See [`check_pod`].

mod duplicates;
mod kept;
mod list;
mod never_set;
mod number;
mod template;

use std::borrow::Cow;

use kubernetes_pod::equality::as_if_absent;
use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::limits::{ANNOTATIONS_BYTES, annotations_size};
use kubernetes_pod::names::NameError;
use kubernetes_pod::quantity;
use kubernetes_pod::schema::required::is_required;
use kubernetes_pod::schema::{self, Field, Kind, Type};
use kubernetes_pod::validation;
use lazy_json::{Node, Value};

use crate::settings::UnknownFields;
use crate::settings::problem::{Problem, Problems};
use crate::settings::reader::{
    KeyStyle, add_unknown_field, mismatch, repeated_keys, unknown_value,
};

/// Checks a partial Pod.
pub fn check_pod(
    node: &Node<'_>,
    unknown_fields: UnknownFields,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) {
    Check {
        unknown_fields,
        stage: Stage::Settings { in_patch: false },
        problems,
    }
    .object(&schema::POD, node, Role::Merged, path);
}

/// Checks a partial Container.
pub fn check_patch(
    node: &Node<'_>,
    unknown_fields: UnknownFields,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) {
    Check {
        unknown_fields,
        stage: Stage::Settings { in_patch: true },
        problems,
    }
    .object(&schema::CONTAINER, node, Role::Patch, path);
}

/// Checks an expanded fragment of this type. The rule has passed its check before.
///
/// # Errors
/// Returns the first problem. It quotes no value, and its path begins at the fragment.
pub fn check_expanded(ty: &Type, node: &Node<'_>) -> Result<(), Problem> {
    let mut problems = Problems::first();
    let role = if ty.name == schema::CONTAINER.name {
        Role::Patch
    } else {
        Role::Merged
    };
    Check {
        // Variables do not make field names.
        unknown_fields: UnknownFields::Allow,
        stage: Stage::Expanded,
        problems: &mut problems,
    }
    .object(ty, node, role, &FieldPath::ROOT);
    problems.or_first(())
}

/// When a fragment is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// With the settings. The values of variables are not known yet.
    Settings {
        /// Whether the fragment is the patch of a container.
        in_patch: bool,
    },
    /// After the expansion of its variables. Messages must not show their values.
    Expanded,
}

/// What a rule does with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The object patches a container.
    Patch,
    /// The object is merged into the pod's, or becomes a part of the pod.
    Merged,
    /// The object is a part of one value. A field that it does not hold is absent in the pod.
    Whole,
}

/// A field and its type.
#[derive(Debug, Clone, Copy)]
struct Slot<'s> {
    ty: &'s Type,
    field: &'s Field,
}

struct Check<'c> {
    unknown_fields: UnknownFields,
    stage: Stage,
    problems: &'c mut Problems,
}

impl Check<'_> {
    fn object(&mut self, ty: &Type, node: &Node<'_>, role: Role, path: &FieldPath<'_>) {
        let Some(members) = node.members() else {
            self.problems.add(path, mismatch("an object", node));
            return;
        };
        repeated_keys(node, KeyStyle::Fields, path, self.problems);
        for member in members {
            let name = member.key.name();
            let field_path = path.field(&name);
            let field = ty.field(&name);
            if let Some(reason) = never_set::field(ty, &name, role) {
                self.problems.add(&field_path, reason);
            } else if let Some(field) = field {
                if !member.value.is_null() {
                    let result = kept::gate(field, self.unknown_fields);
                    self.problems.expect(&field_path, result);
                    self.field(Slot { ty, field }, &member.value, role, &field_path);
                } else if never_removed(ty, field) {
                    self.problems
                        .add(&field_path, "can't be removed: no pod is valid without it");
                }
            } else if name.starts_with('$') {
                self.problems.add(&field_path, "unknown directive");
            } else if self.unknown_fields == UnknownFields::Refuse {
                let known = ty.fields.iter().map(|field| field.name);
                let known = known.filter(|name| never_set::field(ty, name, role).is_none());
                add_unknown_field(&name, known, path, self.problems);
            } else {
                self.any(&member.value, &field_path);
            }
        }
        if role == Role::Whole {
            self.required(ty, node, path);
        }
        if ty.name == "PodSpec" {
            self.names_of_init_containers(node, path);
        }
        self.union(ty, node, path);
        self.relations(ty, node, role, path);
    }

    fn required(&mut self, ty: &Type, node: &Node<'_>, path: &FieldPath<'_>) {
        for field in ty.fields {
            if is_required(ty, field) && node.get(field.name).is_none() {
                self.problems.add(&path.field(field.name), "required");
            }
        }
    }

    /// Checks that at most one member of a union is set. A union with a required member is a pair
    /// of fields that may be set together.
    fn union(&mut self, ty: &Type, node: &Node<'_>, path: &FieldPath<'_>) {
        let mut set = ty.fields.iter().filter(|field| {
            let value = node.get(field.name);
            field.union && value.is_some_and(|value| !as_if_absent(field, value))
        });
        let (Some(first), second) = (set.next(), set.next()) else {
            return;
        };
        let required = ty
            .fields
            .iter()
            .find(|field| field.union && field.absent == schema::Absent::Required);
        match (required, second) {
            (Some(required), _) if node.get(required.name).is_none() => {
                self.problems.add(&path.field(required.name), "required");
            }
            (None, Some(second)) => {
                let message = format!("not together with {}", first.name);
                self.problems.add(&path.field(second.name), message);
            }
            _ => {}
        }
    }

    fn relations(&mut self, ty: &Type, node: &Node<'_>, role: Role, path: &FieldPath<'_>) {
        let Some(node) = self.known_part(ty, node) else {
            return;
        };
        let problems = &mut *self.problems;
        validation::object(ty, &node, role == Role::Whole, &mut |field, invalid| {
            if field.is_empty() {
                problems.add(path, invalid);
            } else {
                problems.add(&path.field(field), invalid);
            }
        });
    }

    fn field(&mut self, slot: Slot<'_>, node: &Node<'_>, role: Role, path: &FieldPath<'_>) {
        let role = match role {
            _ if slot.field.union => Role::Whole,
            Role::Patch => Role::Merged,
            role => role,
        };
        self.value(slot, &slot.field.kind, node, role, path);
    }

    /// Checks the value of a field, or an item of a list or a value of a map.
    fn value(
        &mut self,
        slot: Slot<'_>,
        kind: &Kind,
        node: &Node<'_>,
        role: Role,
        path: &FieldPath<'_>,
    ) {
        match kind {
            Kind::Object(ty) => self.object(ty, node, role, path),
            Kind::Map(kind) => self.map(slot, kind, node, role, path),
            Kind::List(list, kind) => self.list(slot, (*list, kind), node, role, path),
            Kind::Any => self.any(node, path),
            _ => self.scalar(slot, kind, node, path),
        }
    }

    fn scalar(&mut self, slot: Slot<'_>, kind: &Kind, node: &Node<'_>, path: &FieldPath<'_>) {
        let Some(node) = self.known_text(kind, node, path) else {
            return;
        };
        if let Err(message) = kept::zero(slot, kind, &node) {
            self.problems.add(path, message);
            return;
        }
        match scalar(slot.field, kind, &node, self.problems.may_quote()) {
            Ok(()) => {
                let node = as_the_host_writes(kind, &node);
                let result = validation::value(slot.ty, slot.field, &node);
                self.problems.expect(path, result);
            }
            Err(message) => self.problems.add(path, message),
        }
    }

    fn map(
        &mut self,
        slot: Slot<'_>,
        kind: &Kind,
        node: &Node<'_>,
        role: Role,
        path: &FieldPath<'_>,
    ) {
        let Some(members) = node.members() else {
            self.problems.add(path, mismatch("an object", node));
            return;
        };
        repeated_keys(node, KeyStyle::Map, path, self.problems);
        if (slot.ty.name, slot.field.name) == ("ObjectMeta", "annotations")
            && annotations_size(members) > ANNOTATIONS_BYTES
        {
            let message = format!("more than {ANNOTATIONS_BYTES} bytes together");
            self.problems.add(path, message);
        }
        for member in members {
            let key = member.key.name();
            let path = path.key(&key);
            if let Some(reason) = never_set::key(slot.ty, slot.field.name, &key, role) {
                self.problems.add(&path, reason);
                continue;
            }
            let result = validation::key(slot.ty, slot.field, &key);
            self.problems.expect(&path, result);
            if !member.value.is_null() {
                self.value(slot, kind, &member.value, role, &path);
                if let Some(text) = member.value.as_str()
                    && !self.is_template(text)
                    && role != Role::Whole
                {
                    let result = validation::map_value(slot.ty, slot.field, &key, text);
                    self.problems.expect(&path, result);
                }
            }
        }
    }
}

/// Whether a rule can't remove a field: without it the pod would be invalid, or another pod.
fn never_removed(ty: &Type, field: &Field) -> bool {
    is_required(ty, field)
        || matches!(
            (ty.name, field.name),
            ("Pod", _) | ("PodSpec", "containers") | ("Container", "image")
        )
}

/// Checks the type of a value.
fn scalar(field: &Field, kind: &Kind, node: &Node<'_>, may_quote: bool) -> Result<(), String> {
    let fits = |holds: bool, expected: &str| {
        if holds {
            Ok(())
        } else {
            Err(mismatch(expected, node))
        }
    };
    match (kind, node.value()) {
        (Kind::Enum(words), Value::String(word)) => {
            // To the API server, an empty word is the same as an absent field, but not in a list.
            let is_field = matches!(field.kind, Kind::Enum(_));
            let absent = word.is_empty() && is_field && field.absent == schema::Absent::Zero;
            if absent || words.contains(&&**word) {
                Ok(())
            } else {
                Err(unknown_value(word, words, may_quote))
            }
        }
        (Kind::Int32 | Kind::IntOrString, Value::Number(digits)) => number::whole(digits, 32),
        (Kind::Int64, Value::Number(digits)) => number::whole(digits, 64),
        (Kind::Quantity, Value::String(text)) => is_quantity(text),
        (Kind::Quantity, Value::Number(digits)) => {
            is_quantity(digits)?;
            number::quantity(digits).map_or_else(|error| Err(error.to_owned()), |_| Ok(()))
        }
        (Kind::String | Kind::Enum(_) | Kind::Time, value) => {
            fits(matches!(value, Value::String(_)), "a string")
        }
        (Kind::Bool, value) => fits(matches!(value, Value::Bool(_)), "true or false"),
        (Kind::Int32 | Kind::Int64, _) => fits(false, "a number"),
        (Kind::IntOrString, value) => {
            fits(matches!(value, Value::String(_)), "a number or a string")
        }
        (Kind::Quantity, _) => fits(false, "a quantity such as 500m"),
        (Kind::Any | Kind::Object(_) | Kind::Map(_) | Kind::List(..), _) => Ok(()),
    }
}

/// A value of this kind as the API server receives it.
fn as_the_host_writes<'n, 'a>(kind: &Kind, node: &'n Node<'a>) -> Cow<'n, Node<'a>> {
    match (kind, node.value()) {
        (Kind::Quantity, Value::Number(digits)) => number::quantity(digits)
            .map_or(Cow::Borrowed(node), |digits| {
                Cow::Owned(Node::string(digits))
            }),
        _ => Cow::Borrowed(node),
    }
}

fn is_quantity(text: &str) -> Result<(), String> {
    match quantity::parse(text) {
        Some(_) => Ok(()),
        None if text.is_empty() => Err(NameError::Empty.to_string()),
        None => Err("must be a quantity such as 500m or 1Gi".to_owned()),
    }
}

#[cfg(test)]
mod quote_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod validation_tests;
