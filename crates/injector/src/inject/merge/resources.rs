//! Merging requests and limits. The API server copies a limit to a missing request, and its
//! `LimitRanger` plugin sets a namespace's defaults, both before the webhooks and after them. Such
//! values do not conflict with a rule, and they are restored if a rule removes them.
//!
//! Source: `kubernetes.io/docs/concepts/configuration/manage-resources-containers` (a limit
//! without a request), `kubernetes.io/docs/concepts/policy/limit-range`.

use std::collections::BTreeSet;

use kubernetes_pod::equality::equal;
use kubernetes_pod::field_path::{ContainerName, FieldPath};
use kubernetes_pod::limit_ranger::ResourceMap;
use kubernetes_pod::quantity;
use kubernetes_pod::schema::{Kind, Type};
use lazy_json::Node;

use super::edits::Merge;
use super::error::MergeError;
use super::removed::{RemovedResources, removes_all};
use crate::inject::author::{Author, Authored};

impl Merge<'_, '_> {
    /// Merges requests and limits.
    pub(super) fn resources<'a>(
        &mut self,
        ty: &'static Type,
        target: &mut Node<'a>,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        let container = path.place().container;
        let names = named(target, patch);
        let mut copied = Vec::new();
        for name in &names {
            self.step(path)?;
            let is_copy = is_copied_request(target, name);
            if is_copy && let Some(limit) = ResourceMap::Limits.get(target, name) {
                copied.push((name, limit.clone()));
            }
            for map in ResourceMap::ALL {
                // Such a value does not conflict with the rule's.
                if (map == ResourceMap::Requests && is_copy)
                    || self.is_limit_rangers(target, container.as_ref(), map, name)
                {
                    self.take_over_or_remove(target, patch, map, name);
                }
            }
        }
        let copies: BTreeSet<&String> = copied.iter().map(|(name, _)| *name).collect();
        let ranged = names.iter().filter(|name| {
            !copies.contains(name)
                && self.is_limit_rangers(target, container.as_ref(), ResourceMap::Requests, name)
        });
        let ranged: Vec<&String> = ranged.collect();
        let removed = ResourceMap::ALL.map(|map| RemovedResources::of(patch, map));
        self.note_removed_of_pod(target, &removed, &names, path);
        self.object(ty, target, patch, path)?;
        for (name, old_limit) in copied {
            self.step(path)?;
            let limit = ResourceMap::Limits.get(target, name);
            if limit.is_none_or(|limit| !equal(&Kind::Quantity, limit, &old_limit)) {
                self.drop_request(target, patch, name);
            }
        }
        for name in ranged {
            self.step(path)?;
            if exceeds_limit(target, name) {
                self.drop_request(target, patch, name);
            }
        }
        self.note_removed(target, &removed, &names, path);
        Ok(())
    }

    /// Whether `LimitRanger` filled in a value that no rule has changed.
    fn is_limit_rangers(
        &self,
        target: &Node<'_>,
        container: Option<&ContainerName>,
        map: ResourceMap,
        name: &str,
    ) -> bool {
        let value = map.get(target, name);
        value.is_some_and(|value| value.author() == Author::Pod)
            && container
                .is_some_and(|container| self.original.limit_ranger().has_set(container, map, name))
    }

    /// Takes over a filled-in value for the rule if the rule sets the same value, and removes it if
    /// the rule sets another one.
    fn take_over_or_remove(
        &mut self,
        target: &mut Node<'_>,
        patch: &Node<'_>,
        map: ResourceMap,
        name: &str,
    ) {
        let Some(wanted) = map.get(patch, name) else {
            return;
        };
        let is_equal = map
            .get(target, name)
            .is_some_and(|value| equal(&Kind::Quantity, wanted, value));
        if let Some(values) = target.get_mut(map.field()) {
            if is_equal {
                self.take_over(values, name);
            } else {
                self.remove(values, name);
            }
        }
    }

    /// Removes a request that the rule does not set, so that the API server copies the limit.
    fn drop_request(&mut self, target: &mut Node<'_>, patch: &Node<'_>, name: &str) {
        if ResourceMap::Requests.get(patch, name).is_none()
            && let Some(requests) = target.get_mut(ResourceMap::Requests.field())
        {
            self.remove(requests, name);
        }
    }
}

/// The resources that a rule names, and all resources of the pod if the rule removes a whole map.
fn named(target: &Node<'_>, patch: &Node<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |resources: &Node<'_>, map: ResourceMap| {
        let members = resources.members_at(map.field()).iter();
        names.extend(members.map(|member| member.key.name().into_owned()));
    };
    let removes_map = ResourceMap::ALL.iter().any(|map| removes_all(patch, *map));
    for map in ResourceMap::ALL {
        add(patch, map);
        if removes_map {
            add(target, map);
        }
    }
    names
}

/// Whether a request may be a copy of its limit: both came with the pod and are equal.
fn is_copied_request(resources: &Node<'_>, name: &str) -> bool {
    let request = ResourceMap::Requests.get(resources, name);
    let limit = ResourceMap::Limits.get(resources, name);
    request.zip(limit).is_some_and(|(request, limit)| {
        request.author() == Author::Pod
            && limit.author() == Author::Pod
            && equal(&Kind::Quantity, request, limit)
    })
}

fn exceeds_limit(resources: &Node<'_>, name: &str) -> bool {
    let amount = |map: ResourceMap| map.get(resources, name).and_then(quantity::of_node);
    let (request, limit) = (amount(ResourceMap::Requests), amount(ResourceMap::Limits));
    request
        .zip(limit)
        .is_some_and(|(request, limit)| request > limit)
}
