//! Equality as the API server sees it: quantities are equal by value, and an absent field equals
//! the value that the API server assumes for it. See [`equal`].
//!
//! Source: the canonical form in which the API server hands an object to webhooks
//! (`SetDefaults_*` of `k8s.io/kubernetes/pkg/apis/core/v1`, `omitempty` of `k8s.io/api/core/v1`).

pub mod defaults;
pub mod label_keys;

use lazy_json::{Member, Node, Value};

use crate::quantity;
use crate::schema::required::is_required;
use crate::schema::{Absent, Field, Kind, Type};

/// How deep two values are compared that the schema does not describe. The API server's decoders
/// stop at a similar depth. Deeper values are equal only if their texts are the same.
const MAX_DEPTH: usize = 64;

/// Whether two values of this kind are the same to the API server.
pub fn equal(kind: &Kind, left: &Node<'_>, right: &Node<'_>) -> bool {
    if let (Some(left), Some(right)) = (left.text(), right.text())
        && left == right
    {
        return true;
    }
    match (kind, left.value(), right.value()) {
        (Kind::Quantity, left, right) => quantities_equal(left, right),
        (Kind::Object(ty), Value::Object(_), Value::Object(_)) => objects_equal(ty, left, right),
        (Kind::Map(kind), Value::Object(left_members), Value::Object(right_members)) => {
            contains(kind, left_members, right) && contains(kind, right_members, left)
        }
        (Kind::List(_, kind), Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right.iter())
                    .all(|(left, right)| equal(kind, left, right))
        }
        _ => same_json(left, right, MAX_DEPTH),
    }
}

/// Whether a field's value is the one that the API server assumes for an absent field. Such a value
/// counts as not set.
pub fn as_if_absent(field: &Field, value: &Node<'_>) -> bool {
    match field.absent {
        Absent::Unset | Absent::Required => false,
        Absent::Zero => is_zero(value),
        Absent::Default(default) => {
            is_replaced_zero(field, value)
                || Node::parse(default).is_ok_and(|default| equal(&field.kind, value, &default))
        }
    }
}

/// Whether a value is a zero that the API server replaces by the field's default.
fn is_replaced_zero(field: &Field, value: &Node<'_>) -> bool {
    field.zero_is_default && is_zero(value)
}

/// Whether two values of a field are the same to the API server.
pub fn values_equal(field: &Field, left: &Node<'_>, right: &Node<'_>) -> bool {
    let defaults = |zero: &Node<'_>, value: &Node<'_>| {
        is_replaced_zero(field, zero) && as_if_absent(field, value)
    };
    equal(&field.kind, left, right)
        || (matches!(field.absent, Absent::Default(_))
            && (defaults(left, right) || defaults(right, left)))
}

/// Whether a field has the same value in two objects.
pub fn field_equal(ty: &Type, field: &Field, left: &Node<'_>, right: &Node<'_>) -> bool {
    match (left.get(field.name), right.get(field.name)) {
        (None, None) => true,
        (Some(left), Some(right)) => values_equal(field, left, right),
        (Some(value), None) => by_default(ty, field, left, value),
        (None, Some(value)) => by_default(ty, field, right, value),
    }
}

/// Whether the API server would fill in this value of a field of an object.
pub fn by_default(ty: &Type, field: &Field, object: &Node<'_>, value: &Node<'_>) -> bool {
    // The API server always writes a field that its type requires, even if an object need not have
    // it.
    let written = || field.absent == Absent::Required && !is_required(ty, field) && is_zero(value);
    as_if_absent(field, value) || written() || defaults::filled_in(ty, field, object, value)
}

/// Whether two values are the same JSON. The order of keys does not matter, and `null` is an absent
/// value.
pub fn same_json_value(left: Option<&Node<'_>>, right: Option<&Node<'_>>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => same_json(left, right, MAX_DEPTH),
        _ => false,
    }
}

fn objects_equal(ty: &Type, left: &Node<'_>, right: &Node<'_>) -> bool {
    let known = |name: &str| ty.field(name).is_some();
    let unknown_equal = |from: &Node<'_>| {
        from.members().unwrap_or_default().iter().all(|member| {
            let name = member.key.name();
            known(&name) || same_json_value(left.get(&name), right.get(&name))
        })
    };
    let fields_equal = |field: &Field| match field.name {
        "labelSelector" if label_keys::has_selector(ty) => {
            label_keys::selectors_equal(ty, left, right)
        }
        _ => field_equal(ty, field, left, right),
    };
    ty.fields.iter().all(fields_equal) && unknown_equal(left) && unknown_equal(right)
}

/// Whether an object has all of these members.
fn contains(kind: &Kind, members: &[Member<'_>], other: &Node<'_>) -> bool {
    members.iter().all(|member| {
        member.value.is_null()
            || other
                .get(&member.key.name())
                .is_some_and(|value| equal(kind, &member.value, value))
    })
}

fn quantities_equal(left: &Value<'_>, right: &Value<'_>) -> bool {
    let text = |value: &Value<'_>| match value {
        Value::String(text) => Some(text.to_string()),
        Value::Number(digits) => Some((*digits).to_owned()),
        _ => None,
    };
    let (Some(left), Some(right)) = (text(left), text(right)) else {
        return false;
    };
    left == right
        || match (quantity::parse(&left), quantity::parse(&right)) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        }
}

fn same_json(left: &Node<'_>, right: &Node<'_>, depth: usize) -> bool {
    if let (Some(left), Some(right)) = (left.text(), right.text())
        && left == right
    {
        return true;
    }
    if depth == 0 {
        return false;
    }
    match (left.value(), right.value()) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => left == right,
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right.iter())
                    .all(|(left, right)| same_json(left, right, depth - 1))
        }
        (Value::Object(left_members), Value::Object(right_members)) => {
            let contains = |members: &[Member<'_>], other: &Node<'_>| {
                members.iter().all(|member| {
                    member.value.is_null()
                        || other
                            .get(&member.key.name())
                            .is_some_and(|value| same_json(&member.value, value, depth - 1))
                })
            };
            contains(left_members, right) && contains(right_members, left)
        }
        _ => false,
    }
}

/// Whether a value is the zero value of its kind, which Go's `omitempty` leaves out.
fn is_zero(value: &Node<'_>) -> bool {
    match value.value() {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(digits) => *digits == "0",
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Opaque => false,
    }
}
