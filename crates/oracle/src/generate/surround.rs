//! What is around a pod and its rules: variables in the rules, rules that a `ConfigMap` holds, a
//! namespace that enforces a Pod Security level, and names of objects that the policy looks up.
//!
//! It is drawn apart from the rest, so that pods and rules are the same with it and without.

use injector::settings;
use serde_json::{Value, json};

use super::draw::Draw;
use super::vocabulary::{RUNTIME_CLASS, SERVICE_ACCOUNT, SYSTEM_CLASSES};

/// A Pod Security level that a namespace enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// None.
    #[default]
    Privileged,
    /// `baseline`.
    Baseline,
    /// `restricted`.
    Restricted,
}

/// Where a pair's rules and its pod are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// What the namespace enforces. Where it is anything, all rules want to meet it.
    pub level: Level,
    /// How many of the rules, from the last on, stand in a `ConfigMap`.
    pub in_config_map: usize,
    /// Whether they are written in YAML there, or in JSON.
    pub yaml: bool,
}

impl Level {
    /// Its name in a namespace's label.
    pub fn name(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// What is put in a text's place.
const VARIABLES: [&str; 10] = [
    "${metadata.name:-none}",
    "${metadata.generateName:-}",
    "${metadata.namespace}",
    "${metadata.labels['app']}",
    "${metadata.labels['team']:-x}",
    "${metadata.annotations['note']:-}",
    "${spec.serviceAccountName}",
    "${request.namespace}-${request.uid}",
    "$${literal}",
    "a${request.userInfo.username:-b}c",
];

const OF_CONTAINERS: [&str; 2] = ["${container.name}", "${container.image}"];

/// Surrounds a pair.
pub(super) fn surround(
    pod: &mut Value,
    settings: &mut Value,
    seed: u64,
    number: u64,
) -> Surroundings {
    let mut draw = Draw::new(!seed, number);
    let level = draw.weighted(&[
        (75, Level::Privileged),
        (15, Level::Baseline),
        (10, Level::Restricted),
    ]);
    if level == Level::Restricted && draw.chance(80) {
        harden(pod);
    }
    let rules = settings["rules"].as_array_mut();
    for rule in rules.into_iter().flatten() {
        if draw.chance(15) {
            replace(rule, name_objects, &mut draw);
        }
        if draw.chance(25) {
            let variables = |rule: &mut Value, draw: &mut Draw| {
                insert_variables(&mut rule["inject"]["pod"], &VARIABLES, draw);
                let patches = [&VARIABLES[..], &OF_CONTAINERS].concat();
                let entries = rule["inject"]["containers"].as_array_mut();
                for entry in entries.into_iter().flatten() {
                    insert_variables(&mut entry["patch"], &patches, draw);
                }
            };
            replace(rule, variables, &mut draw);
        }
        if level != Level::Privileged {
            rule["checkPodSecurity"] = true.into();
        }
    }
    let count = settings["rules"].as_array().map_or(0, Vec::len);
    let some = draw.chance(25);
    Surroundings {
        level,
        in_config_map: if some { draw.number(1..=count) } else { 0 },
        yaml: draw.bool(),
    }
}

/// Gives a pod what the level restricted demands, whatever else it has.
fn harden(pod: &mut Value) {
    let spec = &mut pod["spec"];
    spec["securityContext"] =
        json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
    for list in ["containers", "initContainers"] {
        for container in spec[list].as_array_mut().into_iter().flatten() {
            if container.is_object() {
                container["securityContext"] = json!({
                    "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
                });
            }
        }
    }
    // Null where there was none.
    if let Some(spec) = spec.as_object_mut() {
        spec.retain(|_, value| !value.is_null());
    }
}

/// Changes a rule, unless the check of the settings has something against it.
fn replace(rule: &mut Value, change: impl Fn(&mut Value, &mut Draw), draw: &mut Draw) {
    let mut changed = rule.clone();
    change(&mut changed, draw);
    if let Some(inject) = changed["inject"].as_object_mut() {
        inject.retain(|_, part| !part.is_null());
    }
    let problems = settings::check(&json!({"rules": [changed]}).to_string());
    if problems.found().is_empty() {
        *rule = changed;
    }
}

fn name_objects(rule: &mut Value, draw: &mut Draw) {
    let (field, names): (_, &[&str]) = draw.one_of(&[
        (
            "serviceAccountName",
            &["default", SERVICE_ACCOUNT, "absent"],
        ),
        ("priorityClassName", &SYSTEM_CLASSES),
        ("runtimeClassName", &[RUNTIME_CLASS, "absent"]),
    ]);
    rule["inject"]["pod"]["spec"][field] = draw.one_of(names).into();
}

fn insert_variables(value: &mut Value, variables: &[&str], draw: &mut Draw) {
    match value {
        Value::String(text) if draw.chance(20) => {
            let variable = draw.one_of(variables);
            match draw.number(0..=2) {
                0 => variable.clone_into(text),
                1 => text.push_str(variable),
                _ => text.insert_str(0, variable),
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| insert_variables(item, variables, draw)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|value| insert_variables(value, variables, draw)),
        _ => {}
    }
}
