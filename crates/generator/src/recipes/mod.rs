//! Relations between a pod's parts that a rule breaks: for each
//! [`Cause`](kubernetes_pod::validation::Cause) a pod, and a rule that makes the API server refuse
//! it. Chance alone would draw most of them too seldom.

mod containers;
mod hosts;
mod mounts;
mod pods;
mod recipe;
mod resources;
mod values;
mod volumes;

use std::sync::LazyLock;

use serde_json::Value;

pub(crate) use self::recipe::Recipe;
pub use self::recipe::TOKEN_PATH;

/// All recipes.
pub(crate) static RECIPES: LazyLock<Vec<Recipe>> = LazyLock::new(|| {
    [
        volumes::all(),
        mounts::all(),
        containers::all(),
        resources::all(),
        pods::all(),
        hosts::all(),
        values::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// Lays a part over a value: objects are merged, lists get longer, a member that is `null` goes.
pub(crate) fn lay_over(value: &mut Value, part: &Value) {
    match (value, part) {
        (Value::Object(members), Value::Object(parts)) => {
            for (key, part) in parts {
                if part.is_null() {
                    members.remove(key);
                } else {
                    lay_over(members.entry(key.as_str()).or_insert(Value::Null), part);
                }
            }
        }
        (Value::Array(items), Value::Array(more)) => items.extend(more.iter().cloned()),
        (_, Value::Null) => {}
        (value, part) => *value = part.clone(),
    }
}
