//! Whose the containers are of a pod that comes again, as from a backup or a copied manifest.
//!
//! A rule patches the containers of the pod's author and those that the rules before it have added,
//! never those that it adds itself or that a later rule adds. A container that came with the pod counts
//! as a rule's where it is already what the rule would add: it has the rule's name and image, and to
//! merge the rule's container into it would change nothing. If several rules add the same, it counts as
//! the first one's. Any other container is the author's. See [`Owners::of`].

use std::collections::BTreeMap;

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::schema;
use lazy_json::Node;

use super::config_maps::Read;
use super::{Context, matches};
use crate::inject::expansion;
use crate::inject::merge::Merge;
use crate::settings::Settings;
use crate::settings::rule::{Injection, OnConflict, Prepend, Rule};
use crate::variables;

/// The lists of containers that rules patch and add to.
const LISTS: [&str; 2] = ["containers", "initContainers"];

/// A rule's place in the order in which rules are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    /// 0 for the settings, then the sources of rules in their order, from 1.
    source: usize,
    /// The place of the source's key.
    key: usize,
    /// The place in the list of rules.
    index: usize,
}

impl Turn {
    /// The turn of a rule of the settings.
    pub(super) fn of_settings(index: usize) -> Self {
        Self {
            source: 0,
            key: 0,
            index,
        }
    }

    /// The turn of a rule of a `ConfigMap`.
    pub(super) fn of_config_map(source: usize, key: usize, index: usize) -> Self {
        Self {
            source: source + 1,
            key,
            index,
        }
    }
}

/// The containers of a pod as it came that count as a rule's.
#[derive(Debug, Default)]
pub(super) struct Owners {
    /// By list and name.
    turns: BTreeMap<&'static str, BTreeMap<String, Turn>>,
}

impl Owners {
    /// Finds the containers that rules have added to the pod before.
    pub(super) fn of<'a>(
        settings: &Settings<'_, 'a>,
        sources: &[Read<'_, 'a>],
        context: &Context<'_, 'a>,
    ) -> Self {
        let mut owners = Self::default();
        let arrived = containers(context.original);
        let of_settings = settings.rules.iter().enumerate();
        for (index, rule) in of_settings {
            if let Ok(rule) = rule {
                owners.add(rule, Turn::of_settings(index), &arrived, context);
            }
        }
        for (number, source) in sources.iter().enumerate() {
            for (key, index, rule) in source.rules() {
                let turn = Turn::of_config_map(number, key, index);
                owners.add(&rule, turn, &arrived, context);
            }
        }
        owners
    }

    /// Whether the rule of a turn may patch a container.
    pub(super) fn may_patch(&self, turn: Turn, list: &str, name: &str) -> bool {
        let owner = self.turns.get(list).and_then(|owned| owned.get(name));
        owner.is_none_or(|owner| *owner < turn)
    }

    fn add<'a>(
        &mut self,
        rule: &Rule<'_, 'a>,
        turn: Turn,
        arrived: &Containers<'_, 'a>,
        context: &Context<'_, 'a>,
    ) {
        if context.time.step().is_err()
            || context.opt_out.skips(rule.name)
            || !matches(rule, context.original, context).unwrap_or(false)
        {
            return;
        }
        let Ok(Injection { pod: Some(pod), .. }) = rule.injection() else {
            return;
        };
        let may_be_there = added_items(pod).any(|(list, item)| {
            item.get("name").is_some_and(variables::may_be_in)
                || arrived.contains_key(&(list, name(item)))
        });
        if !may_be_there {
            return;
        }
        let inserted = context.scope.inserted();
        let expanded = if variables::may_be_in(pod) {
            expansion::expanded(&schema::POD, pod, context.scope, None, &FieldPath::POD)
        } else {
            Ok(None)
        };
        context.scope.forget(inserted);
        let Ok(expanded) = expanded else {
            return;
        };
        for (list, item) in added_items(expanded.as_ref().unwrap_or(pod)) {
            if let Some(container) = arrived.get(&(list, name(item)))
                && is_already(container, item, list, context)
            {
                let owned = self.turns.entry(list).or_default();
                owned.entry(name(item).to_owned()).or_insert(turn);
            }
        }
    }
}

/// The containers that a rule adds where they are not there, each with its list. One without an image
/// is the patch of a container, and adds none.
fn added_items<'n, 'a>(
    fragment: &'n Node<'a>,
) -> impl Iterator<Item = (&'static str, &'n Node<'a>)> {
    let spec = fragment.get("spec");
    LISTS.into_iter().flat_map(move |list| {
        let items = spec.and_then(|spec| spec.get(list)?.items());
        let items = items.unwrap_or_default().iter();
        items
            .filter(|item| item.get("image").is_some())
            .map(move |item| (list, item))
    })
}

/// The containers of a pod by list and name.
type Containers<'n, 'a> = BTreeMap<(&'static str, &'n str), &'n Node<'a>>;

/// The containers of a pod. Where an author has a name twice, the last one counts.
fn containers<'n, 'a>(pod: &'n Node<'a>) -> Containers<'n, 'a> {
    let spec = pod.get("spec");
    let of_list = |list: &'static str| {
        let items = spec.and_then(|spec| spec.get(list)?.items());
        let items = items.unwrap_or_default().iter();
        items.map(move |container| ((list, name(container)), container))
    };
    LISTS.into_iter().flat_map(of_list).collect()
}

/// Whether to merge an item into a container would change nothing.
fn is_already<'a>(
    container: &Node<'a>,
    item: &Node<'a>,
    list: &'static str,
    context: &Context<'_, 'a>,
) -> bool {
    let (time, prepend) = (context.time, Prepend::default());
    if time.step().is_err() {
        return false;
    }
    let mut merge = Merge::new(context.original, &[], 0, OnConflict::Report, prepend, time);
    let spec = FieldPath::POD.field("spec");
    let list = spec.field(list);
    let path = list.key(name(item));
    let merged = merge.object(&schema::CONTAINER, &mut container.clone(), item, &path);
    merged.is_ok() && !merge.changed()
}

fn name<'n>(container: &'n Node<'_>) -> &'n str {
    container.get("name").and_then(Node::as_str).unwrap_or("")
}
