//! Rules from the same vocabulary as the pods, and from parts of the pod itself. See [`settings`].

use kubernetes_pod::schema::{CONTAINER, Field, Kind, POD, Type};
use serde_json::{Map, Value, json};

use super::disturb::disturb;
use super::draw::Draw;
use super::drawn::Drawn;
use super::pair::NEARLY_STORED;
use super::plan::Plan;
use super::walk::{Part, Walk, may_set};
use super::{repair, vocabulary};

/// Settings for a pod, which pass the policy's own check.
pub(crate) fn settings(pod: &Value, plan: &Plan, draw: &mut Draw) -> (Value, Drawn) {
    let mut drawn = Drawn::default();
    let unknown_fields = if plan.unknown_fields {
        "Allow"
    } else if plan.rules.is_empty() {
        draw.weighted(&[(3, "Refuse"), (1, "Allow")])
    } else {
        "Refuse"
    };
    let mut rules = planned(plan, unknown_fields, &mut drawn);
    let wanted = if plan.rules.is_empty() {
        draw.weighted(&[(3, 1), (3, 2), (3, 3), (2, 4), (2, 5), (2, 6)])
    } else {
        // Settings without rules are refused.
        let others = draw.weighted(&[(6, 0), (2, 1), (1, 3)]);
        (rules.len() + others).max(1)
    };
    while rules.len() < wanted {
        let mut rule = rule(pod, rules.len(), draw);
        if draw.chance(30) {
            disturb(&mut rule["inject"], unknown_fields == "Allow", draw);
        }
        match repair::repaired(&rule, unknown_fields, &mut drawn.causes) {
            Some(repaired) => {
                let count = if repaired == rule {
                    &mut drawn.valid
                } else {
                    &mut drawn.repaired
                };
                *count += 1;
                rules.push(repaired);
            }
            None => drawn.discarded += 1,
        }
    }
    // Large rules are rare, except for large pods.
    let large = pod.to_string().len() > NEARLY_STORED;
    if draw.chance(if large { 60 } else { 4 }) {
        rules.insert(0, large_rule(draw));
    }
    let mut settings = json!({"rules": rules});
    if unknown_fields == "Allow" {
        settings["unknownFields"] = unknown_fields.into();
    }
    if draw.chance(10) {
        settings["stamp"] = false.into();
    }
    if draw.chance(10) {
        settings["optOut"] = false.into();
    }
    (settings, drawn)
}

/// The rules of the plan, without the parts that the check of the settings refuses.
fn planned(plan: &Plan, unknown_fields: &str, drawn: &mut Drawn) -> Vec<Value> {
    let mut rules = Vec::new();
    let mut refused = false;
    for (index, rule) in plan.rules.iter().enumerate() {
        let mut rule = rule.clone();
        rule["name"] = format!("planned-{}", index + 1).into();
        let repaired = repair::repaired(&rule, unknown_fields, &mut drawn.causes);
        refused |= repaired.as_ref() != Some(&rule);
        rules.extend(repaired);
    }
    for mark in plan.marks.iter().filter(|_| refused) {
        drawn.mark_refused(mark);
    }
    rules
}

fn rule(pod: &Value, index: usize, draw: &mut Draw) -> Value {
    let mut rule = json!({"name": format!("rule-{}", index + 1), "inject": {}});
    let shape = draw.weighted(&[(3, (true, false)), (3, (false, true)), (2, (true, true))]);
    if shape.0 {
        rule["inject"]["pod"] = fragment(pod, draw);
    }
    if shape.1 {
        let entries = draw.weighted(&[(4, 1), (1, 2)]);
        let entries: Vec<Value> = (0..entries).map(|_| patch(pod, draw)).collect();
        rule["inject"]["containers"] = entries.into();
    }
    if draw.chance(25) {
        rule["match"] = matches(draw);
    }
    if draw.chance(20) {
        let list = draw.one_of(&["containers", "env", "envFrom", "initContainers"]);
        rule["prepend"] = json!([list]);
    }
    let on_conflict = draw.weighted(&[(4, "Report"), (3, "Keep"), (5, "Replace")]);
    if on_conflict != "Report" {
        rule["onConflict"] = on_conflict.into();
    }
    rule
}

/// A rule with a very large annotation.
fn large_rule(draw: &mut Draw) -> Value {
    let length = draw.number(10..=250) * 1024;
    let annotations = json!({"example.com/large": "y".repeat(length)});
    json!({"name": "large", "inject": {"pod": {"metadata": {"annotations": annotations}}}})
}

/// A `match` that selects most pods.
fn matches(draw: &mut Draw) -> Value {
    let mut matches = Map::new();
    if draw.chance(30) {
        let globs = draw.weighted(&[(4, "*"), (1, "team-*")]);
        matches.insert("namespaces".to_owned(), json!({"include": [globs]}));
    }
    for (selector, key) in [
        ("labelSelector", "app"),
        ("labelSelector", "team"),
        ("annotationSelector", "note"),
    ] {
        if draw.chance(25) {
            let operator = draw.one_of(&["Exists", "DoesNotExist"]);
            let expression = json!({"matchExpressions": [{"key": key, "operator": operator}]});
            matches.insert(selector.to_owned(), expression);
        }
    }
    matches.into()
}

fn walk(draw: &mut Draw) -> Walk<'_> {
    let careless = draw.weighted(&[(9, 0), (1, 3)]);
    Walk {
        draw,
        part: Part::Rule,
        careless,
    }
}

/// A partial Pod: a few fields of its spec, and labels or annotations.
fn fragment(pod: &Value, draw: &mut Draw) -> Value {
    let mut fragment = json!({});
    let (metadata, spec) =
        draw.weighted(&[(1, (true, false)), (6, (false, true)), (3, (true, true))]);
    if metadata && let Some(Kind::Object(ty)) = POD.field("metadata").map(|field| &field.kind) {
        fragment["metadata"] = partial(ty, pod.get("metadata"), 1, draw).into();
    }
    if spec && let Some(Kind::Object(ty)) = POD.field("spec").map(|field| &field.kind) {
        let fields = draw.weighted(&[(3, 1), (3, 2), (2, 3), (1, 5)]);
        fragment["spec"] = partial(ty, pod.get("spec"), fields, draw).into();
    }
    fragment
}

/// An entry of `containers`: a selection and a patch.
fn patch(pod: &Value, draw: &mut Draw) -> Value {
    let mut entry = json!({});
    if draw.chance(40) {
        let name = draw.one_of(&vocabulary::CONTAINERS);
        let which = draw.weighted(&[(3, "include"), (1, "exclude")]);
        entry[which] = json!([name]);
    }
    if draw.chance(20) {
        let kind = draw.one_of(&["Container", "InitContainer", "Sidecar"]);
        entry["kinds"] = json!([kind]);
    }
    let container = pod
        .pointer("/spec/containers/0")
        .or_else(|| pod.pointer("/spec/initContainers/0"));
    let fields = draw.weighted(&[(3, 1), (3, 2), (2, 3), (1, 5)]);
    let mut patch = partial(&CONTAINER, container, fields, draw);
    patch.remove("name");
    entry["patch"] = patch.into();
    entry
}

/// An object with up to this many fields, some of them copied from the pod.
fn partial(
    ty: &'static Type,
    pods: Option<&Value>,
    fields: usize,
    draw: &mut Draw,
) -> Map<String, Value> {
    let mut object = Map::new();
    let choices: Vec<(u32, &'static Field)> = ty
        .fields
        .iter()
        .filter(|field| may_set(Part::Rule, ty, field))
        .map(|field| (weight(ty, field), field))
        .collect();
    for _ in 0..fields {
        let field = draw.weighted(&choices);
        let pods = pods.and_then(|pods| pods.get(field.name));
        let value = match pods {
            Some(value) if draw.chance(40) => taken(ty, field, value, draw),
            _ => walk(draw).field(ty, field),
        };
        object.insert(field.name.to_owned(), value);
    }
    remove_some(ty, &mut object, draw);
    object
}

/// A copy of the pod's value, often with one change.
fn taken(ty: &'static Type, field: &Field, value: &Value, draw: &mut Draw) -> Value {
    let mut one = Map::from_iter([(field.name.to_owned(), value.clone())]);
    if draw.chance(60) {
        walk(draw).vary(ty, &mut one);
    }
    one.remove(field.name).unwrap_or_default()
}

/// How often a field is drawn. Fields of typical rules and fields that others depend on are drawn
/// most.
#[expect(clippy::match_same_arms, reason = "a table, by type")]
fn weight(ty: &Type, field: &Field) -> u32 {
    match (ty.name, field.name) {
        ("PodSpec", "volumes") => 12,
        ("PodSpec", "containers" | "initContainers") => 8,
        ("PodSpec", "securityContext") => 5,
        ("PodSpec", "hostNetwork" | "hostUsers" | "os" | "resources" | "tolerations") => 3,
        ("Container", "env" | "volumeMounts") => 7,
        ("Container", "ports" | "resources" | "securityContext") => 5,
        ("Container", "volumeDevices" | "image" | "restartPolicy") => 3,
        ("ObjectMeta", _) => 3,
        _ => 2,
    }
}

/// Turns some values into removals: of an item by its merge keys, or of a field.
fn remove_some(ty: &'static Type, object: &mut Map<String, Value>, draw: &mut Draw) {
    for (name, value) in object.iter_mut() {
        let kind = ty.field(name).map(|field| &field.kind);
        match (kind, value) {
            (
                Some(Kind::List(kubernetes_pod::schema::List::Keyed(keys), _)),
                Value::Array(items),
            ) => {
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    if draw.chance(8) {
                        item.retain(|key, _| keys.contains(&key.as_str()));
                        item.insert("$patch".to_owned(), json!("delete"));
                    } else if draw.chance(10) {
                        remove_field(item, draw);
                    }
                }
            }
            (Some(_), value) if draw.chance(3) => *value = Value::Null,
            (Some(_), Value::Object(object)) if draw.chance(8) => remove_field(object, draw),
            _ => {}
        }
    }
}

fn remove_field(object: &mut Map<String, Value>, draw: &mut Draw) {
    if object.is_empty() {
        return;
    }
    let position = draw.number(0..=object.len() - 1);
    if let Some(value) = object.values_mut().nth(position) {
        *value = Value::Null;
    }
}
