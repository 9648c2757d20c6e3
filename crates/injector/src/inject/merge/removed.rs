//! The resources that a rule removes from requests and limits.

use std::collections::BTreeSet;

use kubernetes_pod::limit_ranger::ResourceMap;
use lazy_json::Node;

/// A resource of the pod as a whole that a rule has removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemovedResource {
    pub(super) map: ResourceMap,
    pub(super) name: String,
}

/// The resources that a rule removes from one of the two maps.
pub(super) struct RemovedResources {
    pub(super) map: ResourceMap,
    /// The rule removes the whole map.
    all: bool,
    names: BTreeSet<String>,
}

impl RemovedResources {
    /// The resources that a rule's fragment removes from a map.
    pub(super) fn of(patch: &Node<'_>, map: ResourceMap) -> Self {
        let members = patch.members_at(map.field()).iter();
        let nulls = members.filter(|member| member.value.is_null());
        Self {
            map,
            all: removes_all(patch, map),
            names: nulls.map(|member| member.key.name().into_owned()).collect(),
        }
    }

    /// Whether a resource is removed.
    pub(super) fn has(&self, name: &str) -> bool {
        self.all || self.names.contains(name)
    }
}

/// Whether a rule's fragment removes a whole map.
pub(super) fn removes_all(patch: &Node<'_>, map: ResourceMap) -> bool {
    let mut members = patch.members().unwrap_or_default().iter();
    members.any(|member| member.key.is(map.field()) && member.value.is_null())
}
