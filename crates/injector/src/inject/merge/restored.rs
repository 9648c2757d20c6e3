//! Notes the removed resources that the API server or its `LimitRanger` plugin would restore.

use std::collections::BTreeSet;

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::limit_ranger::ResourceMap;
use kubernetes_pod::validation::Cause;
use lazy_json::Node;

use super::edits::Merge;
use super::error::MergeError;
use super::removed::{RemovedResource, RemovedResources};

impl Merge<'_, '_> {
    /// Notes the first resource that would be restored if a rule removes all of them.
    pub(super) fn note_removed_resources(&mut self, target: &Node<'_>, path: &FieldPath<'_>) {
        for map in ResourceMap::ALL {
            for member in target.members_at(map.field()) {
                let name = member.key.name();
                if path.place().container.is_some()
                    && self.original.limit_ranger().has_default(map, &name)
                {
                    self.note_restored(map, &name, Cause::ResourceOfLimitRanger, path);
                }
            }
        }
    }

    /// Notes the first removed resource that would be restored.
    pub(super) fn note_removed(
        &mut self,
        target: &Node<'_>,
        removed: &[RemovedResources],
        names: &BTreeSet<String>,
        path: &FieldPath<'_>,
    ) {
        let is_containers = path.place().container.is_some();
        for removed in removed {
            let map = removed.map;
            for name in names.iter().filter(|name| removed.has(name)) {
                let has_limit = ResourceMap::Limits.get(target, name).is_some();
                if map == ResourceMap::Requests && has_limit {
                    self.note_restored(map, name, Cause::RequestFromLimit, path);
                } else if is_containers && self.original.limit_ranger().has_default(map, name) {
                    self.note_restored(map, name, Cause::ResourceOfLimitRanger, path);
                }
            }
        }
    }

    /// Notes the removed resources of the pod as a whole. Its containers decide later whether they
    /// would be restored.
    pub(super) fn note_removed_of_pod(
        &mut self,
        target: &Node<'_>,
        removed: &[RemovedResources],
        names: &BTreeSet<String>,
        path: &FieldPath<'_>,
    ) {
        if path.place().container.is_some() {
            return;
        }
        for removed in removed {
            let map = removed.map;
            let names = names.iter();
            let names = names.filter(|name| removed.has(name) && map.get(target, name).is_some());
            self.removed_of_pod
                .extend(names.map(|name| RemovedResource {
                    map,
                    name: name.clone(),
                }));
        }
    }

    fn note_restored(&mut self, map: ResourceMap, name: &str, cause: Cause, path: &FieldPath<'_>) {
        let map = path.field(map.field());
        let place = || map.key(name).place();
        self.restored.get_or_insert_with(|| MergeError::Restored {
            place: place(),
            cause,
        });
    }
}
