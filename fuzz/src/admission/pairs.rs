//! Pairs of the generator, each drawn once, with values that can be told apart from all other text.
//! See [`of`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use generator::{Ground, Pair, Written, objects};
use serde_json::Value;

use super::tree::Tree;

/// What every value begins with that no message may show.
pub(crate) const SECRET: &str = "zqsecret";

/// How many pairs there are. The fuzzer keeps inputs that name them, and changes those.
const PAIRS: u16 = 1024;

/// The seed of all pairs.
const SEED: u64 = 12;

/// The pods' namespace.
pub(crate) const NAMESPACE: &str = "team-a";

/// A pod, the policy's settings, and the objects that the policy may look up.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) pod: Value,
    pub(crate) settings: Value,
    /// All rules, wherever they stand.
    pub(crate) rules: Vec<Value>,
    pub(crate) objects: Vec<Value>,
}

thread_local! {
    static DRAWN: RefCell<HashMap<u16, Rc<Drawn>>> = RefCell::default();
}

/// The pair of a number.
pub(crate) fn of(number: u16) -> Rc<Drawn> {
    let number = number % PAIRS;
    if let Some(drawn) = DRAWN.with_borrow(|all| all.get(&number).cloned()) {
        return drawn;
    }
    let drawn = Rc::new(drawn(number));
    DRAWN.with_borrow_mut(|all| all.insert(number, drawn.clone()));
    drawn
}

/// Whether a marked value was moved to where it is no value: names may be in messages.
pub(crate) fn is_misplaced(tree: &Tree) -> bool {
    is_misplaced_at(tree, "", "")
}

/// `key` is the key of the tree or of the list that it is in, and `parent` that of the object with
/// this key.
fn is_misplaced_at(tree: &Tree, parent: &str, key: &str) -> bool {
    match tree {
        Tree::Scalar(text) => {
            let is_value = (parent == "\"env\"" && key == "\"value\"")
                || ["\"command\"", "\"args\""].contains(&key)
                || parent == "\"annotations\"";
            !is_value && is_marked(text)
        }
        Tree::List(items) => items.iter().any(|item| is_misplaced_at(item, parent, key)),
        Tree::Object(members) => members
            .iter()
            .any(|(name, value)| is_marked(name) || is_misplaced_at(value, key, name)),
    }
}

/// Whether a JSON text is a string with the mark in it, however it is spelled.
fn is_marked(text: &str) -> bool {
    serde_json::from_str::<String>(text).is_ok_and(|text| text.contains(SECRET))
}

fn drawn(number: u16) -> Drawn {
    let mut pair = (0..)
        .map(|more: u64| generator::pair(SEED + more, u64::from(number)))
        // A few pods are a hundred times as large as the others, and as slow.
        .find(|pair| pair.pod.to_string().len() < 32 * 1024 && small(pair))
        .expect("most pairs are small");
    conceal_pod(&mut pair.pod);
    for rule in pair.settings["rules"].as_array_mut().into_iter().flatten() {
        conceal_pod(&mut rule["inject"]["pod"]);
        let entries = rule["inject"]["containers"].as_array_mut();
        for entry in entries.into_iter().flatten() {
            conceal_container(&mut entry["patch"]);
        }
        if let Some(inject) = rule["inject"].as_object_mut() {
            inject.retain(|_, part| !part.is_null());
        }
    }
    let written = Written::of(&pair);
    let ground = pair.surroundings.ground;
    let mut objects = objects::around(NAMESPACE, ground);
    objects.extend(
        written
            .rules
            .map(|rules| objects::config_map(NAMESPACE, &rules)),
    );
    if ground == Ground::Controlled {
        let mut replica_set = objects::replica_set(&pair);
        replica_set["metadata"]["namespace"] = NAMESPACE.into();
        objects.push(replica_set);
    }
    Drawn {
        rules: pair.rules().to_vec(),
        pod: pair.pod,
        settings: written.settings,
        objects,
    }
}

fn small(pair: &Pair) -> bool {
    pair.settings.to_string().len() < 32 * 1024
}

/// Marks the values of annotations, environment variables and arguments: in pod and rules alike, so
/// that what was equal stays equal.
fn conceal_pod(pod: &mut Value) {
    let annotations = pod.pointer_mut("/metadata/annotations");
    for (key, value) in annotations
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        // Some of these are read.
        if !key.contains("kubernetes.io") && !key.contains("kubewarden.io") {
            conceal(value);
        }
    }
    for list in ["/spec/containers", "/spec/initContainers"] {
        let containers = pod.pointer_mut(list).and_then(Value::as_array_mut);
        containers.into_iter().flatten().for_each(conceal_container);
    }
}

fn conceal_container(container: &mut Value) {
    let Some(container) = container.as_object_mut() else {
        return;
    };
    let env = container.get_mut("env").and_then(Value::as_array_mut);
    for variable in env.into_iter().flatten() {
        variable.get_mut("value").into_iter().for_each(conceal);
    }
    for words in ["command", "args"] {
        let words = container.get_mut(words).and_then(Value::as_array_mut);
        words.into_iter().flatten().for_each(conceal);
    }
}

fn conceal(value: &mut Value) {
    if let Value::String(text) = value {
        text.insert_str(0, SECRET);
    }
}
