//! Finds what a rule changed in a pod. See [`Change::new`].
//!
//! The pods before and after the rule share the nodes that the rule did not change. Shared nodes
//! are not read.

use std::cell::OnceCell;

use lazy_json::{Key, Member, Node};

use super::fields::{Fields, of_spec, part_of_pod};
use super::pairs::{Pair, pairs};
use super::pods::Pods;
use crate::containers::ContainerList;
use crate::field_path::ContainerName;
use crate::schema::{self, Type};

/// A pod before and after a rule.
#[derive(Debug)]
pub(super) struct Change<'n, 'a> {
    /// The pod as it came, before any rule.
    pub(super) original: &'n Node<'a>,
    /// The pod before the rule.
    pub(super) pod_before: Option<&'n Node<'a>>,
    /// The pod after the rule.
    pub(super) pod: &'n Node<'a>,
    /// The key of the annotation whose size does not count.
    pub(super) replaced_annotation: &'n str,
    /// The pod's metadata.
    pub(super) metadata: Part<'n, 'a>,
    /// The pod's spec.
    pub(super) spec: Part<'n, 'a>,
    containers: OnceCell<Containers<'n, 'a>>,
}

/// All containers, the fields that changed in one of them, and whether a container was added.
#[derive(Debug)]
struct Containers<'n, 'a> {
    all: Vec<Container<'n, 'a>>,
    changed: Fields,
    has_new: bool,
}

/// An object, and which of its fields changed.
#[derive(Debug)]
pub(super) struct Part<'n, 'a> {
    ty: &'static Type,
    before: Option<&'n Node<'a>>,
    after: Option<&'n Node<'a>>,
    changed: Fields,
}

/// One of the pod's containers.
#[derive(Debug)]
pub(super) struct Container<'n, 'a> {
    /// Whether it is an init container, native sidecars included.
    pub(super) init: bool,
    /// The container, and which of its fields changed.
    pub(super) part: Part<'n, 'a>,
}

impl<'n, 'a> Change<'n, 'a> {
    /// A rule's change of a pod.
    pub(super) fn new(pods: &Pods<'n, 'a>) -> Self {
        Self::with(pods, Some(pods.before), pods.after)
    }

    /// The pod before the rule, as if everything in it were new.
    pub(super) fn all_of_before(pods: &Pods<'n, 'a>) -> Self {
        Self::with(pods, None, pods.before)
    }

    fn with(pods: &Pods<'n, 'a>, before: Option<&'n Node<'a>>, pod: &'n Node<'a>) -> Self {
        let part = |ty, name| match before {
            Some(before) => Part::new(ty, before.get(name), pod.get(name)),
            None => Part::all_of(ty, pod.get(name)),
        };
        Self {
            original: pods.original,
            replaced_annotation: pods.replaced_annotation,
            pod_before: before,
            pod,
            metadata: part(const { part_of_pod("metadata") }, "metadata"),
            spec: part(const { part_of_pod("spec") }, "spec"),
            containers: OnceCell::new(),
        }
    }

    /// All containers.
    pub(super) fn containers(&self) -> &[Container<'n, 'a>] {
        &self.read_containers().all
    }

    fn read_containers(&self) -> &Containers<'n, 'a> {
        self.containers.get_or_init(|| {
            let mut all = Vec::new();
            for list in ContainerList::ALL {
                self.add_containers(list, &mut all);
            }
            let changed = all
                .iter()
                .fold(Fields::NONE, |changed, container: &Container<'_, '_>| {
                    changed.union(container.part.changed)
                });
            let has_new = all.iter().any(|container| container.part.is_new());
            Containers {
                all,
                changed,
                has_new,
            }
        })
    }

    fn add_containers(&self, list: ContainerList, all: &mut Vec<Container<'n, 'a>>) {
        let ty = &schema::CONTAINER;
        let (init, list) = (list.is_init(), list.field());
        let after = self.spec.items_at(list);
        let container = |part| Container { init, part };
        if self.spec.changed == Fields::ALL {
            let parts = after.iter().map(|node| Part::all_of(ty, Some(node)));
            all.extend(parts.map(container));
        } else if !self.spec.is_named_changed(list) {
            let parts = after.iter().map(|node| Part::unchanged(ty, node));
            all.extend(parts.map(container));
        } else {
            let name = |node: &'n Node<'a>| node.str_at("name");
            let parts = pairs(self.spec.items_before(list), after, name);
            let parts = parts.map(|pair| match pair {
                Pair::Same(node) => Part::unchanged(ty, node),
                Pair::Changed(before, after) => Part::new(ty, Some(before), Some(after)),
                Pair::New(after) => Part::added(ty, after),
            });
            all.extend(parts.map(container));
        }
    }

    /// Whether one of these fields changed in a container, or a container was added with one of
    /// them.
    pub(super) fn is_any_container_changed(&self, fields: Fields) -> bool {
        self.containers_changed() && self.read_containers().changed.overlap(fields)
    }

    /// Whether a container was added.
    pub(super) fn has_new_container(&self) -> bool {
        self.containers_changed() && self.read_containers().has_new
    }

    /// Whether a container was changed, added or removed.
    pub(super) fn containers_changed(&self) -> bool {
        self.spec
            .is_changed(of_spec!("containers", "initContainers"))
    }
}

impl<'n, 'a> Part<'n, 'a> {
    fn new(ty: &'static Type, before: Option<&'n Node<'a>>, after: Option<&'n Node<'a>>) -> Self {
        let changed = match (before, after) {
            (Some(before), Some(after)) => changed_fields(ty, before, after),
            (None, None) => Fields::NONE,
            _ => Fields::ALL,
        };
        Self {
            ty,
            before,
            after,
            changed,
        }
    }

    fn all_of(ty: &'static Type, after: Option<&'n Node<'a>>) -> Self {
        Self {
            ty,
            before: None,
            after,
            changed: Fields::ALL,
        }
    }

    /// An object that a rule added. The fields that it has count as changed.
    fn added(ty: &'static Type, node: &'n Node<'a>) -> Self {
        let members = node.members().unwrap_or_default().iter();
        let changed = members.fold(Fields::NONE, |fields, member| {
            fields.union(Fields::named(ty, &member.key.name()))
        });
        Self {
            ty,
            before: None,
            after: Some(node),
            changed,
        }
    }

    fn unchanged(ty: &'static Type, node: &'n Node<'a>) -> Self {
        Self {
            ty,
            before: Some(node),
            after: Some(node),
            changed: Fields::NONE,
        }
    }

    /// Whether no field changed.
    pub(super) fn is_unchanged(&self) -> bool {
        self.changed == Fields::NONE
    }

    /// Whether the object was added.
    pub(super) fn is_new(&self) -> bool {
        self.before.is_none()
    }

    /// Whether one of these fields changed.
    pub(super) fn is_changed(&self, fields: Fields) -> bool {
        self.changed.overlap(fields)
    }

    /// Whether the field of this name changed.
    pub(super) fn is_named_changed(&self, field: &str) -> bool {
        self.changed.overlap(Fields::named(self.ty, field))
    }

    /// The object after the rule.
    pub(super) fn node(&self) -> Option<&'n Node<'a>> {
        self.after
    }

    /// The object before the rule.
    pub(super) fn node_before(&self) -> Option<&'n Node<'a>> {
        self.before
    }

    /// A field after the rule.
    pub(super) fn get(&self, field: &str) -> Option<&'n Node<'a>> {
        self.after?.get(field)
    }

    /// The value at the end of a path of keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<&'n Node<'a>> {
        self.after?.at(path)
    }

    /// The string of a field.
    pub(super) fn str_at(&self, field: &str) -> Option<&'n str> {
        self.after?.str_at(field)
    }

    /// The boolean of a field.
    pub(super) fn bool_at(&self, field: &str) -> Option<bool> {
        self.after?.bool_at(field)
    }

    /// Whether a field is `true`.
    pub(super) fn is_true(&self, field: &str) -> bool {
        self.bool_at(field) == Some(true)
    }

    /// The items of a list. Empty if it is absent.
    pub(super) fn items_at(&self, field: &str) -> &'n [Node<'a>] {
        self.after.map_or(&[], |after| after.items_at(field))
    }

    /// The members of a map. Empty if it is absent.
    pub(super) fn members_at(&self, field: &str) -> &'n [Member<'a>] {
        self.after.map_or(&[], |after| after.members_at(field))
    }

    /// The items that a list had before the rule.
    pub(super) fn items_before(&self, field: &str) -> &'n [Node<'a>] {
        self.before.map_or(&[], |before| before.items_at(field))
    }

    /// The items of a list that were changed or added.
    pub(super) fn changed_items(&self, field: &str) -> Vec<&'n Node<'a>> {
        if !self.is_named_changed(field) {
            return Vec::new();
        }
        pairs(
            self.items_before(field),
            self.items_at(field),
            Node::identity,
        )
        .filter_map(|pair| match pair {
            Pair::Same(_) => None,
            Pair::New(node) | Pair::Changed(_, node) => Some(node),
        })
        .collect()
    }
}

impl<'n> Container<'n, '_> {
    /// The container's name.
    pub(super) fn name(&self) -> &'n str {
        self.part.str_at("name").unwrap_or("")
    }

    /// The container's name and list, for messages.
    pub(super) fn container_name(&self) -> ContainerName {
        ContainerName {
            init: self.init,
            name: self.name().to_owned(),
        }
    }

    /// Whether one of these fields changed.
    pub(super) fn is_changed(&self, fields: Fields) -> bool {
        self.part.is_changed(fields)
    }

    /// Whether it is a native sidecar.
    pub(super) fn is_sidecar(&self) -> bool {
        self.init && self.part.str_at("restartPolicy") == Some("Always")
    }
}

/// The fields of an object whose value is another node than before, and the fields that were
/// removed.
fn changed_fields<'a>(ty: &Type, before: &Node<'a>, after: &Node<'a>) -> Fields {
    if before.is_same(after) {
        return Fields::NONE;
    }
    let (old, new) = (
        before.members().unwrap_or_default(),
        after.members().unwrap_or_default(),
    );
    let mut changed = Fields::NONE;
    let mut add = |key: &Key<'_>| changed = changed.union(Fields::named(ty, &key.name()));
    let mut in_place = 0;
    for (index, member) in new.iter().enumerate() {
        let beside = old.get(index).filter(|old| old.key == member.key);
        in_place += usize::from(beside.is_some());
        let before = beside.or_else(|| old.iter().rev().find(|old| old.key == member.key));
        if before.is_none_or(|before| !before.value.is_same(&member.value)) {
            add(&member.key);
        }
    }
    if in_place < old.len() {
        for member in old {
            if !new.iter().any(|new| new.key == member.key) {
                add(&member.key);
            }
        }
    }
    changed
}
