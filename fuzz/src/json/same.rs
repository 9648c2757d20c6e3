//! Whether a node is what `serde_json` reads from the same text. See [`check`].

use lazy_json::{Node, Value as Lazy};
use serde_json::Value;
use serde_json::value::RawValue;

use super::spec::Members;

/// Compares a node with a text, all the way down.
pub(crate) fn check(node: &Node<'_>, expected: &RawValue) {
    let text = expected.get();
    // The stack of calls is as deep as the text, and texts are short.
    match node.value() {
        Lazy::Null => assert_eq!(text, "null"),
        Lazy::Bool(value) => assert_eq!(text, value.to_string()),
        Lazy::Number(digits) => {
            assert_eq!(*digits, text);
            let whole = serde_json::from_str::<i64>(text).ok();
            // Kubernetes takes `-0` for 0, and `serde_json` takes it for a fraction.
            let whole = if text == "-0" { Some(0) } else { whole };
            assert_eq!(node.as_i64(), whole, "{text}");
        }
        Lazy::String(value) => {
            assert_eq!(
                serde_json::from_str::<String>(text).ok().as_deref(),
                Some(&**value)
            );
        }
        Lazy::Opaque => {
            assert!(text.starts_with('"') && serde_json::from_str::<String>(text).is_err());
        }
        Lazy::Array(items) => {
            let expected: Vec<&RawValue> = serde_json::from_str(text).expect("it is an array");
            assert_eq!(items.len(), expected.len(), "{text}");
            for (item, expected) in items.iter().zip(expected) {
                check(item, expected);
            }
        }
        Lazy::Object(members) => {
            let expected: Members<'_> = serde_json::from_str(text).expect("it is an object");
            assert_eq!(members.len(), expected.0.len(), "{text}");
            for (member, (key, expected)) in members.iter().zip(expected.0) {
                assert_eq!(member.key.is_unicode(), key.0.is_some(), "{text}");
                if let Some(name) = key.0 {
                    assert_eq!(member.key.name(), name, "{text}");
                    assert!(member.key.is(&name), "{text}");
                    assert!(!member.key.is(&format!("{name}.")), "{text}");
                }
                check(&member.value, expected);
            }
        }
    }
}

/// Compares what is found by key with `serde_json`'s tree, in which the last of a key counts.
pub(crate) fn check_lookups(node: &Node<'_>, expected: &Value) {
    match expected {
        Value::Object(members) => {
            // Often enough for an index to be made.
            for _ in 0..10 {
                for (key, expected) in members {
                    let found = node.get(key);
                    assert_eq!(found.is_some(), !expected.is_null(), "{key} of {expected}");
                }
            }
            for (key, expected) in members.iter().filter(|(_, value)| !value.is_null()) {
                check_lookups(node.get(key).expect("it was found"), expected);
            }
        }
        Value::Array(items) => {
            let found = node.items().expect("it is an array");
            for (item, expected) in found.iter().zip(items) {
                check_lookups(item, expected);
            }
        }
        Value::String(text) => assert_eq!(node.as_str(), Some(&**text)),
        Value::Bool(value) => assert_eq!(node.as_bool(), Some(*value)),
        Value::Null => assert!(node.is_null()),
        Value::Number(number) => {
            if let Some(number) = number.as_i64() {
                assert_eq!(node.as_i64(), Some(number));
            }
        }
    }
}

/// Reads all of a node, whatever it is.
pub(crate) fn look_at_all(node: &Node<'_>) {
    match node.value() {
        Lazy::Array(items) => items.iter().for_each(look_at_all),
        Lazy::Object(members) => members.iter().for_each(|member| {
            let _ = member.key.name();
            look_at_all(&member.value);
        }),
        _ => {}
    }
}

/// How many arrays and objects are inside each other.
pub(crate) fn depth(node: &Node<'_>) -> usize {
    let below = match node.value() {
        Lazy::Array(items) => items.iter().map(depth).max(),
        Lazy::Object(members) => members.iter().map(|member| depth(&member.value)).max(),
        _ => return 0,
    };
    1 + below.unwrap_or(0)
}

/// A node as it is written.
pub(crate) fn written(node: &Node<'_>) -> String {
    let mut text = String::new();
    node.write(&mut text);
    assert_eq!(node.written_len(), text.len(), "{text}");
    text
}
