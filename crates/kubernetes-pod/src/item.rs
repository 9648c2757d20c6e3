//! Items of lists: their directive of strategic merge, and their merge keys in messages. See
//! [`merge_key_text`].

use lazy_json::{Node, Value};

use crate::expanded::{EXPANDED, is_expanded};

/// The directive of strategic merge in a list item.
pub const PATCH: &str = "$patch";

/// An item's merge keys, for a message. Names, paths and ports are not secret, unless variables
/// made them.
pub fn merge_key_text(keys: &[&str], item: &Node<'_>) -> String {
    let values = keys.iter().filter_map(|key| {
        let key = item.get(key)?;
        match key.value() {
            Value::String(_) if is_expanded(key) => Some(EXPANDED.to_owned()),
            Value::String(text) => Some(text.to_string()),
            Value::Number(digits) => Some((*digits).to_owned()),
            _ => None,
        }
    });
    values.collect::<Vec<_>>().join(", ")
}
