//! Whether something was lost. See [`is_kept`].

use serde_json::Value;

/// Whether everything that was there is still there, between what was added. `null` counts as
/// nothing: a rule may set what is not set.
pub fn is_kept(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => before
            .iter()
            .all(|(key, value)| is_kept(value, after.get(key).unwrap_or(&Value::Null))),
        (Value::Array(before), Value::Array(after)) => {
            let mut after = after.iter();
            before
                .iter()
                .all(|item| after.any(|after| is_kept(item, after)))
        }
        (Value::Null, _) => true,
        (before, after) => before == after,
    }
}
