//! Pods as authors write them: most are valid, and some have a few errors. See [`pod`].

use kubernetes_pod::limits::ANNOTATIONS_BYTES;
use kubernetes_pod::schema::POD;
use serde_json::{Map, Value, json};

use super::draw::Draw;
use super::pair::NEARLY_STORED;
use super::plan::Plan;
use super::recipes::lay_over;
use super::settle;
use super::walk::{Part, Walk};

/// A pod's manifest.
pub(crate) fn pod(plan: &Plan, draw: &mut Draw) -> Value {
    let careless = draw.weighted(&[(75, 0), (20, 1), (5, 6)]);
    let mut pod;
    if plan.is_plain {
        pod = plain();
        named(&mut pod, draw);
    } else {
        let mut walk = Walk {
            draw,
            part: Part::Pod,
            careless,
        };
        pod = walk.object(&POD);
        named(&mut pod, draw);
        shaped(&mut pod, draw);
    }
    for part in &plan.pods {
        pod = laid_over(pod, part);
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

/// A pod that has only what it needs.
fn plain() -> Map<String, Value> {
    let container = json!({"name": "app", "image": "shop:2.1"});
    let labels = json!({"app": "shop"});
    Map::from_iter([
        ("metadata".to_owned(), json!({"labels": labels})),
        ("spec".to_owned(), json!({"containers": [container]})),
    ])
}

/// Which part of a pod is as large as allowed.
#[derive(Debug, Clone, Copy)]
enum Size {
    Usual,
    Annotations,
    Whole,
}

/// An author's pod has a name. A controller's pod gets its name after the policy has seen it.
fn named(pod: &mut Map<String, Value>, draw: &mut Draw) {
    let metadata = pod.entry("metadata").or_insert_with(|| json!({}));
    if draw.chance(5) {
        // The longest name that a pod may have.
        metadata["name"] = "web".repeat(83).into();
    } else if draw.chance(60) {
        metadata["name"] = json!("web");
    } else {
        metadata["generateName"] = json!("web-5c9d7-");
    }
}

/// Makes kinds of pods that the walk over the schema draws too seldom.
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
    // Newer servers accept it, and no rule may set it.
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

/// Fills the annotations so that a whole stamp fits, a part of a stamp, or none.
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
    // The part may have containers or volumes of the same names as the pod.
    for list in ["containers", "initContainers", "volumes"] {
        merge_by_name(&mut pod["spec"], list);
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

/// Merges the items of a list that have the same name. Later fields win.
fn merge_by_name(spec: &mut Value, list: &str) {
    let Some(items) = spec.get_mut(list).and_then(Value::as_array_mut) else {
        return;
    };
    let mut merged: Vec<Value> = Vec::new();
    for item in items.drain(..) {
        let same = merged
            .iter_mut()
            .find(|other| !item["name"].is_null() && other["name"] == item["name"]);
        match (same, item) {
            (Some(Value::Object(same)), Value::Object(item)) if list != "volumes" => {
                same.extend(item);
            }
            (Some(same), item) => *same = item,
            (None, item) => merged.push(item),
        }
    }
    *items = merged;
}

/// Makes a pod nearly too large to be stored.
fn fill(pod: &mut Map<String, Value>) {
    let containers = settle::child(pod, "spec").and_then(|spec| spec.get_mut("containers"));
    if let Some(container) = containers.and_then(|containers| containers.get_mut(0)) {
        container["args"] = json!(["x".repeat(NEARLY_STORED)]);
    }
}
