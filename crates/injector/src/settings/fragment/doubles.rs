//! Names that may stand only once: a problem stands at the second one and says where the first is.

use std::collections::BTreeMap;

use kubernetes_pod::item::PATCH;
use kubernetes_pod::text::quoted;
use lazy_json::Node;

use super::{Check, Stage};
use crate::settings::problem::Path;

impl Check<'_> {
    /// Adds the problem of a name that an earlier item of a list has.
    pub(super) fn taken(&mut self, name: &str, (list, index): (&str, usize), path: &Path<'_>) {
        let message = match self.stage {
            Stage::Settings { .. } => format!("{} is taken by {list}[{index}]", quoted(name)),
            // Variables may have made the name of a secret, and the reader sees the pod's lists.
            Stage::Expanded => format!("taken by another of the rule's {list}"),
        };
        self.problems.add(path, message);
    }

    /// Checks the names of a container's ports (`validateContainerPorts`).
    pub(super) fn names_of_ports(&mut self, ports: &[Node<'_>], path: &Path<'_>) {
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

    /// Checks the names of a pod's init containers against those of its other containers, of which
    /// none may have the same (`validateInitContainers`). Within a list the names are its keys.
    pub(super) fn names_of_init_containers(&mut self, spec: &Node<'_>, path: &Path<'_>) {
        let items = |list| spec.get(list).and_then(Node::items).unwrap_or_default();
        let mut containers = BTreeMap::new();
        for (index, name) in self.known_names(items("containers")) {
            containers.entry(name).or_insert(index);
        }
        let path = path.field("initContainers");
        for (index, name) in self.known_names(items("initContainers")) {
            if let Some(first) = containers.get(name) {
                let path = path.index(index);
                self.taken(name, ("containers", *first), &path.field("name"));
            }
        }
    }

    /// The names of the items that are not there to be removed, as far as they are known yet.
    fn known_names<'n>(&self, items: &'n [Node<'_>]) -> Vec<(usize, &'n str)> {
        let names = items.iter().enumerate().filter_map(|(index, item)| {
            let name = item.get("name")?.as_str()?;
            let is_removed = item.get(PATCH).is_some();
            (!is_removed && !name.is_empty() && !self.is_template(name)).then_some((index, name))
        });
        names.collect()
    }
}
