//! What a rule changed in a pod, found by what the pods before and after it no longer share: what
//! a rule leaves alone stays the same node, and is not looked into.

use std::cell::OnceCell;

use crate::field_path::ContainerName;
use crate::json::{Key, Node};

/// The lists of containers that a pod has when it is created, as they start last to first.
const LISTS: [(&str, bool); 2] = [("containers", false), ("initContainers", true)];

/// A pod before and after a rule.
#[derive(Debug)]
pub(super) struct Change<'n, 'a> {
    /// The pod as it came, before any rule.
    pub(super) original: &'n Node<'a>,
    /// The pod before the rule.
    pub(super) pod_before: Option<&'n Node<'a>>,
    /// The pod after the rule.
    pub(super) pod: &'n Node<'a>,
    /// What changed in its metadata.
    pub(super) metadata: Part<'n, 'a>,
    /// What changed in its spec.
    pub(super) spec: Part<'n, 'a>,
    containers: OnceCell<Vec<Container<'n, 'a>>>,
}

/// An object, and which of its fields changed.
#[derive(Debug)]
pub(super) struct Part<'n, 'a> {
    before: Option<&'n Node<'a>>,
    after: Option<&'n Node<'a>>,
    touched: Touched<'n, 'a>,
}

#[derive(Debug)]
enum Touched<'n, 'a> {
    All,
    Keys(Vec<&'n Key<'a>>),
}

/// One of the pod's containers.
#[derive(Debug)]
pub(super) struct Container<'n, 'a> {
    /// It is an init container, a native sidecar included.
    pub(super) init: bool,
    /// The container, and which of its fields changed.
    pub(super) part: Part<'n, 'a>,
}

impl<'n, 'a> Change<'n, 'a> {
    /// What became of a pod.
    pub(super) fn new(original: &'n Node<'a>, before: &'n Node<'a>, after: &'n Node<'a>) -> Self {
        Self::with(original, Some(before), after)
    }

    /// The pod as if all of it were new.
    pub(super) fn all_of(original: &'n Node<'a>, pod: &'n Node<'a>) -> Self {
        Self::with(original, None, pod)
    }

    fn with(original: &'n Node<'a>, before: Option<&'n Node<'a>>, pod: &'n Node<'a>) -> Self {
        let part = |name| match before {
            Some(before) => Part::new(before.get(name), pod.get(name)),
            None => Part::all_of(pod.get(name)),
        };
        Self {
            original,
            pod_before: before,
            pod,
            metadata: part("metadata"),
            spec: part("spec"),
            containers: OnceCell::new(),
        }
    }

    /// All containers.
    pub(super) fn containers(&self) -> &[Container<'n, 'a>] {
        self.containers.get_or_init(|| {
            LISTS
                .iter()
                .flat_map(|(list, init)| self.list_of_containers(list, *init))
                .collect()
        })
    }

    fn list_of_containers(&self, list: &str, init: bool) -> Vec<Container<'n, 'a>> {
        let after = self.spec.items(list);
        let container = |part| Container { init, part };
        if matches!(self.spec.touched, Touched::All) {
            return after
                .iter()
                .map(|node| container(Part::all_of(Some(node))))
                .collect();
        }
        if !self.spec.is_touched(list) {
            return after
                .iter()
                .map(|node| container(Part::untouched(node)))
                .collect();
        }
        let name = |node: &'n Node<'a>| node.get("name").and_then(Node::as_str);
        pairs(self.spec.items_before(list), after, |before, after| {
            name(before) == name(after)
        })
        .map(|pair| {
            container(match pair {
                Pair::Same(node) => Part::untouched(node),
                Pair::Changed(before, after) => Part::new(Some(before), Some(after)),
                Pair::New(after) => Part::all_of(Some(after)),
            })
        })
        .collect()
    }

    /// Whether a container was added, or has one of these fields changed.
    pub(super) fn is_any_container_touched(&self, fields: &[&str]) -> bool {
        self.has_other_containers()
            && self
                .containers()
                .iter()
                .any(|container| container.is_touched(fields))
    }

    /// Whether anything changed in a list of containers, one that was removed included.
    pub(super) fn has_other_containers(&self) -> bool {
        LISTS.iter().any(|(list, _)| self.spec.is_touched(list))
    }
}

impl<'n, 'a> Part<'n, 'a> {
    fn new(before: Option<&'n Node<'a>>, after: Option<&'n Node<'a>>) -> Self {
        let touched = match (before, after) {
            (Some(before), Some(after)) if before.is_same(after) => Touched::Keys(Vec::new()),
            (None, None) => Touched::Keys(Vec::new()),
            (Some(before), Some(after)) => Touched::Keys(changed_keys(before, after)),
            _ => Touched::All,
        };
        Self {
            before,
            after,
            touched,
        }
    }

    fn all_of(after: Option<&'n Node<'a>>) -> Self {
        Self {
            before: None,
            after,
            touched: Touched::All,
        }
    }

    fn untouched(node: &'n Node<'a>) -> Self {
        Self {
            before: Some(node),
            after: Some(node),
            touched: Touched::Keys(Vec::new()),
        }
    }

    /// Whether nothing of it changed.
    pub(super) fn is_untouched(&self) -> bool {
        matches!(&self.touched, Touched::Keys(keys) if keys.is_empty())
    }

    /// Whether there was no such object before.
    pub(super) fn is_new(&self) -> bool {
        self.before.is_none()
    }

    /// Whether a field has another value than before.
    pub(super) fn is_touched(&self, field: &str) -> bool {
        match &self.touched {
            Touched::All => true,
            Touched::Keys(keys) => keys.iter().any(|key| key.is(field)),
        }
    }

    /// Whether one of these fields has another value than before.
    pub(super) fn is_any_touched(&self, fields: &[&str]) -> bool {
        fields.iter().any(|field| self.is_touched(field))
    }

    /// The object, with the rule's changes.
    pub(super) fn node(&self) -> Option<&'n Node<'a>> {
        self.after
    }

    /// The object before the rule.
    pub(super) fn node_before(&self) -> Option<&'n Node<'a>> {
        self.before
    }

    /// A field.
    pub(super) fn get(&self, field: &str) -> Option<&'n Node<'a>> {
        self.after?.get(field)
    }

    /// A field before the rule.
    pub(super) fn get_before(&self, field: &str) -> Option<&'n Node<'a>> {
        self.before?.get(field)
    }

    /// A string.
    pub(super) fn text(&self, field: &str) -> Option<&'n str> {
        self.get(field)?.as_str()
    }

    /// Whether a field is `true`.
    pub(super) fn is_true(&self, field: &str) -> bool {
        self.get(field).and_then(Node::as_bool) == Some(true)
    }

    /// The items of a list; none where it is not there.
    pub(super) fn items(&self, field: &str) -> &'n [Node<'a>] {
        self.get(field).and_then(Node::items).unwrap_or_default()
    }

    /// The items that a list had before the rule.
    pub(super) fn items_before(&self, field: &str) -> &'n [Node<'a>] {
        let list = self.get_before(field);
        list.and_then(Node::items).unwrap_or_default()
    }

    /// The items of a list that were not there before as they are now.
    pub(super) fn changed_items(&self, field: &str) -> Vec<&'n Node<'a>> {
        if !self.is_touched(field) {
            return Vec::new();
        }
        pairs(self.items_before(field), self.items(field), |_, _| false)
            .filter_map(|pair| match pair {
                Pair::New(node) => Some(node),
                _ => None,
            })
            .collect()
    }
}

impl<'n> Container<'n, '_> {
    /// Its name.
    pub(super) fn name(&self) -> &'n str {
        self.part.text("name").unwrap_or("")
    }

    /// It by name, for messages.
    pub(super) fn container_name(&self) -> ContainerName {
        ContainerName {
            init: self.init,
            name: self.name().to_owned(),
        }
    }

    /// Whether one of these fields has another value than before, or all of it is new.
    pub(super) fn is_touched(&self, fields: &[&str]) -> bool {
        self.part.is_any_touched(fields)
    }

    /// Whether it is an init container that goes on running.
    pub(super) fn is_sidecar(&self) -> bool {
        self.init && self.part.text("restartPolicy") == Some("Always")
    }
}

/// An item of a list after a rule, and what it was before.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pair<'n, 'a> {
    /// It is as it was.
    Same(&'n Node<'a>),
    /// It was another one before.
    Changed(&'n Node<'a>, &'n Node<'a>),
    /// It was not there.
    New(&'n Node<'a>),
}

/// The items of a list, each with what it was before. A rule keeps the order of what it leaves.
pub(super) fn pairs<'n, 'a>(
    before: &'n [Node<'a>],
    after: &'n [Node<'a>],
    are_the_same_item: impl Fn(&'n Node<'a>, &'n Node<'a>) -> bool,
) -> impl Iterator<Item = Pair<'n, 'a>> {
    let mut rest = before;
    after.iter().map(move |node| {
        let same = rest.iter().position(|old| old.is_same(node));
        if let Some(position) = same {
            rest = &rest[position + 1..];
            return Pair::Same(node);
        }
        let old = before.iter().rev().find(|old| are_the_same_item(old, node));
        old.map_or(Pair::New(node), |old| Pair::Changed(old, node))
    })
}

/// The keys of an object whose value is not the same node as before, those that went included.
fn changed_keys<'n, 'a>(before: &'n Node<'a>, after: &'n Node<'a>) -> Vec<&'n Key<'a>> {
    let (old, new) = (
        before.members().unwrap_or_default(),
        after.members().unwrap_or_default(),
    );
    let mut changed = Vec::new();
    let mut in_place = 0;
    for (index, member) in new.iter().enumerate() {
        let beside = old.get(index).filter(|old| old.key == member.key);
        in_place += usize::from(beside.is_some());
        let before = beside.or_else(|| old.iter().rev().find(|old| old.key == member.key));
        if before.is_none_or(|before| !before.value.is_same(&member.value)) {
            changed.push(&member.key);
        }
    }
    if in_place < old.len() {
        let gone = old
            .iter()
            .filter(|old| !new.iter().any(|new| new.key == old.key));
        changed.extend(gone.map(|member| &member.key));
    }
    changed
}
