//! Which pairs try what. See [`lay_out`].

use serde_json::{Value, json};

use super::aim;
use super::draw::Draw;
use super::plan::Plan;
use super::recipes::{self, Recipe};
use super::scenarios;

/// The mark of a rule that meets two causes at one place.
pub(crate) const TWO_CAUSES: &str = "two causes at one place";
/// The mark of a pod that has one cause before a rule adds another one.
pub(crate) const CAUSE_BEFORE: &str = "a cause before the rule's own";

/// Lays out the pair of this number. Of ten pairs four aim at one field of the schema, and the
/// others are laid out by chance.
pub(crate) fn lay_out(number: u64, draw: &mut Draw) -> Plan {
    const AIMED: u64 = 4;
    if number % 10 < AIMED {
        return aim::plan(number / 10 * AIMED + number % 10, draw);
    }
    match draw.weighted(&[(45, 0), (15, 1), (13, 2), (7, 3), (20, 4)]) {
        0 => of_scenario(draw),
        1 => of_recipes(&[draw.item(&recipes::RECIPES)], draw),
        2 => {
            let first = draw.item(&recipes::RECIPES);
            let second = partner(first, draw);
            Plan {
                marks: vec![TWO_CAUSES],
                ..of_recipes(&[first, second], draw)
            }
        }
        3 => {
            let rule = draw.item(&recipes::RECIPES);
            let before = partner(rule, draw);
            let mut plan = of_recipes(&[rule], draw);
            plan.pods.push(as_author(&before.inject));
            plan.pods.push(before.pod.clone());
            plan.causes = 2;
            plan.marks = vec![CAUSE_BEFORE];
            plan
        }
        _ => Plan::default(),
    }
}

fn of_recipes(parts: &[&Recipe], draw: &mut Draw) -> Plan {
    let on_conflict = draw.weighted(&[(1, "Report"), (4, "Replace")]);
    let mut inject = json!({});
    for part in parts {
        recipes::lay_over(&mut inject, &part.inject);
    }
    Plan {
        pods: parts.iter().map(|part| part.pod.clone()).collect(),
        rules: vec![json!({"inject": inject, "onConflict": on_conflict})],
        unknown_fields: parts.iter().any(|part| part.has_unknown_fields()),
        causes: parts.len(),
        is_plain: draw.bool(),
        ..Plan::default()
    }
}

/// Another recipe for the same part of a pod, if there is one.
fn partner(recipe: &Recipe, draw: &mut Draw) -> &'static Recipe {
    let place = recipe.place();
    let others: Vec<&'static Recipe> = recipes::RECIPES
        .iter()
        .filter(|other| other.place() == place && other.cause != recipe.cause)
        .collect();
    if others.is_empty() {
        draw.item(&recipes::RECIPES)
    } else {
        let other: &&Recipe = draw.item(&others);
        other
    }
}

/// What a rule sets, as if the pod's author had written it.
fn as_author(inject: &Value) -> Value {
    let pod = &inject["pod"];
    let mut part = json!({});
    for field in ["metadata", "spec"] {
        if pod[field].is_object() {
            part[field] = pod[field].clone();
        }
    }
    for entry in inject["containers"].as_array().into_iter().flatten() {
        recipes::lay_over(&mut part["container"], &entry["patch"]);
    }
    part
}

fn of_scenario(draw: &mut Draw) -> Plan {
    let scenario = draw.item(&scenarios::SCENARIOS);
    let laid = (scenario.lay)(draw);
    Plan {
        unknown_fields: laid.unknown_fields,
        pods: laid.pods,
        rules: laid.rules,
        need: scenario.need,
        marks: vec![scenario.name],
        is_plain: draw.chance(60),
        ..Plan::default()
    }
}
