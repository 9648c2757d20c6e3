//! What is around a pod and its rules: the namespace and what it demands, a controller, variables in
//! the rules, rules in a `ConfigMap`, and names of objects that the policy looks up.
//!
//! Most of it is drawn apart from pods and rules. See [`surround`].

use injector::settings;
use serde_json::{Value, json};

use super::draw::Draw;
use super::drawn::Drawn;
use super::ground::{self, Ground};
use super::plan::Plan;
use super::scenarios::Need;
use super::spelling::{self, Spelling};
use super::vocabulary::{RUNTIME_CLASS, SERVICE_ACCOUNT, SYSTEM_CLASSES};

/// Where a pair's rules and its pod are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// The pod's namespace.
    pub ground: Ground,
    /// How many of the rules, from the last on, stand in a `ConfigMap`.
    pub in_config_map: usize,
    /// How those rules are written.
    pub spelling: Spelling,
    /// Whether the injected pod has to come again.
    pub round_trip: bool,
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
    plan: &Plan,
    drawn: &mut Drawn,
    (seed, number): (u64, u64),
) -> Surroundings {
    let mut draw = Draw::new(!seed, number);
    let ground = ground::draw(plan.need, &mut draw);
    ground::settle(pod, ground, number, &mut draw);
    let checks_limits = draw.bool();
    // A plan's rules are what they are: variables would take them to other places.
    let plain = !plan.rules.is_empty();
    for rule in settings["rules"].as_array_mut().into_iter().flatten() {
        if !plain && draw.chance(15) {
            replace(rule, name_objects, &mut draw);
        }
        if !plain && draw.chance(25) {
            replace(rule, variables, &mut draw);
        }
        if ground.level().is_enforced() {
            rule["checkPodSecurity"] = true.into();
        }
        if ground.has_limits() && checks_limits {
            // Policies of before this setting refuse it.
            replace(rule, |rule, _| rule["checkLimits"] = true.into(), &mut draw);
        }
    }
    let count = settings["rules"].as_array().map_or(0, Vec::len);
    let spelled = plan.need == Need::Spelled;
    let some = spelled || draw.chance(25);
    let in_config_map = match (some, spelled) {
        (true, true) => count,
        (true, false) => draw.number(1..=count),
        _ => 0,
    };
    let odd = (spelled || draw.chance(50)).then_some(number);
    let surroundings = Surroundings {
        ground,
        in_config_map,
        spelling: Spelling {
            yaml: draw.bool(),
            odd: odd
                .filter(|_| some)
                .map(|number| number.wrapping_add(seed << 32)),
        },
        round_trip: plan.need == Need::RoundTrip,
    };
    count_marks(settings, surroundings, drawn);
    surroundings
}

/// Counts the pair for its namespace and for the spellings of its rules.
fn count_marks(settings: &Value, surroundings: Surroundings, drawn: &mut Drawn) {
    if let Some(mark) = surroundings.ground.mark() {
        drawn.mark(mark);
    }
    let rules = settings["rules"].as_array().map_or(&[][..], |rules| rules);
    let rules = &rules[rules.len().saturating_sub(surroundings.in_config_map)..];
    let mut marks = spelling::text(rules, surroundings.spelling).marks;
    marks.sort_unstable();
    marks.dedup();
    for mark in marks {
        drawn.mark(mark);
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

fn variables(rule: &mut Value, draw: &mut Draw) {
    insert_variables(&mut rule["inject"]["pod"], &VARIABLES, draw);
    let patches = [&VARIABLES[..], &OF_CONTAINERS].concat();
    let entries = rule["inject"]["containers"].as_array_mut();
    for entry in entries.into_iter().flatten() {
        insert_variables(&mut entry["patch"], &patches, draw);
    }
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
