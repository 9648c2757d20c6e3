//! `lazy-json` against `serde_json`. See [`check`].

mod edits;
mod same;
mod spec;

use lazy_json::{Node, Shape, check_readable, mentions};
use serde_json::Value;
use serde_json::value::RawValue;

/// How far texts are looked into when they are read. What is read at once and what is read later has
/// to be the same.
const SHAPES: [Shape; 4] = [
    Shape::Unread,
    Shape::All(&Shape::Unread),
    Shape::All(&Shape::All(&Shape::All(&Shape::Unread))),
    Shape::Keys(&[
        ("a", Shape::All(&Shape::Unread)),
        ("b", Shape::Keys(&[("a", Shape::All(&Shape::Unread))])),
    ]),
];

/// `serde_json` reads no values that are deeper than this.
const SERDE_DEPTH: usize = 126;

/// The depth up to which `lazy-json` promises that every host reads a value.
const READABLE_DEPTH: usize = 100;

/// Reads a text with both, compares what they make of it, changes it in both, and compares what they
/// write.
///
/// # Panics
/// The two differ.
pub fn check(text: &str) {
    let expected: Result<&RawValue, _> = serde_json::from_str(text);
    let node = Node::parse(text);
    assert_eq!(node.is_ok(), expected.is_ok(), "accepted by one: {text:?}");
    for character in [b'$', b'"', b'x'] {
        check_mentions(text, character);
    }
    for shape in &SHAPES {
        let shaped = Node::parse_shaped(text, shape);
        match (&shaped, &expected) {
            (Ok(node), Ok(expected)) => {
                assert_eq!(node.check(), Ok(()), "{text:?}");
                same::check(node, expected);
            }
            // What was not looked into is checked before something is done on its word.
            (Ok(node), Err(_)) => {
                assert!(node.check().is_err(), "{text:?} passes as JSON");
                same::look_at_all(node);
            }
            (Err(_), _) => assert!(expected.is_err(), "{shape:?} of {text:?} is refused"),
        }
    }
    let (Ok(node), Ok(expected)) = (node, expected) else {
        return;
    };
    assert_eq!(same::written(&node), expected.get(), "{text:?}");
    same::check(&node, expected);
    check_value(&node, expected.get());
    edits::check(&node, expected);
}

/// Whether a character may be in one of the text's strings.
fn check_mentions(text: &str, character: u8) {
    let mut bytes = text.bytes();
    let expected = bytes.any(|byte| byte == character || byte == b'\\');
    assert_eq!(
        mentions(text, character),
        expected,
        "{character} in {text:?}"
    );
}

/// Compares with `serde_json`'s own tree, which the hosts read.
fn check_value(node: &Node<'_>, text: &str) {
    let value = serde_json::from_str::<Value>(text);
    let depth = same::depth(node);
    let is_readable = check_readable(node).is_ok();
    if is_readable {
        assert!(value.is_ok(), "no host reads {text:?}");
    } else if depth < READABLE_DEPTH {
        assert!(value.is_err(), "hosts do read {text:?}");
    }
    if let Ok(value) = value {
        assert!(depth <= SERDE_DEPTH + 1);
        same::check_lookups(node, &value);
    }
}
