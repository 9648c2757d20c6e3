//! Checks that any host can read a value: the host parses the mutated pod again. See
//! [`check_readable`].

use crate::node::{Node, Value};

/// How deep a value may be. Kubewarden's hosts read JSON of up to 128 levels (`serde_json`), and
/// the answer adds a few around the pod.
const DEPTH: usize = 100;

/// Checks that every host can read a value.
///
/// # Errors
/// Returns why a host can't read it.
pub fn check_readable(node: &Node<'_>) -> Result<(), &'static str> {
    at_depth(node, DEPTH)
}

fn at_depth(node: &Node<'_>, depth: usize) -> Result<(), &'static str> {
    if depth == 0 {
        return Err("more than 100 levels deep");
    }
    match node.value() {
        Value::Opaque => Err("text that is no Unicode"),
        Value::Number(digits) if !digits.parse().is_ok_and(f64::is_finite) => {
            Err("a number that is out of range")
        }
        Value::Array(items) => items.iter().try_for_each(|item| at_depth(item, depth - 1)),
        Value::Object(members) => members.iter().try_for_each(|member| {
            if !member.key.is_unicode() {
                return Err("a key that is no Unicode");
            }
            at_depth(&member.value, depth - 1)
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::number("[1e400]", Some("a number that is out of range"))]
    #[case::digits(&"9".repeat(400), Some("a number that is out of range"))]
    #[case::key(r#"{"a": {"\ud800": 1}}"#, Some("a key that is no Unicode"))]
    #[case::text(r#"{"a": "\ud800"}"#, Some("text that is no Unicode"))]
    #[case::deep(&format!("{}{}", "[".repeat(101), "]".repeat(101)), Some("more than 100 levels deep"))]
    #[case::not_too_deep(&format!("{}{}", "[".repeat(99), "]".repeat(99)), None)]
    #[case::fine(
        r#"{"a": [1e308, -0.5, "\ud83d\ude00", null, true, 9007199254740993]}"#,
        None
    )]
    fn only_what_hosts_read(#[case] text: &str, #[case] expected: Option<&str>) {
        let node = Node::parse(text).expect("it is JSON");
        assert_eq!(check_readable(&node).err(), expected);
    }
}
