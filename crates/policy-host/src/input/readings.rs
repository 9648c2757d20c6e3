//! Differences between kubectl's reading of YAML and kwctl's. See [`differences`].
//!
//! kubectl's parser follows YAML 1.1, where `yes` is a boolean and `0644` is octal; kwctl's follows
//! YAML 1.2, where neither is. Settings are read by both: by kwctl in tests, and by kubectl when
//! they are applied to a cluster.

use serde_json::{Value, json};

/// The maximum number of listed differences.
const MOST: usize = 10;

/// The longest value in a difference, in characters.
const VALUE_CHARS: usize = 40;

/// The differences between two readings of a document, one line each: at most 10, and one that
/// counts the others.
pub(super) fn differences(kubectl: &Value, kwctl: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(kubectl, kwctl, "", &mut found);
    let more = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    if more > 0 {
        found.push(format!("and {more} more values"));
    }
    found
}

fn compare(kubectl: &Value, kwctl: &Value, path: &str, found: &mut Vec<String>) {
    match (kubectl, kwctl) {
        (Value::Object(kubectl), Value::Object(kwctl)) => {
            for (key, value) in kubectl {
                let path = below(path, key);
                match kwctl.get(key) {
                    Some(other) => compare(value, other, &path, found),
                    None => found.push(format!("kubectl reads a key {path}, kwctl does not")),
                }
            }
            let only = kwctl.keys().filter(|key| !kubectl.contains_key(*key));
            found.extend(only.map(|key| {
                let path = below(path, key);
                format!("kwctl reads a key {path}, kubectl does not")
            }));
        }
        (Value::Array(kubectl), Value::Array(kwctl)) if kubectl.len() == kwctl.len() => {
            for (index, (value, other)) in kubectl.iter().zip(kwctl).enumerate() {
                compare(value, other, &format!("{path}[{index}]"), found);
            }
        }
        (kubectl, kwctl) if same(kubectl, kwctl) => {}
        (kubectl, kwctl) => found.push(format!(
            "{path}: kubectl reads {}, kwctl {}",
            shown(kubectl),
            shown(kwctl)
        )),
    }
}

/// Whether two scalars are equal as JSON: `1.0` is `1`.
fn same(kubectl: &Value, kwctl: &Value) -> bool {
    kubectl == kwctl
        || kubectl
            .as_f64()
            .is_some_and(|number| kwctl.as_f64() == Some(number))
}

fn below(path: &str, key: &str) -> String {
    let is_plain = key
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || character == '_');
    match (path, is_plain) {
        ("", true) => key.to_owned(),
        (path, true) => format!("{path}.{key}"),
        (path, false) => format!("{path}[{}]", json!(key)),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(VALUE_CHARS) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named_with_both_readings() {
        let kubectl = json!({"a": {"x/y": true, "true": 1}, "b": [1, 420], "c": 1.0});
        let kwctl = json!({"a": {"x/y": "yes", "y": 1}, "b": [1, "0644"], "c": 1});
        assert_eq!(
            differences(&kubectl, &kwctl),
            [
                "kubectl reads a key a.true, kwctl does not",
                r#"a["x/y"]: kubectl reads true, kwctl "yes""#,
                "kwctl reads a key a.y, kubectl does not",
                r#"b[1]: kubectl reads 420, kwctl "0644""#,
            ]
        );
    }

    #[test]
    fn many_differences_are_counted() {
        let found = differences(&json!(vec![true; 12]), &json!(vec!["on"; 12]));
        assert_eq!(found.len(), 11);
        assert_eq!(found[10], "and 2 more values");
    }
}
