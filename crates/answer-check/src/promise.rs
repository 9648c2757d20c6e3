//! For which rules it is promised that they change nothing the second time. See [`holds`].
//!
//! Idempotence is promised for rules that do not undo or re-select each other's work:
//!
//! 1. No rule removes anything: somebody else may add again what was removed.
//! 2. No rule that patches containers changes which kind a container is of: its selection would be
//!    another one the second time. For the same reason, no rule makes of the author's container
//!    exactly what it would add: that container counts as the rule's the second time.
//! 3. **Each rule could as well have been the last.** Put last, it leaves the pod as it is now, but
//!    for the order of lists, and the same rules are applied and fail. So what each rule does is
//!    still there at the end, with nothing added that it would act on.
//! 4. No rule replaces its own work, by one of its fragments after another.
//! 5. No rule has variables, and none failed for want of their values: a variable may stand for
//!    another rule's work, and has another value at another admission.
//! 6. The API server keeps what the rules set. It drops a field behind a feature gate, which is then
//!    set again each time.
//! 7. No rule has a pull policy where an image was changed: the author's policy may be the default
//!    of the new image, and then counts as set by nobody.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::stamp::without_stamp;

/// What the policy did with a pod.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// The pod as it came.
    pub before: Value,
    /// The pod as the policy wants it.
    pub after: Value,
    /// The names of the rules that were applied.
    pub applied: Vec<String>,
    /// The names of the rules that failed.
    pub failed: Vec<String>,
    /// Whether a rule failed because a variable had no value.
    pub is_unresolved: bool,
}

/// Whether a rule is among those that were applied. The names of some begin with their place:
/// `PLACE: NAME`.
pub fn is_applied(rule: &Value, applied: &[String]) -> bool {
    let name = rule["name"].as_str().unwrap_or_default();
    let place = format!(": {name}");
    let mut applied = applied.iter();
    applied.any(|applied| applied == name || applied.ends_with(&place))
}

/// Whether the promise is given for these rules on this pod, which the API server has `stored`.
/// `unknown` is a field that no API server knows. `ask` asks the policy about the same request under
/// other settings.
pub fn holds(
    done: &Done,
    settings: &Value,
    stored: &Value,
    unknown: &str,
    ask: impl Fn(&Value) -> Option<Done>,
) -> bool {
    let rules: Vec<&Value> = settings["rules"].as_array().into_iter().flatten().collect();
    let applied: Vec<&Value> = rules
        .iter()
        .copied()
        .filter(|rule| is_applied(rule, &done.applied))
        .collect();
    !applied.iter().any(|rule| {
        removes(&rule["inject"])
            || may_replace_its_own(rule)
            || mentions(rule, "${")
            || mentions(rule, unknown)
    }) && !done.is_unresolved
        && !selects_again(&applied, done)
        && !takes_over(&rules, &applied, done)
        && !changes_a_pull_policys_image(&rules, done)
        && keeps(stored, &done.after)
        && (0..rules.len()).all(|last| is_the_same_with_last(done, settings, &rules, last, &ask))
}

fn mentions(rule: &Value, text: &str) -> bool {
    rule["inject"].to_string().contains(text)
}

fn removes(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(removes),
        Value::Object(members) => members.contains_key("$patch") || members.values().any(removes),
        _ => false,
    }
}

/// Whether a rule that replaces what it meets has several fragments that may meet in a container.
fn may_replace_its_own(rule: &Value) -> bool {
    let patches = rule["inject"]["containers"].as_array().map_or(0, Vec::len);
    let lists = ["containers", "initContainers"];
    let containers = lists.map(|list| rule["inject"]["pod"]["spec"].get(list).is_some());
    rule["onConflict"] == "Replace" && patches + usize::from(containers.contains(&true)) > 1
}

/// Whether all fields of one value are in another one, however they are written there. A zero is
/// as good as nothing.
fn keeps(stored: &Value, value: &Value) -> bool {
    match (stored, value) {
        (Value::Object(stored), Value::Object(members)) => members.iter().all(|(key, value)| {
            let kept = stored.get(key).map(|stored| keeps(stored, value));
            kept.unwrap_or_else(|| is_zero(value))
        }),
        (Value::Array(stored), Value::Array(items)) => {
            let pairs = stored.iter().zip(items);
            stored.len() >= items.len()
                && pairs.into_iter().all(|(stored, item)| keeps(stored, item))
        }
        _ => true,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_zero),
    }
}

/// Whether rules that patch containers changed which kind a container is of. Containers that rules
/// add make no difference: a rule patches none that it or a later rule adds.
fn selects_again(rules: &[&Value], done: &Done) -> bool {
    let before = containers(&done.before);
    let after = containers(&done.after);
    let patches = rules
        .iter()
        .any(|rule| rule["inject"].get("containers").is_some());
    patches && before.iter().any(|container| !after.contains(container))
}

/// Whether a rule merged a container that it would add into one of the pod, and changed that one.
/// The rules that patch containers, the failed ones included, may select another container then.
fn takes_over(rules: &[&Value], applied: &[&Value], done: &Done) -> bool {
    let changed = |list: &str, added: &Value| {
        let before = named(&done.before, list, &added["name"]);
        let after = named(&done.after, list, &added["name"]);
        added.get("image").is_some() && before.is_some() && before != after
    };
    let patches = rules
        .iter()
        .any(|rule| rule["inject"].get("containers").is_some());
    patches
        && applied.iter().any(|rule| {
            ["containers", "initContainers"].iter().any(|list| {
                let added = rule["inject"]["pod"]["spec"][list].as_array();
                added.is_some_and(|added| added.iter().any(|added| changed(list, added)))
            })
        })
}

/// Whether a container of the pod has another image now, and a rule sets a pull policy.
fn changes_a_pull_policys_image(rules: &[&Value], done: &Done) -> bool {
    let mut lists = ["containers", "initContainers"].iter();
    let has_policy = rules.iter().any(|rule| mentions(rule, "imagePullPolicy"));
    has_policy
        && lists.any(|list| {
            let containers = done.before["spec"][list].as_array().into_iter().flatten();
            containers.into_iter().any(|before| {
                named(&done.after, list, &before["name"])
                    .is_some_and(|after| after["image"] != before["image"])
            })
        })
}

/// The last container of a name.
fn named<'p>(pod: &'p Value, list: &str, name: &Value) -> Option<&'p Value> {
    let mut containers = pod["spec"][list].as_array().into_iter().flatten();
    containers.rfind(|container| container["name"] == *name)
}

/// Each container's list, name and restart policy.
fn containers(pod: &Value) -> BTreeSet<(&'static str, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |list: &'static str| {
        let containers = pod["spec"][list].as_array().into_iter().flatten();
        containers.map(move |container| {
            let name = text(&container["name"]);
            (list, name, text(&container["restartPolicy"]))
        })
    };
    of("containers").chain(of("initContainers")).collect()
}

fn is_the_same_with_last(
    done: &Done,
    settings: &Value,
    rules: &[&Value],
    last: usize,
    ask: impl Fn(&Value) -> Option<Done>,
) -> bool {
    if last + 1 == rules.len() {
        return true;
    }
    let mut rules = rules.to_vec();
    let rule = rules.remove(last);
    rules.push(rule);
    let mut reordered = settings.clone();
    reordered["rules"] = json!(rules);
    let Some(other) = ask(&reordered) else {
        return false;
    };
    let set = |rules: &[String]| rules.iter().cloned().collect::<BTreeSet<_>>();
    let pod = |done: &Done| unordered(without_stamp(done.after.clone()));
    set(&done.applied) == set(&other.applied)
        && set(&done.failed) == set(&other.failed)
        && pod(done) == pod(&other)
}

/// A value with its lists sorted.
fn unordered(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(unordered).collect();
            items.sort_by_cached_key(Value::to_string);
            items.into()
        }
        Value::Object(members) => {
            let members = members.into_iter();
            let members: Map<String, Value> = members
                .map(|(key, value)| (key, unordered(value)))
                .collect();
            members.into()
        }
        value => value,
    }
}
