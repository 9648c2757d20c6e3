//! Objects along the way from a pod to one of its fields.

use kubernetes_pod::schema::required::is_required;
use kubernetes_pod::schema::{Field, Kind, List, Type};
use serde_json::{Map, Value, json};

/// A field, and the object that has it.
pub(super) type Step = (&'static Type, &'static Field);

/// Whether an object is nothing without its field.
pub(super) fn needs(step: Option<&Step>) -> bool {
    step.is_none_or(|(ty, field)| is_required(ty, field) || is_key(field))
}

/// Whether a field tells items of its list apart.
fn is_key(field: &Field) -> bool {
    matches!(
        field.name,
        "name" | "mountPath" | "devicePath" | "containerPort" | "ip" | "key" | "topologyKey"
    )
}

/// The object or the first item at a field.
fn inside<'v>(
    object: &'v mut Map<String, Value>,
    name: &str,
) -> Option<&'v mut Map<String, Value>> {
    match object.get_mut(name)? {
        Value::Array(items) => items.first_mut()?.as_object_mut(),
        value => value.as_object_mut(),
    }
}

/// Takes the last field away.
pub(super) fn cut(object: &mut Map<String, Value>, steps: &[Step]) {
    match steps {
        [] => {}
        [(_, field)] => _ = object.remove(field.name),
        [(_, field), rest @ ..] => {
            if let Some(inner) = inside(object, field.name) {
                cut(inner, rest);
            }
        }
    }
}

/// Sets the last field.
pub(super) fn put(object: &mut Map<String, Value>, steps: &[Step], value: &Value) {
    match steps {
        [] => {}
        [(_, field)] => _ = object.insert(field.name.to_owned(), value.clone()),
        [(_, field), rest @ ..] => {
            if let Some(inner) = inside(object, field.name) {
                put(inner, rest, value);
            }
        }
    }
}

/// What a rule has to write to set the last field: merge keys on the way, and whole what is one
/// value.
pub(super) fn only(steps: &[Step], object: &Map<String, Value>) -> Map<String, Value> {
    let Some(((ty, field), rest)) = steps.split_first() else {
        return object.clone();
    };
    if matches!(ty.name, "AppArmorProfile" | "SeccompProfile") {
        return object.clone();
    }
    let mut part = Map::new();
    let value = match object.get(field.name) {
        Some(Value::Object(inner)) if !field.union && !rest.is_empty() => only(rest, inner).into(),
        Some(Value::Array(items)) if !rest.is_empty() => match (&field.kind, items.first()) {
            (Kind::List(List::Keyed(keys), _), Some(Value::Object(item))) => {
                let mut inner = only(rest, item);
                for key in *keys {
                    if let Some(value) = item.get(*key) {
                        inner.entry(*key).or_insert_with(|| value.clone());
                    }
                }
                json!([inner])
            }
            _ => items.clone().into(),
        },
        Some(value) => value.clone(),
        None => return part,
    };
    part.insert(field.name.to_owned(), value);
    part
}

/// A rule that removes the last field, or what it can't be without: the item, or the field above.
pub(super) fn removal(steps: &[Step], object: &Map<String, Value>) -> Map<String, Value> {
    let Some(((_, field), rest)) = steps.split_first() else {
        return Map::new();
    };
    let value = match (object.get(field.name), rest) {
        (_, []) => Value::Null,
        (Some(Value::Object(inner)), [last]) if needs(Some(last)) && !inner.is_empty() => {
            Value::Null
        }
        (Some(Value::Object(inner)), _) => removal(rest, inner).into(),
        (Some(Value::Array(items)), _) => match (&field.kind, items.first()) {
            (Kind::List(List::Keyed(keys), _), Some(Value::Object(item))) => {
                let mut inner = Map::new();
                for key in *keys {
                    if let Some(value) = item.get(*key) {
                        inner.insert((*key).to_owned(), value.clone());
                    }
                }
                if rest.len() == 1 && needs(rest.last()) {
                    inner.insert("$patch".to_owned(), json!("delete"));
                } else {
                    inner.extend(removal(rest, item));
                }
                json!([inner])
            }
            _ => Value::Null,
        },
        _ => Value::Null,
    };
    Map::from_iter([(field.name.to_owned(), value)])
}

/// The rule's object with the merge keys of the pod's, so that they are about the same items.
pub(super) fn with_keys_of(
    steps: &[Step],
    rule: &Map<String, Value>,
    pod: &Map<String, Value>,
) -> Map<String, Value> {
    let mut rule = rule.clone();
    let Some(((_, field), rest)) = steps.split_first() else {
        return rule;
    };
    if let (Some(own), Some(pods)) = (rule.get(field.name), pod.get(field.name)) {
        let merged = match (own, pods) {
            (Value::Object(own), Value::Object(pods)) if !field.union => {
                Some(with_keys_of(rest, own, pods).into())
            }
            (Value::Array(own), Value::Array(pods)) => match (own.first(), pods.first()) {
                (Some(Value::Object(own)), Some(Value::Object(pods))) => {
                    let mut item = with_keys_of(rest, own, pods);
                    if let Kind::List(List::Keyed(keys), _) = &field.kind {
                        for key in *keys {
                            match pods.get(*key) {
                                Some(value) => _ = item.insert((*key).to_owned(), value.clone()),
                                None => _ = item.remove(*key),
                            }
                        }
                    }
                    Some(json!([item]))
                }
                _ => None,
            },
            _ => None,
        };
        if let Some(merged) = merged {
            rule.insert(field.name.to_owned(), merged);
        }
    }
    rule
}
