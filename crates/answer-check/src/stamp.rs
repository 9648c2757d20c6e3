//! The stamp on a pod. See [`check`].

use event_record::{REQUEST_LABEL, STATUS_ANNOTATION};
use serde_json::Value;

use crate::answer::Answer;
use crate::broken::Broken;
use crate::request::Request;

/// The most bytes that a pod's annotations may have together.
const ANNOTATIONS_BYTES: usize = 256 * 1024;

/// Checks the stamp and the label of a pod as it is after the answer.
pub(crate) fn check(
    pod: &Value,
    request: &Request,
    answer: &Answer,
    secrets: &[&str],
) -> Result<(), Broken> {
    // A request whose rules or pod could not be read leaves the pod as it came.
    if answer.audit("failed-rules") == "*" && answer.mutated_object.is_none() {
        return Ok(());
    }
    let broken = |what: &str| Err(Broken::Stamp(format!("{what}: {}", pod["metadata"])));
    let label = &pod["metadata"]["labels"][REQUEST_LABEL];
    let has_failed = !answer.audit("failed-rules").is_empty();
    if !label.is_null() && (label != request.text("uid") || !has_failed) {
        return broken("the label is not this admission's");
    }
    let status = &pod["metadata"]["annotations"][STATUS_ANNOTATION];
    if status.is_null() {
        return Ok(());
    }
    let Some(text) = status.as_str() else {
        return broken("no text");
    };
    if secrets.iter().any(|secret| text.contains(secret)) {
        return Err(Broken::Leak(text.to_owned()));
    }
    let Ok(stamp) = serde_json::from_str::<Value>(text) else {
        return broken("no JSON");
    };
    let names = |list: &str| {
        let items = stamp[list].as_array().into_iter().flatten();
        let rules = items.map(|item| item.get("rule").unwrap_or(item));
        let rules: Vec<&str> = rules.filter_map(Value::as_str).collect();
        rules.join(",")
    };
    for (list, key) in [
        ("applied", "applied-rules"),
        ("idle", "idle-rules"),
        ("failed", "failed-rules"),
    ] {
        if names(list) != answer.audit(key) {
            return broken("it tells of other rules than the audit annotations");
        }
    }
    let items =
        ["applied", "idle", "failed"].map(|list| stamp[list].as_array().map_or(0, Vec::len));
    if items == [0, 0, 0] {
        return broken("no rule matched");
    }
    if size(pod) > ANNOTATIONS_BYTES && size_without_stamp(pod) <= ANNOTATIONS_BYTES {
        return broken("the stamp makes the annotations too large");
    }
    Ok(())
}

fn size(pod: &Value) -> usize {
    let annotations = pod["metadata"]["annotations"].as_object();
    let annotations = annotations.into_iter().flatten();
    let bytes = annotations.map(|(key, value)| key.len() + value.as_str().map_or(0, str::len));
    bytes.sum()
}

fn size_without_stamp(pod: &Value) -> usize {
    let stamp = pod["metadata"]["annotations"][STATUS_ANNOTATION].as_str();
    size(pod) - STATUS_ANNOTATION.len() - stamp.map_or(0, str::len)
}

/// A pod without the policy's stamp and label, and without maps that are empty then.
pub fn without_stamp(mut pod: Value) -> Value {
    let metadata = pod.get_mut("metadata").and_then(Value::as_object_mut);
    if let Some(metadata) = metadata {
        for (map, key) in [
            ("annotations", STATUS_ANNOTATION),
            ("labels", REQUEST_LABEL),
        ] {
            let Some(entries) = metadata.get_mut(map).and_then(Value::as_object_mut) else {
                continue;
            };
            entries.remove(key);
            if entries.is_empty() {
                metadata.remove(map);
            }
        }
    }
    pod
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::both(
        json!({"metadata": {"labels": {"a": "b", REQUEST_LABEL: "u"}, "annotations": {STATUS_ANNOTATION: "{}"}}}),
        json!({"metadata": {"labels": {"a": "b"}}})
    )]
    #[case::none(json!({"metadata": {"name": "web"}}), json!({"metadata": {"name": "web"}}))]
    fn takes_the_stamp_away(#[case] pod: Value, #[case] expected: Value) {
        assert_eq!(without_stamp(pod), expected);
    }
}
