//! The containers of a pod that rules had added before the pod came, as in a backup or a copied
//! manifest. See [`InjectedContainers::of`].
//!
//! A rule patches the containers of the pod's author and those that earlier rules added. It never
//! patches a container that it adds itself or that a later rule adds. A container that came with
//! the pod belongs to a rule if the rule would add exactly this container: the rule's container has
//! the same name and an image, and merging it into the pod's container changes nothing. If several
//! rules add the same container, it belongs to the first of them. All other containers are the
//! author's.

use std::collections::BTreeMap;

use kubernetes_pod::containers::{self, ContainerList, name};
use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::schema;
use lazy_json::Node;

use crate::inject::context::Context;
use crate::inject::expansion;
use crate::inject::merge::Merge;
use crate::inject::position::Position;
use crate::inject::rule_source::ReadSource;
use crate::settings::rule::{Injection, OnConflict, Prepend, Rule};
use crate::variables;

/// The containers of the original pod that belong to rules.
#[derive(Debug, Default)]
pub(super) struct InjectedContainers {
    /// The position of each container's rule, by list and name.
    positions: BTreeMap<ContainerList, BTreeMap<String, Position>>,
}

/// Containers by list and name.
type Containers<'n, 'a> = BTreeMap<(ContainerList, &'n str), &'n Node<'a>>;

impl InjectedContainers {
    /// Finds the containers of the original pod that rules had added.
    pub(super) fn of<'a>(context: &Context<'_, 'a>, sources: &[ReadSource<'_, 'a>]) -> Self {
        let mut found = Self::default();
        // If the author has a name twice, the last container counts.
        let original: Containers<'_, 'a> = containers::all(context.original)
            .map(|(list, container)| ((list, name(container)), container))
            .collect();
        for (index, rule) in context.settings.rules.iter().enumerate() {
            if let Ok(rule) = rule {
                found.add(rule, Position::in_settings(index), &original, context);
            }
        }
        for (number, source) in sources.iter().enumerate() {
            for (key, index, rule) in source.rules() {
                let position = Position::in_config_map(number, key, index);
                found.add(&rule, position, &original, context);
            }
        }
        found
    }

    /// Whether the rule at a position may patch a container.
    pub(super) fn may_patch(&self, position: Position, list: ContainerList, name: &str) -> bool {
        self.rule_of(list, name).is_none_or(|rule| rule < position)
    }

    /// The position of the rule that a container belongs to.
    fn rule_of(&self, list: ContainerList, name: &str) -> Option<Position> {
        self.positions.get(&list)?.get(name).copied()
    }

    /// Adds the containers that belong to a rule.
    fn add<'a>(
        &mut self,
        rule: &Rule<'_, 'a>,
        position: Position,
        original: &Containers<'_, 'a>,
        context: &Context<'_, 'a>,
    ) {
        if context.deadline.step().is_err()
            || context.opt_out.skips(rule.name)
            || !context.matches(rule, context.original).unwrap_or(false)
        {
            return;
        }
        let Ok(Injection { pod: Some(pod), .. }) = rule.injection() else {
            return;
        };
        let may_be_there = added_containers(pod).any(|(list, container)| {
            container.get("name").is_some_and(variables::may_be_in)
                || original.contains_key(&(list, name(container)))
        });
        if !may_be_there {
            return;
        }
        let inserted = context.scope.inserted();
        let expanded =
            expansion::expanded(&schema::POD, pod, context.scope, None, &FieldPath::ROOT);
        context.scope.forget(inserted);
        let Ok(expanded) = expanded else {
            return;
        };
        for (list, added) in added_containers(expanded.as_ref().unwrap_or(pod)) {
            if let Some(container) = original.get(&(list, name(added)))
                && is_already(container, added, list, context)
            {
                let positions = self.positions.entry(list).or_default();
                positions.entry(name(added).to_owned()).or_insert(position);
            }
        }
    }
}

/// The containers that a rule adds to a pod without them, each with its list. A container without
/// an image is left out: it patches a container of the same name and adds none.
fn added_containers<'n, 'a>(
    fragment: &'n Node<'a>,
) -> impl Iterator<Item = (ContainerList, &'n Node<'a>)> {
    containers::all(fragment).filter(|(_, container)| container.get("image").is_some())
}

/// Whether merging a rule's container into a container changes nothing.
fn is_already<'a>(
    container: &Node<'a>,
    added: &Node<'a>,
    list: ContainerList,
    context: &Context<'_, 'a>,
) -> bool {
    let (deadline, prepend) = (context.deadline, Prepend::default());
    if deadline.step().is_err() {
        return false;
    }
    let conflict = OnConflict::Report;
    let mut merge = Merge::new(context.original, &[], 0, conflict, prepend, deadline);
    let spec = FieldPath::ROOT.field("spec");
    let list = spec.field(list.field());
    let path = list.key(name(added));
    let merged = merge.object(&schema::CONTAINER, &mut container.clone(), added, &path);
    merged.is_ok() && !merge.changed()
}
