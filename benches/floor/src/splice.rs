//! One label into the pod of a request.

use crate::json::{member, past_space, past_value};

const LABEL: &[u8] = br#""bench.pod-injector.io/floor":"true""#;
const BEFORE: &[u8] = br#"{"accepted":true,"mutated_object":"#;

/// The policy's answer to a `validate` payload: the pod's own bytes with one label more. `None`
/// where there is no pod with metadata.
pub fn answer(payload: &[u8]) -> Option<Vec<u8>> {
    let request = member(payload, past_space(payload, 0), b"request")?;
    let object = member(payload, request, b"object")?;
    let metadata = member(payload, object, b"metadata")?;
    if payload.get(metadata) != Some(&b'{') {
        return None;
    }
    let labels = member(payload, metadata, b"labels").filter(|at| payload.get(*at) == Some(&b'{'));
    let place = labels.unwrap_or(metadata) + 1;
    let (head, tail) = (
        payload.get(object..place)?,
        payload.get(place..past_value(payload, object)?)?,
    );

    let mut answer = Vec::with_capacity(BEFORE.len() + head.len() + tail.len() + 64);
    answer.extend_from_slice(BEFORE);
    answer.extend_from_slice(head);
    if labels.is_some() {
        answer.extend_from_slice(LABEL);
    } else {
        answer.extend_from_slice(br#""labels":{"#);
        answer.extend_from_slice(LABEL);
        answer.push(b'}');
    }
    if !tail.trim_ascii_start().starts_with(b"}") {
        answer.push(b',');
    }
    answer.extend_from_slice(tail);
    answer.push(b'}');
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    #[rstest]
    #[case::labels(json!({"labels": {"app": "web"}, "name": "x"}), json!({"app": "web"}))]
    #[case::empty_labels(json!({"labels": {}, "name": "x"}), json!({}))]
    #[case::no_labels(json!({"name": "x"}), json!({}))]
    #[case::empty_metadata(json!({}), json!({}))]
    #[case::labels_elsewhere(json!({"annotations": {"labels": "{"}}), json!({}))]
    fn adds_the_label(#[case] metadata: Value, #[case] labels: Value) {
        let object = json!({"kind": "Pod", "metadata": metadata, "spec": {"containers": []}});
        let payload =
            json!({"request": {"kind": {"kind": "Pod"}, "object": object}, "settings": {}});

        let answer = answer(payload.to_string().as_bytes()).expect("a pod was given");

        let mut expected = object;
        expected["metadata"]["labels"] = labels;
        expected["metadata"]["labels"]["bench.pod-injector.io/floor"] = "true".into();
        let answer: Value = serde_json::from_slice(&answer).expect("the answer is JSON");
        assert_eq!(
            answer,
            json!({"accepted": true, "mutated_object": expected})
        );
    }

    #[rstest]
    #[case::no_object(json!({"request": {}, "settings": {}}))]
    #[case::null_object(json!({"request": {"object": null}}))]
    #[case::not_a_request(json!([]))]
    fn leaves_others_alone(#[case] payload: Value) {
        assert_eq!(answer(payload.to_string().as_bytes()), None);
    }
}
