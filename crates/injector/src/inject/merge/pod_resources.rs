//! Resources of the pod as a whole that the API server fills in from those of its containers.
//!
//! Source: `defaultHugePagePodLimits` and `defaultPodRequests` in
//! `k8s.io/kubernetes/pkg/apis/core/v1/defaults.go`.

use kubernetes_pod::containers;
use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::limit_ranger::ResourceMap;
use kubernetes_pod::validation::Cause;
use lazy_json::Node;

use super::edits::Merge;
use super::error::MergeError;
use super::removed::RemovedResource;

impl Merge<'_, '_> {
    /// The first removed resource of the pod as a whole that the API server would restore.
    pub(super) fn restored_of_pod(&self, pod: &Node<'_>) -> Option<MergeError> {
        let resources = pod.at(&["spec", "resources"])?;
        let mut removed = self.removed_of_pod.iter();
        let removed = removed.find(|removed| is_restored(pod, resources, removed))?;
        let spec = FieldPath::ROOT.field("spec");
        let resources = spec.field("resources");
        let map = resources.field(removed.map.field());
        Some(MergeError::Restored {
            place: map.key(&removed.name).place(),
            cause: Cause::ResourceFromContainers,
        })
    }
}

fn is_restored(pod: &Node<'_>, resources: &Node<'_>, removed: &RemovedResource) -> bool {
    let name = removed.name.as_str();
    let has = |map: ResourceMap| resources.at(&[map.field(), name]).is_some();
    let has_any = |map: ResourceMap| {
        let mut members = resources.members_at(map.field()).iter();
        members.any(|member| !member.value.is_null())
    };
    if has(removed.map) {
        return false;
    }
    match removed.map {
        ResourceMap::Requests => {
            matches!(name, "cpu" | "memory")
                && has_any(ResourceMap::Limits)
                && any_container_has(pod, &ResourceMap::ALL, name)
        }
        ResourceMap::Limits => {
            name.starts_with("hugepages-")
                && (has_any(ResourceMap::Limits) || has_any(ResourceMap::Requests))
                && !has(ResourceMap::Requests)
                && any_container_has(pod, &[ResourceMap::Limits], name)
        }
    }
}

/// Whether a container names a resource in one of these maps. A limit is a request too.
fn any_container_has(pod: &Node<'_>, maps: &[ResourceMap], name: &str) -> bool {
    let has = |container: &Node<'_>, map: &ResourceMap| {
        let path = ["resources", map.field(), name];
        container.at(&path).is_some()
    };
    containers::all(pod).any(|(_, container)| maps.iter().any(|map| has(container, map)))
}
