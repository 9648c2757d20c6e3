//! Removes the parts of a rule that the policy's check of its settings refuses. See [`repaired`].

use std::collections::BTreeMap;

use injector::settings;
use kubernetes_pod::validation::Cause;
use serde_json::{Map, Value, json};

/// The rule without the parts that are refused under this `unknownFields`, or `None` where nothing
/// is left. Counts the causes.
pub(crate) fn repaired(
    rule: &Value,
    unknown_fields: &str,
    causes: &mut BTreeMap<Cause, usize>,
) -> Option<Value> {
    // A removal may cause the next problem, so the check is repeated.
    const ROUNDS: usize = 12;
    let mut settings = json!({"unknownFields": unknown_fields, "rules": [rule]});
    for _ in 0..ROUNDS {
        let problems = settings::check(&settings.to_string());
        if problems.found().is_empty() {
            return Some(settings["rules"][0].take());
        }
        let found = problems.found().iter();
        for cause in found.filter_map(|problem| Cause::of_message(&problem.to_string())) {
            *causes.entry(cause).or_default() += 1;
        }
        // Last first, so that no removal shifts the index of another one.
        for problem in problems.found().iter().rev() {
            remove(&mut settings, &steps(&problem.path));
        }
        if !settings.pointer_mut("/rules/0").is_some_and(prune) {
            return None;
        }
    }
    None
}

/// Removes the value at a path, or the object that should have it.
fn remove(value: &mut Value, path: &[Step]) {
    let Some((last, parents)) = path.split_last() else {
        return;
    };
    let mut parent = Some(&mut *value);
    for step in parents {
        parent = parent.and_then(|parent| step.into(parent));
    }
    let removed = parent.is_some_and(|parent| last.remove_from(parent));
    if !removed {
        remove(value, parents);
    }
}

/// A step of a path: a key or an index.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    fn into<'v>(&self, parent: &'v mut Value) -> Option<&'v mut Value> {
        match self {
            Self::Key(key) => parent.get_mut(key),
            Self::Index(index) => parent.get_mut(index),
        }
    }

    fn remove_from(&self, parent: &mut Value) -> bool {
        match (self, parent) {
            (Self::Key(key), Value::Object(object)) => object.remove(key).is_some(),
            (Self::Index(index), Value::Array(items)) if *index < items.len() => {
                items.remove(*index);
                true
            }
            _ => false,
        }
    }
}

/// The steps of a path such as `rules[0].match.labels['example.com/a'].b`.
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (step, after) = if let Some(key) = rest.strip_prefix("['") {
            let (key, after) = key.split_once("']").unwrap_or((key, ""));
            (Step::Key(key.to_owned()), after)
        } else if let Some(index) = rest.strip_prefix('[') {
            let (index, after) = index.split_once(']').unwrap_or((index, ""));
            (Step::Index(index.parse().unwrap_or_default()), after)
        } else {
            let field = rest.strip_prefix('.').unwrap_or(rest);
            let end = field.find(['.', '[']).unwrap_or(field.len());
            (Step::Key(field[..end].to_owned()), &field[end..])
        };
        steps.push(step);
        rest = after;
    }
    steps
}

/// Removes empty parts of a rule. Returns whether anything is left.
fn prune(rule: &mut Value) -> bool {
    let Some(inject) = rule.get_mut("inject").and_then(Value::as_object_mut) else {
        return false;
    };
    if let Some(pod) = inject.get_mut("pod").and_then(Value::as_object_mut) {
        pod.retain(|_, part| !is_empty(part));
    }
    if let Some(entries) = inject.get_mut("containers").and_then(Value::as_array_mut) {
        entries.retain(|entry| entry.get("patch").is_some_and(|patch| !is_empty(patch)));
    }
    inject.retain(|_, part| !is_empty(part));
    !inject.is_empty()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(object) => Map::is_empty(object),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn reads_paths() {
        let key = |key: &str| Step::Key(key.to_owned());
        assert_eq!(
            steps("rules[0].labels['example.com/a'].b[12]"),
            [
                key("rules"),
                Step::Index(0),
                key("labels"),
                key("example.com/a"),
                key("b"),
                Step::Index(12)
            ]
        );
    }

    #[rstest]
    #[case::valid(
        json!({"pod": {"spec": {"hostname": "web"}}}),
        Some(json!({"pod": {"spec": {"hostname": "web"}}}))
    )]
    #[case::one_item(
        json!({"pod": {"spec": {"volumes": [{"name": "A"}, {"name": "b"}]}}}),
        Some(json!({"pod": {"spec": {"volumes": [{"name": "b"}]}}}))
    )]
    #[case::required(
        json!({"pod": {"spec": {"hostname": "web", "volumes": [{"emptyDir": {}}]}}}),
        Some(json!({"pod": {"spec": {"hostname": "web", "volumes": []}}}))
    )]
    #[case::a_part(
        json!({"pod": {"spec": {"hostname": "UP"}}, "containers": [{"patch": {"image": "a"}}]}),
        Some(json!({"containers": [{"patch": {"image": "a"}}]}))
    )]
    #[case::nothing_left(json!({"pod": {"spec": {"hostname": "UP"}}}), None)]
    fn repairs(#[case] inject: Value, #[case] expected: Option<Value>) {
        let rule = json!({"name": "r", "inject": inject});
        let inject =
            repaired(&rule, "Refuse", &mut BTreeMap::new()).map(|mut rule| rule["inject"].take());
        assert_eq!(inject, expected);
    }
}
