//! Duplicate names. The problem's path is the second item, and its message names the first one. See
//! [`Check::taken`].

use std::collections::BTreeMap;

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::item::PATCH;
use kubernetes_pod::text::quoted;
use lazy_json::Node;

use super::{Check, Stage};

impl Check<'_> {
    /// Adds the problem of a name that an earlier item of `list` has.
    pub(super) fn taken(&mut self, name: &str, (list, index): (&str, usize), path: &FieldPath<'_>) {
        let other = self.other_item(list, index);
        // Variables may have made the name of a value.
        let message = if self.stage != Stage::Expanded && self.problems.may_quote() {
            format!("{} is taken by {other}", quoted(name))
        } else {
            format!("taken by {other}")
        };
        self.problems.add(path, message);
    }

    /// Adds the problem of merge keys that an earlier item of `list` has.
    pub(super) fn taken_keys(
        &mut self,
        keys: &[&str],
        (list, index): (&str, usize),
        path: &FieldPath<'_>,
    ) {
        let (keys, other) = (keys.join(" and "), self.other_item(list, index));
        self.problems
            .add(path, format!("has the same {keys} as {other}"));
    }

    /// An item of the rule's list. Where the problem's path is shown as one in the pod, a reader
    /// would take an index for one in the pod's list.
    fn other_item(&self, list: &str, index: usize) -> String {
        match self.stage {
            Stage::Settings { .. } if self.problems.may_quote() => format!("{list}[{index}]"),
            Stage::Settings { .. } => format!("the rule's {list}[{index}]"),
            Stage::Expanded => format!("another of the rule's {list}"),
        }
    }

    /// Checks the names of a container's ports (`validateContainerPorts`).
    pub(super) fn names_of_ports(&mut self, ports: &[Node<'_>], path: &FieldPath<'_>) {
        let mut seen = BTreeMap::new();
        for (index, name) in self.known_names(ports) {
            match seen.get(name) {
                Some(first) => {
                    let path = path.index(index);
                    self.taken(name, ("ports", *first), &path.field("name"));
                }
                None => _ = seen.insert(name, index),
            }
        }
    }

    /// Checks that no init container has the name of another container (`validateInitContainers`).
    /// Within a list, the names are merge keys and are checked there.
    pub(super) fn names_of_init_containers(&mut self, spec: &Node<'_>, path: &FieldPath<'_>) {
        let mut containers = BTreeMap::new();
        for (index, name) in self.known_names(spec.items_at("containers")) {
            containers.entry(name).or_insert(index);
        }
        let path = path.field("initContainers");
        for (index, name) in self.known_names(spec.items_at("initContainers")) {
            if let Some(first) = containers.get(name) {
                let path = path.index(index);
                self.taken(name, ("containers", *first), &path.field("name"));
            }
        }
    }

    /// The names of the items that a rule does not remove, without names that have variables.
    fn known_names<'n>(&self, items: &'n [Node<'_>]) -> Vec<(usize, &'n str)> {
        let names = items.iter().enumerate().filter_map(|(index, item)| {
            let name = item.str_at("name")?;
            let is_removed = item.get(PATCH).is_some();
            (!is_removed && !name.is_empty() && !self.is_template(name)).then_some((index, name))
        });
        names.collect()
    }
}
