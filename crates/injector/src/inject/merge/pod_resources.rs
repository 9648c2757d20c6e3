//! Resources of the pod as a whole that the API server fills in from those of its containers.
//!
//! Source: `defaultHugePagePodLimits` and `defaultPodRequests` in
//! `k8s.io/kubernetes/pkg/apis/core/v1/defaults.go`.

use kubernetes_pod::containers;
use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::limit_ranger::Resources;
use kubernetes_pod::validation::Cause;
use lazy_json::Node;

use super::edits::Merge;
use super::error::MergeError;
use super::removed::RemovedResource;

impl Merge<'_, '_> {
    /// The first removed resource of the pod as a whole that the API server would set again.
    pub(super) fn undone_of_pod(&self, pod: &Node<'_>) -> Option<MergeError> {
        let resources = pod.at(&["spec", "resources"])?;
        let mut removed = self.removed_of_pod.iter();
        let removed = removed.find(|removed| is_set_again(pod, resources, removed))?;
        let spec = FieldPath::ROOT.field("spec");
        let resources = spec.field("resources");
        let map = resources.field(removed.map.field());
        Some(MergeError::Undone {
            place: map.key(&removed.name).place(),
            cause: Cause::ResourceFromContainers,
        })
    }
}

fn is_set_again(pod: &Node<'_>, resources: &Node<'_>, removed: &RemovedResource) -> bool {
    let name = removed.name.as_str();
    let has = |map: Resources| resources.at(&[map.field(), name]).is_some();
    let has_any = |map: Resources| {
        let mut members = resources.members_at(map.field()).iter();
        members.any(|member| !member.value.is_null())
    };
    if has(removed.map) {
        return false;
    }
    match removed.map {
        Resources::Requests => {
            matches!(name, "cpu" | "memory")
                && has_any(Resources::Limits)
                && any_container_has(pod, &Resources::ALL, name)
        }
        Resources::Limits => {
            name.starts_with("hugepages-")
                && (has_any(Resources::Limits) || has_any(Resources::Requests))
                && !has(Resources::Requests)
                && any_container_has(pod, &[Resources::Limits], name)
        }
    }
}

/// Whether a container names a resource in one of these maps. A limit is a request too.
fn any_container_has(pod: &Node<'_>, maps: &[Resources], name: &str) -> bool {
    let has = |container: &Node<'_>, map: &Resources| {
        let path = ["resources", map.field(), name];
        container.at(&path).is_some()
    };
    containers::all(pod).any(|(_, container)| maps.iter().any(|map| has(container, map)))
}
