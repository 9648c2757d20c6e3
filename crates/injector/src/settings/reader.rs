//! Reads values of the settings. A value of the wrong type becomes a problem.

use std::collections::BTreeSet;

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::nearest::nearest;
use kubernetes_pod::text::quoted;
use lazy_json::{Member, Node, Value};

use crate::settings::problem::Problems;

/// Checks that a value is an object with no other keys than these. Returns whether it is an object.
pub(crate) fn object(
    node: &Node<'_>,
    known: &[&str],
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> bool {
    let Some(members) = node.members() else {
        problems.add(path, mismatch("an object", node));
        return false;
    };
    for member in members {
        if !known.iter().any(|known| member.key.is(known)) {
            let name = member.key.name();
            add_unknown_field(&name, known.iter().copied(), path, problems);
        }
    }
    if problems.is_check() {
        repeated_keys(node, KeyStyle::Fields, path, problems);
    }
    true
}

/// The members of a map with any keys.
pub(crate) fn map<'n, 'a>(
    node: &'n Node<'a>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> &'n [Member<'a>] {
    if problems.is_check() {
        repeated_keys(node, KeyStyle::Map, path, problems);
    }
    expected(node.members(), "an object", node, path, problems)
}

/// What the keys of an object are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KeyStyle {
    /// Names of fields.
    Fields,
    /// Any text.
    Map,
}

/// Adds a problem for each key that an object has more than once.
pub(crate) fn repeated_keys(
    node: &Node<'_>,
    keys: KeyStyle,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) {
    let mut seen = BTreeSet::new();
    for member in node.members().unwrap_or_default() {
        let name = member.key.name();
        if seen.contains(&name) {
            let path = match keys {
                KeyStyle::Fields => path.field(&name),
                KeyStyle::Map => path.key(&name),
            };
            problems.add(&path, "the key is there twice");
        }
        seen.insert(name);
    }
}

/// The value of a required field.
pub(crate) fn required<'n, 'a>(
    node: &'n Node<'a>,
    field: &str,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> Option<&'n Node<'a>> {
    let value = node.get(field);
    if value.is_none() {
        problems.add(&path.field(field), "required");
    }
    value
}

/// The items of a list.
pub(crate) fn list<'n, 'a>(
    node: &'n Node<'a>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> &'n [Node<'a>] {
    expected(node.items(), "a list", node, path, problems)
}

/// The items of a list that must not be empty.
pub(crate) fn items<'n, 'a>(
    node: &'n Node<'a>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> &'n [Node<'a>] {
    if node.items().is_some_and(<[_]>::is_empty) {
        problems.add(path, "must not be empty");
    }
    list(node, path, problems)
}

/// A partial object of the API. It must not be empty.
pub(crate) fn fragment<'n, 'a>(
    node: &'n Node<'a>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> Option<&'n Node<'a>> {
    match node.members() {
        None => problems.add(path, mismatch("an object", node)),
        Some([]) => problems.add(path, "must not be empty"),
        Some(_) => return Some(node),
    }
    None
}

/// A string.
pub(crate) fn string<'n>(
    node: &'n Node<'_>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> &'n str {
    expected(node.as_str(), "a string", node, path, problems)
}

/// The value of a boolean field.
pub(crate) fn boolean(
    node: &Node<'_>,
    field: &str,
    default: bool,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> bool {
    node.get(field).map_or(default, |value| {
        let path = path.field(field);
        expected(value.as_bool(), "true or false", value, &path, problems)
    })
}

/// The meaning of a word that must be one of these choices.
pub(crate) fn choice<T: Copy>(
    node: &Node<'_>,
    choices: &[(&str, T)],
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> Option<T> {
    let word = string(node, path, problems);
    let chosen = choices.iter().find(|(name, _)| *name == word);
    if chosen.is_none() && node.as_str().is_some() {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        add_unknown_value(word, &names, path, problems);
    }
    chosen.map(|(_, choice)| *choice)
}

/// Adds a problem for a word that is none of the known words.
pub(crate) fn add_unknown_value(
    word: &str,
    known: &[&str],
    path: &FieldPath<'_>,
    problems: &mut Problems,
) {
    let message = unknown_value(word, known, problems.may_quote());
    problems.add(path, message);
}

/// The message for a word that is none of the known words. It quotes the word if it may.
pub(crate) fn unknown_value(word: &str, known: &[&str], may_quote: bool) -> String {
    let known_words = known.join(", ");
    if !may_quote {
        return format!("must be one of {known_words}");
    }
    match nearest(word, known.iter().copied()) {
        Some(nearest) => format!(
            "unknown value {}, did you mean {nearest:?}? ({known_words})",
            quoted(word)
        ),
        None => format!("unknown value {} ({known_words})", quoted(word)),
    }
}

/// Adds a problem for a field that is none of the known fields.
pub(crate) fn add_unknown_field<'k>(
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) {
    let nearest = if problems.is_full() {
        None
    } else {
        nearest(name, known)
    };
    let message = match nearest {
        Some(nearest) => format!("unknown field, did you mean {nearest:?}?"),
        None => "unknown field".to_owned(),
    };
    problems.add(&path.field(name), message);
}

/// The message for a value of another type.
pub(crate) fn mismatch(expected: &str, node: &Node<'_>) -> String {
    let got = match node.value() {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Opaque => "a string that is not valid Unicode",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    format!("expected {expected}, got {got}")
}

fn expected<T: Default>(
    read: Option<T>,
    expected: &str,
    node: &Node<'_>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> T {
    read.unwrap_or_else(|| {
        problems.add(path, mismatch(expected, node));
        T::default()
    })
}
