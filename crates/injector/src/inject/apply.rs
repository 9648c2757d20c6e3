//! Applies one rule to one pod. See [`apply`].

use kubernetes_pod::containers::{self, ContainerList, name};
use kubernetes_pod::field_path::{FieldPath, Place};
use kubernetes_pod::schema;
use lazy_json::Node;

use crate::inject::expansion::{self, Scope, VariableError};
use crate::inject::merge::{Merge, MergeError};
use crate::settings::rule::{ContainerKind, ContainerPatch, Injection, RuleName};

/// A pod after a rule. It shares with the pod before the rule what the rule did not change.
#[derive(Debug)]
pub struct Applied<'a> {
    /// The pod.
    pub pod: Node<'a>,
    /// Whether the rule changed the pod. A rule that did not may still have taken over a default.
    pub changed: bool,
    /// Whether the rule had nothing to do: none of its entries selects a container, and it has no
    /// `pod` part.
    pub idle: bool,
}

/// Why a rule can't be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// A field can't be merged.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// A variable can't be expanded.
    #[error(transparent)]
    Variable(#[from] VariableError),
}

impl ApplyError {
    /// The field that the error is about.
    pub fn place(&self) -> &Place {
        match self {
            Self::Merge(error) => error.place(),
            Self::Variable(error) => error.place(),
        }
    }
}

/// Applies a rule. `rules` are the names of all rules, and `index` is the index of this rule's
/// name. `scope` holds the values of variables and the deadline. `may_patch` says whether the rule
/// may patch the container of this list and name.
///
/// # Errors
/// Returns the first error, in the rule's own order.
pub fn apply<'a>(
    pod: &Node<'a>,
    injection: &Injection<'_, 'a>,
    rules: &[RuleName<'_>],
    index: usize,
    scope: &Scope<'_, 'a>,
    may_patch: &dyn Fn(ContainerList, &str) -> bool,
) -> Result<Applied<'a>, ApplyError> {
    let Injection {
        on_conflict,
        prepend,
        ..
    } = *injection;
    let mut merge = Merge::new(
        scope.pod(),
        rules,
        index,
        on_conflict,
        prepend,
        scope.deadline(),
    );
    if !injection.containers.is_empty() {
        // Parsed before the pod is copied, so that the copies share the parsed nodes.
        for (_, container) in containers::all(pod) {
            container.value();
        }
    }
    parse_fields(pod, injection.pod);
    let mut injected = pod.clone();
    let selected = patch_containers(&mut injected, injection, &mut merge, scope, may_patch)?;
    if let Some(fragment) = injection.pod {
        let path = FieldPath::ROOT;
        let expanded = expansion::expanded(&schema::POD, fragment, scope, None, &path)?;
        let fragment = expanded.as_ref().unwrap_or(fragment);
        merge.object(&schema::POD, &mut injected, fragment, &path)?;
    }
    merge.check_removals(&injected)?;
    let untouched = !merge.changed() && !merge.took_over();
    Ok(Applied {
        pod: if untouched { pod.clone() } else { injected },
        changed: merge.changed(),
        idle: !selected && injection.pod.is_none(),
    })
}

/// Parses the fields of the pod's spec that a fragment is merged into, before the pod is copied, so
/// that the copies share the parsed nodes.
fn parse_fields(pod: &Node<'_>, fragment: Option<&Node<'_>>) {
    let spec_members = fragment.and_then(|fragment| fragment.get("spec")?.members());
    let Some(spec) = pod.get("spec").filter(|_| spec_members.is_some()) else {
        return;
    };
    for member in spec_members.unwrap_or_default() {
        if let Some(field) = spec.get(&member.key.name()) {
            field.value();
        }
    }
}

/// Patches the selected containers. Returns whether a container is selected.
fn patch_containers<'a>(
    pod: &mut Node<'a>,
    injection: &Injection<'_, 'a>,
    merge: &mut Merge<'_, '_>,
    scope: &Scope<'_, 'a>,
    may_patch: &dyn Fn(ContainerList, &str) -> bool,
) -> Result<bool, ApplyError> {
    if injection.containers.is_empty() {
        return Ok(false);
    }
    let mut selected = false;
    // The pod before the rule decides which containers a patch selects.
    let before = pod.clone();
    let spec_path = FieldPath::ROOT.field("spec");
    for entry in &injection.containers {
        for list in ContainerList::ALL {
            let list_path = spec_path.field(list.field());
            for (index, container) in list.items(&before).iter().enumerate() {
                merge.step(&list_path)?;
                let name = name(container);
                if !entry.selects(name, kind(list, container)) || !may_patch(list, name) {
                    continue;
                }
                selected = true;
                merge.read(entry.patch, &list_path)?;
                let target = pod
                    .get_mut("spec")
                    .and_then(|spec| spec.get_mut(list.field()))
                    .and_then(Node::items_mut)
                    .and_then(|items| items.get_mut(index));
                if let Some(target) = target {
                    let (ty, path) = (&schema::CONTAINER, list_path.key(name));
                    let expanded =
                        expansion::expanded(ty, entry.patch, scope, Some(&*target), &path)?;
                    let patch = expanded.as_ref().unwrap_or(entry.patch);
                    merge.object(ty, target, patch, &path)?;
                }
            }
        }
    }
    Ok(selected)
}

/// The variables that a rule uses in a field of the pod, in the rule's spelling. `pod` is the pod
/// before the rule.
pub fn variables_at(pod: &Node<'_>, injection: &Injection<'_, '_>, place: &Place) -> Vec<String> {
    let mut uses = Vec::new();
    let spec = FieldPath::ROOT.field("spec");
    if let Some(name) = &place.container {
        let list = ContainerList::of(name);
        let list_path = spec.field(list.field());
        let path = list_path.key(&name.name);
        let container = containers::named(pod, name);
        let selects = |entry: &&ContainerPatch<'_, '_>| {
            container.is_some_and(|container| entry.selects(&name.name, kind(list, container)))
        };
        for entry in injection.containers.iter().filter(selects) {
            uses.extend(expansion::uses(&schema::CONTAINER, entry.patch, &path));
        }
    }
    if let Some(fragment) = injection.pod {
        uses.extend(expansion::uses(&schema::POD, fragment, &FieldPath::ROOT));
    }
    expansion::names(uses.iter().filter(|used| used.is_in(place)))
}

/// The kind of a container.
///
/// Source: `kubernetes.io/docs/concepts/workloads/pods/sidecar-containers`.
fn kind(list: ContainerList, container: &Node<'_>) -> ContainerKind {
    match (list, container.str_at("restartPolicy")) {
        (ContainerList::InitContainers, Some("Always")) => ContainerKind::Sidecar,
        (ContainerList::InitContainers, _) => ContainerKind::InitContainer,
        (ContainerList::Containers, _) => ContainerKind::Container,
    }
}
