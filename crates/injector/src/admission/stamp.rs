//! The stamp: an annotation of the pod that says which rules were applied and which failed. See
//! [`stamp`].

use event_record::{REQUEST_LABEL, STATUS_ANNOTATION};
use kubernetes_pod::limits;
use kubernetes_pod::names;
use lazy_json::Node;
use serde::Serialize;

use crate::inject::Evaluation;

#[derive(Serialize)]
struct Status<'e> {
    applied: &'e [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    idle: &'e [String],
    failed: Vec<FailedRule<'e>>,
}

#[derive(Serialize)]
struct FailedRule<'e> {
    rule: &'e str,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'e str>,
}

/// Writes the stamp. Removes a stamp that came with the pod: the manifest was copied from a pod of
/// an earlier admission.
pub fn stamp(evaluation: &mut Evaluation<'_>, request_uid: &str, enabled: bool) {
    let matched = !evaluation.applied.is_empty()
        || !evaluation.idle.is_empty()
        || !evaluation.failed.is_empty();
    let status = if enabled && matched {
        status_that_fits(evaluation)
    } else {
        None
    };
    let label = (enabled
        && limits::can_be_stored(&evaluation.pod, request_uid.len())
        && !evaluation.failed.is_empty()
        && !request_uid.is_empty()
        && names::label_value(request_uid).is_ok())
    .then_some(request_uid);
    let pod = &mut evaluation.pod;
    let mut changed = write(pod, "annotations", STATUS_ANNOTATION, status.as_deref());
    changed |= write(pod, "labels", REQUEST_LABEL, label);
    evaluation.changed |= changed;
}

/// The status: with messages if the pod has room for them, else without. `None` if there is no room
/// at all.
fn status_that_fits(evaluation: &Evaluation<'_>) -> Option<String> {
    let others = limits::annotations_size_without(&evaluation.pod, STATUS_ANNOTATION);
    [true, false]
        .into_iter()
        .map(|with_messages| status(evaluation, with_messages))
        .find(|status| {
            let stamp = STATUS_ANNOTATION.len() + status.len();
            others + stamp <= limits::ANNOTATIONS_BYTES
                && limits::can_be_stored(&evaluation.pod, stamp)
        })
}

fn status(evaluation: &Evaluation<'_>, with_messages: bool) -> String {
    let failed = evaluation.failed.iter().map(|failure| FailedRule {
        rule: &failure.rule,
        reason: failure.reason.as_str(),
        message: with_messages.then_some(failure.message.as_str()),
    });
    let status = Status {
        applied: &evaluation.applied,
        idle: &evaluation.idle,
        failed: failed.collect(),
    };
    // Serializing strings and lists can't fail.
    serde_json::to_string(&status).unwrap_or_default()
}

/// Sets or removes one label or annotation. Returns whether that changed the pod.
fn write(pod: &mut Node<'_>, map: &str, key: &str, value: Option<&str>) -> bool {
    let existing = pod.at(&["metadata", map, key]);
    if value.is_some() && existing.and_then(Node::as_str) == value {
        return false;
    }
    match value {
        None if existing.is_none() => false,
        None => pod
            .get_mut("metadata")
            .and_then(|metadata| metadata.get_mut(map))
            .is_some_and(|map| map.remove(key)),
        Some(value) => {
            let metadata = object(pod, "metadata");
            let map = metadata.and_then(|metadata| object(metadata, map));
            map.map(|map| map.set(key, Node::string(value.to_owned())))
                .is_some()
        }
    }
}

/// The object under a key. It is created if it is absent.
fn object<'n, 'a>(parent: &'n mut Node<'a>, key: &str) -> Option<&'n mut Node<'a>> {
    if parent.get(key).is_none() {
        parent.set(key, Node::object(Vec::new()));
    }
    parent.get_mut(key).filter(|node| node.members().is_some())
}
