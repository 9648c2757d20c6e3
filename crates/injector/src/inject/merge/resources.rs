//! Merging requests and limits. The API server copies a limit to a missing request, and its
//! `LimitRanger` plugin sets a namespace's defaults, both before the webhooks and after them. Such
//! values do not conflict with a rule, and they are set again if a rule removes them.
//!
//! Source: `kubernetes.io/docs/concepts/configuration/manage-resources-containers` (a limit
//! without a request), `kubernetes.io/docs/concepts/policy/limit-range`.

use std::collections::BTreeSet;

use kubernetes_pod::equality::equal;
use kubernetes_pod::field_path::{ContainerName, FieldPath};
use kubernetes_pod::limit_ranger::Resources;
use kubernetes_pod::quantity;
use kubernetes_pod::schema::{Kind, Type};
use kubernetes_pod::validation::Cause;
use lazy_json::{Node, Value};

use super::edits::Merge;
use super::error::MergeError;
use super::removed::{RemovedResource, RemovedResources, removes_all};
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
            if is_copy && let Some(limit) = quantity_at(target, Resources::Limits, name) {
                copied.push((name, limit.clone()));
            }
            for map in Resources::ALL {
                // Such a value does not conflict with the rule's.
                if (map == Resources::Requests && is_copy)
                    || self.is_limit_rangers(target, container.as_ref(), map, name)
                {
                    self.claim_or_remove(target, patch, map, name);
                }
            }
        }
        let copies: BTreeSet<&String> = copied.iter().map(|(name, _)| *name).collect();
        let ranged = names.iter().filter(|name| {
            !copies.contains(name)
                && self.is_limit_rangers(target, container.as_ref(), Resources::Requests, name)
        });
        let ranged: Vec<&String> = ranged.collect();
        let removed = Resources::ALL.map(|map| RemovedResources::of(patch, map));
        self.note_removed_of_pod(target, &removed, &names, path);
        self.object(ty, target, patch, path)?;
        for (name, old_limit) in copied {
            self.step(path)?;
            let limit = quantity_at(target, Resources::Limits, name);
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

    /// Notes the first resource that would be set again if a rule removes all of them.
    pub(super) fn note_removed_resources(&mut self, target: &Node<'_>, path: &FieldPath<'_>) {
        for map in Resources::ALL {
            for member in target.members_at(map.field()) {
                let name = member.key.name();
                if path.place().container.is_some()
                    && self.original.limit_ranger().has_default(map, &name)
                {
                    self.note_undone(map, &name, Cause::ResourceOfLimitRanger, path);
                }
            }
        }
    }

    /// Whether `LimitRanger` filled in a value that no rule has changed.
    fn is_limit_rangers(
        &self,
        target: &Node<'_>,
        container: Option<&ContainerName>,
        map: Resources,
        name: &str,
    ) -> bool {
        let value = quantity_at(target, map, name);
        value.is_some_and(|value| value.author() == Author::Pod)
            && container
                .is_some_and(|container| self.original.limit_ranger().has_set(container, map, name))
    }

    /// Claims a filled-in value for the rule if the rule sets the same value, and removes it if the
    /// rule sets another one.
    fn claim_or_remove(
        &mut self,
        target: &mut Node<'_>,
        patch: &Node<'_>,
        map: Resources,
        name: &str,
    ) {
        let Some(wanted) = quantity_at(patch, map, name) else {
            return;
        };
        let is_equal = quantity_at(target, map, name)
            .is_some_and(|value| equal(&Kind::Quantity, wanted, value));
        if let Some(values) = target.get_mut(map.field()) {
            if is_equal {
                self.claim(values, name);
            } else {
                self.remove(values, name);
            }
        }
    }

    /// Removes a request that the rule does not set, so that the API server copies the limit.
    fn drop_request(&mut self, target: &mut Node<'_>, patch: &Node<'_>, name: &str) {
        if quantity_at(patch, Resources::Requests, name).is_none()
            && let Some(requests) = target.get_mut(Resources::Requests.field())
        {
            self.remove(requests, name);
        }
    }

    /// Notes the first removed resource that would be set again.
    fn note_removed(
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
                let has_limit = quantity_at(target, Resources::Limits, name).is_some();
                if map == Resources::Requests && has_limit {
                    self.note_undone(map, name, Cause::RequestFromLimit, path);
                } else if is_containers && self.original.limit_ranger().has_default(map, name) {
                    self.note_undone(map, name, Cause::ResourceOfLimitRanger, path);
                }
            }
        }
    }

    /// Notes the removed resources of the pod as a whole. Its containers decide later whether they
    /// would be set again.
    fn note_removed_of_pod(
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
            let names =
                names.filter(|name| removed.has(name) && quantity_at(target, map, name).is_some());
            self.removed_of_pod
                .extend(names.map(|name| RemovedResource {
                    map,
                    name: name.clone(),
                }));
        }
    }

    fn note_undone(&mut self, map: Resources, name: &str, cause: Cause, path: &FieldPath<'_>) {
        let map = path.field(map.field());
        let place = || map.key(name).place();
        self.undone.get_or_insert_with(|| MergeError::Undone {
            place: place(),
            cause,
        });
    }
}

/// The resources that a rule names, and all resources of the pod if the rule removes a whole map.
fn named(target: &Node<'_>, patch: &Node<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |resources: &Node<'_>, map: Resources| {
        let members = resources.members_at(map.field()).iter();
        names.extend(members.map(|member| member.key.name().into_owned()));
    };
    let removes_map = Resources::ALL.iter().any(|map| removes_all(patch, *map));
    for map in Resources::ALL {
        add(patch, map);
        if removes_map {
            add(target, map);
        }
    }
    names
}

fn quantity_at<'n, 'a>(
    resources: &'n Node<'a>,
    map: Resources,
    name: &str,
) -> Option<&'n Node<'a>> {
    resources.at(&[map.field(), name])
}

/// Whether a request may be a copy of its limit: both came with the pod and are equal.
fn is_copied_request(resources: &Node<'_>, name: &str) -> bool {
    let request = quantity_at(resources, Resources::Requests, name);
    let limit = quantity_at(resources, Resources::Limits, name);
    request.zip(limit).is_some_and(|(request, limit)| {
        request.author() == Author::Pod
            && limit.author() == Author::Pod
            && equal(&Kind::Quantity, request, limit)
    })
}

fn exceeds_limit(resources: &Node<'_>, name: &str) -> bool {
    let amount = |map| match quantity_at(resources, map, name)?.value() {
        Value::String(text) => quantity::parse(text),
        Value::Number(digits) => quantity::parse(digits),
        _ => None,
    };
    let (request, limit) = (amount(Resources::Requests), amount(Resources::Limits));
    request
        .zip(limit)
        .is_some_and(|(request, limit)| request > limit)
}
