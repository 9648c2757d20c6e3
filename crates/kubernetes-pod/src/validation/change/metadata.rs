//! The sizes of the pod and of its annotations.

use super::detect::Change;
use super::fields::of_metadata;
use super::found::Found;
use crate::limits::{self, ANNOTATIONS_BYTES, STORED_BYTES};
use crate::validation::cause::Cause;

pub(super) fn check_annotations(change: &Change<'_, '_>, found: &mut Found) {
    if !change.metadata.is_changed(of_metadata!("annotations")) {
        return;
    }
    let annotations = change.metadata.members_at("annotations");
    // Their JSON is longer than their values, and its length is known without reading the values.
    let written: usize = annotations
        .iter()
        .map(|member| member.key.name().len() + member.value.written_len())
        .sum();
    let size = || limits::annotations_size_without(change.pod, change.replaced_annotation);
    if written > ANNOTATIONS_BYTES && size() > ANNOTATIONS_BYTES {
        found.in_pod("metadata.annotations", Cause::AnnotationsSize);
    }
}

/// Checks that a pod which may be too large to be stored does not grow. The stored size is known
/// only roughly, so that such a pod may have been accepted before.
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
