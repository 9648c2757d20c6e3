//! The same change in both, and what is written then. See [`check`].

use lazy_json::{Mark, Node, write_string};
use serde_json::value::RawValue;

use super::same::{self, written};
use super::spec::Members;

/// A key that texts seldom have.
const NEW: &str = "zq \"new\" \u{1}";

/// A value that is put in.
const VALUE: &str = r#"{"v": [1.50, "\u0041"]}"#;

/// Changes the first objects and arrays of a text, each alone.
pub(crate) fn check(node: &Node<'_>, expected: &RawValue) {
    let text = expected.get();
    if text.starts_with('{') {
        let expected: Members<'_> = serde_json::from_str(text).expect("it is an object");
        let found = node.members().expect("it is an object").iter();
        let keys: Vec<String> = found.map(|member| member.key.name().into_owned()).collect();
        let members: Vec<Pair> = keys
            .iter()
            .zip(node_keys(text))
            .zip(&expected.0)
            .map(|((name, key), (_, value))| Pair {
                name: name.clone(),
                key,
                value: value.get().to_owned(),
            })
            .collect();
        for name in keys.iter().map(String::as_str).chain([NEW]) {
            set(node, &members, name);
            remove(node, &members, name);
            hide(node, &members, name);
        }
        for (member, (_, expected)) in node.members().into_iter().flatten().zip(expected.0) {
            check(&member.value, expected);
        }
    } else if text.starts_with('[') {
        let expected: Vec<&RawValue> = serde_json::from_str(text).expect("it is an array");
        push(node, &expected);
        for (item, expected) in node.items().into_iter().flatten().zip(expected) {
            check(item, expected);
        }
    }
}

/// A member as text.
#[derive(Debug, Clone)]
struct Pair {
    name: String,
    key: String,
    value: String,
}

/// The texts of an object's keys, found by looking for strings at its first level.
fn node_keys(text: &str) -> Vec<String> {
    let (mut depth, mut keys, mut at) = (0, Vec::new(), 0);
    let bytes = text.as_bytes();
    let mut is_key = true;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b':' if depth == 1 => is_key = false,
            b',' if depth == 1 => is_key = true,
            b'"' => {
                let start = at;
                at += 1;
                while bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                if depth == 1 && is_key {
                    keys.push(text[start..=at].to_owned());
                }
            }
            _ => {}
        }
        at += 1;
    }
    keys
}

fn object(members: &[Pair]) -> String {
    let members = members
        .iter()
        .map(|pair| format!("{}:{}", pair.key, pair.value));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// Sets a key in a copy. The last member of that name gets the value.
fn set(node: &Node<'_>, members: &[Pair], name: &str) {
    let value = Node::parse(VALUE).expect("it is JSON");
    let mut changed = node.clone();
    changed.set(name, value);
    let mut expected = members.to_vec();
    match expected.iter_mut().rev().find(|pair| pair.name == name) {
        Some(pair) => pair.value = VALUE.to_owned(),
        None => {
            let mut key = String::new();
            write_string(name, &mut key);
            let name = name.to_owned();
            expected.push(Pair {
                name,
                key,
                value: VALUE.to_owned(),
            });
        }
    }
    assert_written(&changed, &object(&expected));
    assert_ne!(changed.get(name).map(Node::is_null), Some(true));
    assert_eq!(changed.get(name).and_then(Node::text), Some(VALUE));
}

/// Removes all members of a name in a copy.
fn remove(node: &Node<'_>, members: &[Pair], name: &str) {
    let mut changed = node.clone();
    let was_there = changed.remove(name);
    let mut expected = members.to_vec();
    expected.retain(|pair| pair.name != name);
    assert_eq!(was_there, expected.len() < members.len());
    assert!(changed.get(name).is_none());
    if was_there {
        assert_written(&changed, &object(&expected));
    } else {
        assert!(changed.is_same(node));
    }
}

/// Marks the last member of a name as hidden in a copy: it is found, and not written.
fn hide(node: &Node<'_>, members: &[Pair], name: &str) {
    let mut changed = node.clone();
    let Some(member) = changed.get_mut(name) else {
        return;
    };
    *member = member.with_mark(Mark {
        is_hidden: true,
        ..Mark::default()
    });
    assert!(changed.get(name).is_some());
    let mut expected = members.to_vec();
    let last = expected.iter().rposition(|pair| pair.name == name);
    expected.remove(last.expect("it was found"));
    assert_eq!(written(&changed), object(&expected));
}

/// Adds an item in a copy.
fn push(node: &Node<'_>, items: &[&RawValue]) {
    let mut changed = node.clone();
    let list = changed.items_mut().expect("it is an array");
    list.push(Node::parse(VALUE).expect("it is JSON"));
    let items = items.iter().map(|item| item.get()).chain([VALUE]);
    assert_written(
        &changed,
        &format!("[{}]", items.collect::<Vec<_>>().join(",")),
    );
}

fn assert_written(node: &Node<'_>, expected: &str) {
    let text = written(node);
    assert_eq!(text, expected);
    // What was changed is read again as it stands in the tree.
    let again: &RawValue = serde_json::from_str(&text).expect("it is JSON");
    same::check(node, again);
}
