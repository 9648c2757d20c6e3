//! Reads a payload that is not valid JSON: the members of its request up to the first error. See
//! [`request`].
//!
//! No host sends such a payload. If one does, the policy reports it to the operator.

use std::fmt;

use lazy_json::{Member, Node};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The request with the members before the first error.
pub fn request(payload: &str) -> Node<'_> {
    let mut members = Vec::new();
    let seed = Root(&mut members);
    // The text is known to be invalid: the error says nothing new.
    drop(seed.deserialize(&mut serde_json::Deserializer::from_str(payload)));
    Node::object(members)
}

struct Root<'v, 'a>(&'v mut Vec<Member<'a>>);

struct Members<'v, 'a>(&'v mut Vec<Member<'a>>);

impl<'a> DeserializeSeed<'a> for Root<'_, 'a> {
    type Value = ();
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Root<'_, 'a> {
    type Value = ();
    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a payload")
    }
    fn visit_map<A: MapAccess<'a>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(key) = access.next_key::<&RawValue>()? {
            if key.get() == r#""request""# {
                access.next_value_seed(Members(self.0))?;
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'a> DeserializeSeed<'a> for Members<'_, 'a> {
    type Value = ();
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Members<'_, 'a> {
    type Value = ();
    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a request")
    }
    fn visit_map<A: MapAccess<'a>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some((key, value)) = access.next_entry::<&RawValue, &RawValue>()? {
            self.0.push(Node::unchecked_member(key.get(), value.get()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::empty("", None)]
    #[case::no_object("[]", None)]
    #[case::whole(r#"{"request": {"namespace": "a"}}"#, Some("a"))]
    #[case::cut_later(r#"{"request": {"namespace": "a", "object": {"#, Some("a"))]
    #[case::cut_before(r#"{"request": {"name": "x", "namesp"#, None)]
    #[case::after_other_keys(r#"{"settings": {}, "request": {"namespace": "a"}, x"#, Some("a"))]
    fn a_broken_payload_is_read_up_to_the_break(
        #[case] payload: &str,
        #[case] namespace: Option<&str>,
    ) {
        let request = request(payload);
        assert_eq!(request.get("namespace").and_then(Node::as_str), namespace);
    }
}
