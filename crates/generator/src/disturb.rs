//! Mistakes in rules: a `null` in place of a value, as a template without a value leaves it, and a
//! field that the API server does not know. See [`disturb`].

use serde_json::{Value, json};

use super::draw::Draw;

/// A field that no API server knows.
pub const UNKNOWN_FIELD: &str = "newField";

/// Writes `null` in place of one value of a rule, or adds a field that nobody knows.
pub(super) fn disturb(inject: &mut Value, may_be_unknown: bool, draw: &mut Draw) {
    let objects = objects(inject);
    let object: &String = draw.item(&objects);
    let Some(object) = inject.pointer_mut(object) else {
        return;
    };
    let Some(members) = object.as_object_mut() else {
        return;
    };
    let keys: Vec<String> = members.keys().cloned().collect();
    if may_be_unknown && (keys.is_empty() || draw.bool()) {
        let value = draw.weighted(&[(1, "x"), (1, "")]);
        members.insert(UNKNOWN_FIELD.to_owned(), json!({"name": value}));
        // As in a misspelled field, the meant field is missing.
        if !keys.is_empty() && draw.bool() {
            members.remove(draw.item(&keys));
        }
    } else if !keys.is_empty() {
        members.insert(draw.item(&keys).clone(), Value::Null);
    }
}

/// JSON pointers to all objects in a value.
fn objects(value: &Value) -> Vec<String> {
    fn collect(value: &Value, at: &str, all: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                all.push(at.to_owned());
                for (key, value) in members {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    collect(value, &format!("{at}/{key}"), all);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    collect(item, &format!("{at}/{index}"), all);
                }
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    collect(value, "", &mut all);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_may_be_disturbed() {
        let inject = json!({"pod": {"spec": {"volumes": [{"name": "a/b", "emptyDir": {}}]}}});
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..300 {
            let mut disturbed = inject.clone();
            disturb(&mut disturbed, true, &mut Draw::new(1, number));
            assert_ne!(disturbed, inject);
            seen.insert(disturbed.to_string());
        }
        for part in [
            r#"{"pod":null}"#,
            r#""spec":null"#,
            r#""volumes":null"#,
            r#""emptyDir":null"#,
            r#""emptyDir":{"newField""#,
        ] {
            assert!(seen.iter().any(|seen| seen.contains(part)), "{part}");
        }
    }
}
