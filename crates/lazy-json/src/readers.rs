//! Reading values by key, for callers to whom an absent value and a value of another type are the
//! same.

use crate::members::Member;
use crate::node::Node;

impl<'a> Node<'a> {
    /// The value at the end of a path of keys. `None` if a key is absent or `null`.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The string under a key. `None` if the key is absent or its value is not a string.
    pub fn str_at(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// The boolean under a key. `None` if the key is absent or its value is not a boolean.
    pub fn bool_at(&self, key: &str) -> Option<bool> {
        self.get(key)?.as_bool()
    }

    /// Whether the value under a key is `true`.
    pub fn is_true(&self, key: &str) -> bool {
        self.bool_at(key) == Some(true)
    }

    /// The whole number under a key. `None` if the key is absent or its value is not one of 64
    /// bits.
    pub fn i64_at(&self, key: &str) -> Option<i64> {
        self.get(key)?.as_i64()
    }

    /// The items of the array under a key. Empty if the key is absent or its value is not an array.
    pub fn items_at(&self, key: &str) -> &[Self] {
        self.get(key).and_then(Self::items).unwrap_or_default()
    }

    /// The members of the object under a key. Empty if the key is absent or its value is not an
    /// object.
    pub fn members_at(&self, key: &str) -> &[Member<'a, Self>] {
        self.get(key).and_then(Self::members).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_value_and_one_of_another_type_are_the_same() {
        let text = r#"{"a": {"b": "c"}, "n": 7, "t": true, "l": [1, 2], "null": null}"#;
        let node = Node::parse(text).expect("valid JSON");
        assert_eq!(node.at(&["a", "b"]).and_then(Node::as_str), Some("c"));
        assert!(node.at(&["a", "x", "b"]).is_none());
        assert!(node.at(&[]).is_some());
        assert_eq!(node.str_at("n"), None);
        assert_eq!(node.i64_at("n"), Some(7));
        assert_eq!(node.bool_at("t"), Some(true));
        assert!(node.is_true("t") && !node.is_true("n"));
        assert_eq!(node.bool_at("null"), None);
        assert_eq!(node.items_at("l").len(), 2);
        assert_eq!(node.items_at("a").len(), 0);
        assert_eq!(node.members_at("a").len(), 1);
        assert_eq!(node.members_at("l").len(), 0);
    }
}
