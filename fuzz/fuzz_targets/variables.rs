//! Strings with variables, and pods whose values are anything: what comes of them is what a second,
//! simpler reading says.

#![no_main]

use injector::inject::deadline::Deadline;
use injector::inject::expansion::{Scope, VariableError, expanded};
use injector::request::Request;
use injector::variables::{Variable, parts};
use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::schema;
use lazy_json::Node;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

/// Longer values together are refused.
const MAX_INSERTED_BYTES: usize = 256 * 1024;

struct Values<'v> {
    name: Option<&'v str>,
    label: Option<&'v str>,
    image: Option<&'v str>,
    uid: Option<&'v str>,
}

enum Outcome {
    Text(String),
    Unresolved,
    Unreadable,
    TooMuch,
}

fuzz_target!(|input: (&str, [Option<&str>; 4])| {
    let (template, [name, label, image, uid]) = input;
    for error in parts(template).filter_map(Result::err) {
        let characters = template.chars().count();
        assert!(
            (1..=characters).contains(&error.at),
            "{error} in {template:?}"
        );
    }

    let values = Values {
        name,
        label,
        image,
        uid,
    };
    let (request, pod, container) = admission(&values);
    let [request, pod, container] = [&request, &pod, &container].map(|text| node(text));
    let deadline = Deadline::never();
    let scope = Scope::new(&pod, Request::new(&request), &deadline);
    let fragment = json!({"args": [template]}).to_string();
    let fragment = node(&fragment);
    let path = FieldPath::ROOT;
    let observed = expanded(
        &schema::CONTAINER,
        &fragment,
        &scope,
        Some(&container),
        &path,
    );
    match (observed, simple_reading(template, &values)) {
        (Ok(observed), Outcome::Text(expected)) => {
            let mut written = String::new();
            observed.as_ref().unwrap_or(&fragment).write(&mut written);
            let written: Value = serde_json::from_str(&written).expect("it is JSON");
            assert_eq!(written, json!({"args": [expected]}));
        }
        (Err(VariableError::Unresolved { .. }), Outcome::Unresolved)
        | (Err(VariableError::NotReadable { .. }), Outcome::Unreadable)
        | (Err(VariableError::TooMuch { .. }), Outcome::TooMuch) => {}
        (observed, _) => panic!("{observed:?} of {template:?}"),
    }
});

fn node(text: &str) -> Node<'_> {
    Node::parse(text).expect("it is JSON")
}

fn admission(values: &Values<'_>) -> (String, String, String) {
    let request = json!({"namespace": "n", "uid": values.uid});
    let pod = json!({"metadata": {"name": values.name, "labels": {"a": values.label}}});
    let container = json!({"name": "c", "image": values.image});
    (request.to_string(), pod.to_string(), container.to_string())
}

/// From the left, one character after the other.
fn simple_reading(template: &str, values: &Values<'_>) -> Outcome {
    let mut out = String::new();
    let mut inserted = 0;
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("$${") {
            out.push_str("${");
            rest = after;
            continue;
        }
        let Some(after) = rest.strip_prefix("${") else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let Some((inside, after)) = after.split_once('}') else {
            return Outcome::Unreadable;
        };
        if inside.contains("${") {
            return Outcome::Unreadable;
        }
        let (path, default) = inside
            .split_once(":-")
            .map_or((inside, None), |(path, default)| (path, Some(default)));
        let value = match path {
            "metadata.name" => values.name,
            "metadata.labels['a']" => values.label,
            "container.image" => values.image,
            "request.uid" => values.uid,
            "container.name" => Some("c"),
            "metadata.namespace" | "request.namespace" => Some("n"),
            // Of the other known ones the pod has none.
            path if Variable::parse(path).is_ok() => None,
            _ => return Outcome::Unreadable,
        };
        let value = value.filter(|value| default.is_none() || !value.is_empty());
        let Some(value) = value.or(default) else {
            return Outcome::Unresolved;
        };
        inserted += value.len();
        if inserted > MAX_INSERTED_BYTES {
            return Outcome::TooMuch;
        }
        out.push_str(value);
        rest = after;
    }
    Outcome::Text(out)
}
