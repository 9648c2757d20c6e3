//! Checks of a single value. See [`value`].

use lazy_json::{Node, Value};

use super::invalid::Invalid;
use super::{annotation, key as map_key, number, resources, text};
use crate::names::NameError;
use crate::schema::required::is_required;
use crate::schema::types::{Field, Kind, Type};

/// Checks the value of a field, an item of its list or a value of its map, whatever the rest of the
/// pod is.
///
/// # Errors
/// Returns why no pod may have this value.
pub fn value(ty: &Type, field: &Field, node: &Node<'_>) -> Result<(), Invalid> {
    match node.value() {
        Value::String(word) if holds_quantities(&field.kind) => {
            resources::quantity(ty, field, word)
        }
        Value::String(word) => {
            let is_item = matches!(field.kind, Kind::List(..));
            if word.is_empty() && !is_item && must_hold_something(ty, field) {
                return Err(Invalid::Name(NameError::Empty));
            }
            text::check(ty.name, field.name, word)
        }
        Value::Number(digits) if holds_quantities(&field.kind) => {
            resources::quantity(ty, field, digits)
        }
        Value::Number(digits) => digits
            .parse()
            .map_or(Ok(()), |number| number::check(ty.name, field.name, number)),
        Value::Array(items) if items.is_empty() && must_hold_something(ty, field) => {
            Err(Invalid::Name(NameError::Empty))
        }
        _ => Ok(()),
    }
}

/// Checks a key of a field that is a map.
///
/// # Errors
/// Returns why no pod may have this key.
pub fn key(ty: &Type, field: &Field, key: &str) -> Result<(), Invalid> {
    map_key::check(ty.name, field.name, key)
}

/// Checks a value of a field that is a map, by its key.
///
/// # Errors
/// Returns why no pod may have this value.
pub fn map_value(ty: &Type, field: &Field, key: &str, value: &str) -> Result<(), Invalid> {
    match (ty.name, field.name) {
        ("ObjectMeta", "annotations") => annotation::value(key, value),
        _ => Ok(()),
    }
}

/// Whether a field must not be empty if it is set.
fn must_hold_something(ty: &Type, field: &Field) -> bool {
    let merges = (ty.name, field.name) == ("PodSpec", "containers");
    is_required(ty, field) && !merges
}

fn holds_quantities(kind: &Kind) -> bool {
    match kind {
        Kind::Quantity => true,
        Kind::Map(kind) => holds_quantities(kind),
        _ => false,
    }
}
