//! Resources of the pod as a whole that the API server fills in from those of its containers.
//!
//! Source: `defaultHugePagePodLimits` and `defaultPodRequests` in
//! `k8s.io/kubernetes/pkg/apis/core/v1/defaults.go`.

use super::{Merge, MergeError};
use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::limit_ranger::Resources;
use kubernetes_pod::validation::Cause;
use lazy_json::Node;

/// A resource of the pod as a whole that a rule has removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemovedResource {
    pub(super) map: Resources,
    pub(super) name: String,
}

impl Merge<'_, '_> {
    /// The first resource of the pod as a whole that would come back.
    pub(super) fn undone_of_pod(&self, pod: &Node<'_>) -> Option<MergeError> {
        let spec = pod.get("spec")?;
        let resources = spec.get("resources")?;
        let mut removed = self.removed_of_pod.iter();
        let removed = removed.find(|removed| comes_back(spec, resources, removed))?;
        let spec = FieldPath::POD.field("spec");
        let resources = spec.field("resources");
        let map = resources.field(removed.map.field());
        Some(MergeError::Undone {
            place: map.key(&removed.name).place(),
            cause: Cause::ResourceFromContainers,
        })
    }
}

fn comes_back(spec: &Node<'_>, resources: &Node<'_>, removed: &RemovedResource) -> bool {
    let name = removed.name.as_str();
    let has = |map: Resources| {
        let map = resources.get(map.field());
        map.is_some_and(|map| map.get(name).is_some())
    };
    let has_any = |map: Resources| {
        let members = resources.get(map.field()).and_then(Node::members);
        members.is_some_and(|members| members.iter().any(|member| !member.value.is_null()))
    };
    if has(removed.map) {
        return false;
    }
    match removed.map {
        Resources::Requests => {
            matches!(name, "cpu" | "memory")
                && has_any(Resources::Limits)
                && any_container_has(spec, &Resources::ALL, name)
        }
        Resources::Limits => {
            name.starts_with("hugepages-")
                && (has_any(Resources::Limits) || has_any(Resources::Requests))
                && !has(Resources::Requests)
                && any_container_has(spec, &[Resources::Limits], name)
        }
    }
}

/// Whether a container names a resource in one of these maps. A limit is a request too.
fn any_container_has(spec: &Node<'_>, maps: &[Resources], name: &str) -> bool {
    let lists = ["containers", "initContainers"];
    let containers = lists.iter().filter_map(|list| spec.get(list)?.items());
    containers.flatten().any(|container| {
        let resources = container.get("resources");
        maps.iter().any(|map| {
            let map = resources.and_then(|resources| resources.get(map.field()));
            map.is_some_and(|map| map.get(name).is_some())
        })
    })
}
