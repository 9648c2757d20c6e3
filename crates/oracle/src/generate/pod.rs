//! Pods, as authors write them: valid ones, and ones that are nearly so.

use kubernetes_pod::limits::ANNOTATIONS_BYTES;
use kubernetes_pod::schema::POD;
use serde_json::{Map, Value, json};

use super::draw::Draw;
use super::recipes::{Recipe, lay_over};
use super::settle;
use super::walk::{Part, Walk};

/// More than this, and a rule may make too much of it. The store takes 1.5 MiB.
pub(crate) const NEARLY_STORED: usize = 1400 * 1024;

/// A pod's manifest.
pub(crate) fn pod(recipe: Option<&Recipe>, draw: &mut Draw) -> Value {
    let careless = draw.weighted(&[(75, 0), (20, 1), (5, 6)]);
    let mut walk = Walk {
        draw,
        part: Part::Pod,
        careless,
    };
    let mut pod = walk.object(&POD);
    named(&mut pod, draw);
    shaped(&mut pod, draw);
    if let Some(recipe) = recipe {
        pod = laid_over(pod, &recipe.pod);
    }
    if !draw.chance(careless) {
        settle::pod(&mut pod, draw);
    }
    match draw.weighted(&[(96, Size::Usual), (3, Size::Annotations), (1, Size::Whole)]) {
        Size::Usual => {}
        Size::Annotations => fill_annotations(&mut pod, draw),
        Size::Whole => fill(&mut pod),
    }
    pod.insert("apiVersion".to_owned(), json!("v1"));
    pod.insert("kind".to_owned(), json!("Pod"));
    pod.into()
}

/// What of a pod is as large as it may be.
#[derive(Debug, Clone, Copy)]
enum Size {
    Usual,
    Annotations,
    Whole,
}

/// A pod of an author has a name, one of a controller gets it after the policy has seen it.
fn named(pod: &mut Map<String, Value>, draw: &mut Draw) {
    let metadata = pod.entry("metadata").or_insert_with(|| json!({}));
    if draw.chance(5) {
        // So long that nothing fits behind it.
        metadata["name"] = "web".repeat(83).into();
    } else if draw.chance(60) {
        metadata["name"] = json!("web");
    } else {
        metadata["generateName"] = json!("web-5c9d7-");
    }
}

/// Kinds of pods that chance alone would make too seldom.
fn shaped(pod: &mut Map<String, Value>, draw: &mut Draw) {
    let Some(spec) = settle::child(pod, "spec") else {
        return;
    };
    if draw.chance(8) {
        spec.insert("os".to_owned(), json!({"name": "windows"}));
    }
    if draw.chance(8) {
        spec.insert("hostNetwork".to_owned(), true.into());
    }
    if draw.chance(4) {
        spec.insert("hostUsers".to_owned(), false.into());
    }
    if draw.chance(40) {
        for container in settle::items(spec, "initContainers") {
            container.insert("restartPolicy".to_owned(), json!("Always"));
        }
    }
    // What only newer servers take, a rule can't set.
    if draw.chance(4) {
        for container in settle::items(spec, "containers") {
            container.insert("restartPolicy".to_owned(), json!("OnFailure"));
        }
    }
    if draw.chance(1) {
        many_containers(spec);
    }
}

fn many_containers(spec: &mut Map<String, Value>) {
    let many = (0..100).map(|number| json!({"name": format!("c{number}"), "image": "shop:2.1"}));
    if let Some(containers) = spec.get_mut("containers").and_then(Value::as_array_mut) {
        containers.extend(many);
    }
}

/// Annotations that leave room for a stamp, for a part of it, or for none.
fn fill_annotations(pod: &mut Map<String, Value>, draw: &mut Draw) {
    const KEY: &str = "example.com/manifest";
    let room = draw.one_of(&[0, 20, 60, 120, 400, 2000]);
    let Some(metadata) = settle::child(pod, "metadata") else {
        return;
    };
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    let Some(annotations) = annotations.as_object_mut() else {
        return;
    };
    let taken: usize = annotations
        .iter()
        .map(|(key, value)| key.len() + value.as_str().map_or(0, str::len))
        .sum();
    let left = ANNOTATIONS_BYTES.saturating_sub(taken + KEY.len() + room);
    annotations.insert(KEY.to_owned(), "x".repeat(left).into());
}

fn laid_over(pod: Map<String, Value>, part: &Value) -> Map<String, Value> {
    let mut pod = Value::Object(pod);
    for field in ["metadata", "spec"] {
        if let Some(part) = part.get(field) {
            lay_over(&mut pod[field], part);
        }
    }
    let container = pod.pointer_mut("/spec/containers/0");
    if let (Some(container), Some(part)) = (container, part.get("container")) {
        lay_over(container, part);
    }
    match pod {
        Value::Object(pod) => pod,
        _ => Map::new(),
    }
}

/// A pod that can just be stored.
fn fill(pod: &mut Map<String, Value>) {
    let containers = settle::child(pod, "spec").and_then(|spec| spec.get_mut("containers"));
    if let Some(container) = containers.and_then(|containers| containers.get_mut(0)) {
        container["args"] = json!(["x".repeat(NEARLY_STORED)]);
    }
}
