//! How much a pod may hold.

use lazy_json::Node;

use super::detect::Change;
use super::fields::of_metadata;
use super::found::Found;
use crate::limits::{self, ANNOTATIONS_BYTES, STORED_BYTES};
use crate::validation::cause::Cause;

pub(super) fn check_annotations(change: &Change<'_, '_>, found: &mut Found) {
    if !change.metadata.is_touched(of_metadata!("annotations")) {
        return;
    }
    let annotations = change.metadata.get("annotations").and_then(Node::members);
    let annotations = annotations.unwrap_or_default();
    // As JSON they are longer, and their length is known without reading them.
    let written: usize = annotations
        .iter()
        .map(|member| member.key.name().len() + member.value.written_len())
        .sum();
    let size = || limits::annotations_size_without(change.pod, change.replaced_annotation);
    if written > ANNOTATIONS_BYTES && size() > ANNOTATIONS_BYTES {
        found.in_pod("metadata.annotations", Cause::AnnotationsSize);
    }
}

/// What a pod takes in the store is known only roughly, so that a pod that seems to be too large
/// may be stored all the same: it must not grow.
pub(super) fn check_size(change: &Change<'_, '_>, found: &mut Found) {
    if change.pod.written_len() <= STORED_BYTES {
        return;
    }
    let Some(before) = change.pod_before else {
        return;
    };
    let after = limits::stored_at_most(change.pod);
    if after > STORED_BYTES && after > limits::stored_at_most(before) {
        found.in_pod("spec", Cause::PodSize);
    }
}
