//! JSON as readable YAML.

use serde::{Serialize, Serializer};
use serde_json::Value;

/// The value as YAML. Keys are in alphabetical order, except that `name` comes first.
pub(crate) fn to_yaml(value: &Value) -> String {
    // Every JSON value can be written as YAML.
    yaml_serde::to_string(&NameFirst(value)).unwrap_or_default()
}

struct NameFirst<'a>(&'a Value);

impl Serialize for NameFirst<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => serializer.collect_seq(items.iter().map(NameFirst)),
            Value::Object(map) => {
                let mut members: Vec<_> = map.iter().map(|(k, v)| (k, NameFirst(v))).collect();
                members.sort_by(|(a, _), (b, _)| (*a != "name", a).cmp(&(*b != "name", b)));
                serializer.collect_map(members)
            }
            other => other.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_come_first() {
        let value = json!({"b": "true", "a": [{"image": "i", "name": "n"}], "n": 9_007_199_254_740_993_u64});
        assert_eq!(
            to_yaml(&value),
            "a:\n- name: n\n  image: i\nb: 'true'\nn: 9007199254740993\n"
        );
    }
}
