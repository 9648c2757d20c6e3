//! The rules of a `ConfigMap`: each key of its `data` holds a list of rules, in YAML or JSON. See
//! [`RuleSet::read`].
//!
//! An empty text is an empty list, so that a key can stay when its last rule is removed.

use lazy_json::{Node, Shape, Value};

use crate::settings::reader::mismatch;
use crate::settings::yaml;

/// The maximum number of rules in a `ConfigMap`: more than a pod needs, and few enough that reading
/// them takes a fraction of the host's time limit.
const MAX_RULES: usize = 1000;

/// The texts of a `ConfigMap` as JSON, or why a text can't be read, by key.
#[derive(Debug)]
pub struct Texts(Vec<(String, Result<String, String>)>);

/// The texts of rules are longer than the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than 2 MiB of rules in all ConfigMaps together")]
pub struct TooLong;

/// How many more bytes of rules may be read for a pod. The initial budget is several times the usual
/// size, and small enough to be read in a fraction of the host's time limit.
#[derive(Debug, Clone, Copy)]
pub struct ReadBudget {
    /// Bytes of text.
    text: usize,
    /// Bytes that YAML aliases may copy.
    alias_bytes: usize,
}

impl Default for ReadBudget {
    fn default() -> Self {
        Self {
            text: 2 << 20,
            alias_bytes: yaml::MAX_ALIAS_BYTES,
        }
    }
}

/// The rules of a `ConfigMap`. They are counted, and not read yet.
#[derive(Debug)]
pub struct RuleSet<'a> {
    /// The list of each key, in the order of the keys.
    pub lists: Vec<RuleList<'a>>,
}

/// The rules under one key.
#[derive(Debug)]
pub struct RuleList<'a> {
    /// The key.
    pub key: &'a str,
    /// The rules as a JSON array, or why they can't be read.
    pub rules: Result<Node<'a>, String>,
}

impl Texts {
    /// The length of all texts of a `ConfigMap` in bytes.
    fn length(config_map: &Node<'_>) -> usize {
        let texts = config_map.members_at("data").iter();
        let texts = texts.filter_map(|member| member.value.as_str());
        texts.map(str::len).sum()
    }

    /// Reads the texts of a `ConfigMap` and takes their length from the budget.
    ///
    /// # Errors
    /// Returns `TooLong` if the texts are longer than the budget.
    pub fn of(config_map: &Node<'_>, budget: &mut ReadBudget) -> Result<Self, TooLong> {
        let left = budget.text.checked_sub(Self::length(config_map));
        budget.text = left.ok_or(TooLong)?;
        let mut texts = Vec::new();
        for (map, is_text) in [("data", true), ("binaryData", false)] {
            for member in config_map.members_at(map) {
                let text = match member.value.as_str() {
                    Some(text) if is_text => json(text, budget),
                    Some(_) => Err("binary data".to_owned()),
                    None => Err(mismatch("a text", &member.value)),
                };
                texts.push((member.key.name().into_owned(), text));
            }
        }
        texts.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Self(texts))
    }
}

/// A text of rules as valid JSON. A text that is JSON already is not read as YAML, which takes
/// longer.
fn json(text: &str, budget: &mut ReadBudget) -> Result<String, String> {
    if Node::parse(text).is_ok() {
        return Ok(text.to_owned());
    }
    yaml::to_json(text, &mut budget.alias_bytes).map_err(|error| format!("not YAML: {error}"))
}

impl<'a> RuleSet<'a> {
    /// Reads the lists of rules; the rules in them are not read.
    ///
    /// # Errors
    /// Returns a message if there are more than 1,000 rules.
    pub fn read(texts: &'a Texts) -> Result<Self, String> {
        let lists = texts.0.iter().map(|(key, text)| RuleList {
            key,
            rules: text
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|text| list(text)),
        });
        let lists: Vec<_> = lists.collect();
        let count: usize = lists.iter().map(|list| list.rules().len()).sum();
        if count > MAX_RULES {
            return Err(format!("more than {MAX_RULES} rules"));
        }
        Ok(Self { lists })
    }
}

impl<'a> RuleList<'a> {
    /// The rules; empty if they can't be read.
    pub fn rules(&self) -> &[Node<'a>] {
        let rules = self.rules.as_ref().ok();
        rules.and_then(Node::items).unwrap_or_default()
    }
}

/// Reads a list of rules. The text is valid JSON, so that only its first level is read.
fn list(text: &str) -> Result<Node<'_>, String> {
    const ONE_LEVEL: Shape = Shape::All(&Shape::Unread);

    let node = Node::parse_shaped(text, &ONE_LEVEL).map_err(|error| error.to_string())?;
    match node.value() {
        Value::Array(_) => Ok(node),
        Value::Null => Ok(Node::array(Vec::new())),
        Value::Object(_) if node.get("rules").is_some() => Err(
            "expected a list of rules, got an object: the list stands here without `rules:`"
                .to_owned(),
        ),
        _ => Err(mismatch("a list of rules", &node)),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value as Json, json};

    use super::*;

    /// Each key with its rules' names, or its problem.
    fn read(config_map: &Json) -> Result<Vec<String>, String> {
        let text = config_map.to_string();
        let node = Node::parse(&text).expect("valid JSON");
        let mut budget = ReadBudget::default();
        let texts = Texts::of(&node, &mut budget).map_err(|error| error.to_string())?;
        let set = RuleSet::read(&texts)?;
        let lists = set.lists.iter().map(|list| {
            if let Err(problem) = &list.rules {
                format!("{}: {problem}", list.key)
            } else {
                let names = list
                    .rules()
                    .iter()
                    .filter_map(|rule| rule.get("name")?.as_str());
                format!("{}: {}", list.key, names.collect::<Vec<_>>().join(" "))
            }
        });
        Ok(lists.collect())
    }

    #[test]
    fn keys_are_sorted_and_both_languages_read() {
        let config_map = json!({"data": {
            "b.yaml": "# more\n- name: b1\n- {name: b2}\n",
            "a.json": "[{\"name\": \"a1\"}]",
            "c": "", "d": "[]", "e": "--- # nothing\n# at all",
        }});
        assert_eq!(
            read(&config_map),
            Ok(["a.json: a1", "b.yaml: b1 b2", "c: ", "d: ", "e: "]
                .map(str::to_owned)
                .to_vec())
        );
    }

    #[rstest]
    #[case::object("a: b", "k: expected a list of rules, got an object")]
    #[case::settings(
        "rules: []",
        "k: expected a list of rules, got an object: the list stands here without `rules:`"
    )]
    #[case::text("proxy", "k: expected a list of rules, got a string")]
    #[case::anchor("&rules", "k: not YAML: line 1: an anchor on an empty document")]
    #[case::yaml("- [", "k: not YAML: line")]
    fn a_text_without_a_list_is_a_problem(#[case] text: &str, #[case] expected: &str) {
        let lists = read(&json!({"data": {"k": text}})).expect("few rules");
        assert!(lists[0].starts_with(expected), "{lists:?}");
    }

    #[test]
    fn binary_data_and_wrong_types_are_problems() {
        let config_map = json!({"binaryData": {"k": "AAAA"}, "data": {"l": 1, "m": "- name: m"}});
        assert_eq!(
            read(&config_map),
            Ok(
                ["k: binary data", "l: expected a text, got a number", "m: m"]
                    .map(str::to_owned)
                    .to_vec()
            )
        );
        assert_eq!(read(&json!({"data": []})), Ok(Vec::new()));
        assert_eq!(read(&json!({})), Ok(Vec::new()));
    }

    #[test]
    fn too_many_rules_are_refused() {
        let rules = "- name: r\n".repeat(600);
        assert_eq!(
            read(&json!({"data": {"a": rules}})).map(|lists| lists.len()),
            Ok(1)
        );
        assert_eq!(
            read(&json!({"data": {"a": rules, "b": rules}})),
            Err("more than 1000 rules".to_owned())
        );
    }
}
