//! One rule on one pod: a new pod that shares with the old one what it does not change, or the
//! first thing that stands in the way.

use kubernetes_pod::field_path::{FieldPath, Place};
use kubernetes_pod::schema;
use lazy_json::Node;

use crate::inject::expansion::{self, Scope, VariableError};
use crate::inject::merge::{Merge, MergeError};
use crate::settings::rule::{ContainerKind, ContainerPatch, Injection, RuleName};
use crate::variables;

/// The lists of containers that a rule may patch.
const LISTS: [&str; 2] = ["containers", "initContainers"];

/// A pod after a rule.
#[derive(Debug)]
pub struct Applied<'a> {
    /// The pod.
    pub pod: Node<'a>,
    /// Whether the rule changed it; if not, it may still have made a default its own.
    pub changed: bool,
    /// Whether the rule had nothing to do: none of its entries selects a container, and it has no
    /// `pod` part.
    pub idle: bool,
}

/// What keeps a rule from being applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// It does not merge.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// Its variables don't make what it needs.
    #[error(transparent)]
    Variable(#[from] VariableError),
}

impl ApplyError {
    /// The field that it is about.
    pub fn place(&self) -> &Place {
        match self {
            Self::Merge(error) => error.place(),
            Self::Variable(error) => error.place(),
        }
    }
}

/// Applies a rule. `rules` are the names of all rules, `index` is this one's place among them;
/// `scope` is what its variables are read from, and has the time that there is; `may_patch` says of a
/// list and a container's name in it whether the rule may patch that container.
///
/// # Errors
/// The first thing that stands in the way, in the rule's own order.
pub fn apply<'a>(
    pod: &Node<'a>,
    injection: &Injection<'_, 'a>,
    rules: &[RuleName<'_>],
    index: usize,
    scope: &Scope<'_, 'a>,
    may_patch: &dyn Fn(&str, &str) -> bool,
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
        scope.time(),
    );
    if !injection.containers.is_empty() {
        // Read before the pod is copied, so that the copies share what was read.
        for container in LISTS.iter().flat_map(|list| containers(pod, list)) {
            container.value();
        }
    }
    read_fields(pod, injection.pod);
    let mut injected = pod.clone();
    let selected = patch_containers(&mut injected, injection, &mut merge, scope, may_patch)?;
    if let Some(fragment) = injection.pod {
        let path = FieldPath::POD;
        let expanded = if variables::may_be_in(fragment) {
            expansion::expanded(&schema::POD, fragment, scope, None, &path)?
        } else {
            None
        };
        let fragment = expanded.as_ref().unwrap_or(fragment);
        merge.object(&schema::POD, &mut injected, fragment, &path)?;
    }
    merge.check_removals(&injected)?;
    let untouched = !merge.changed() && !merge.claimed();
    Ok(Applied {
        pod: if untouched { pod.clone() } else { injected },
        changed: merge.changed(),
        idle: !selected && injection.pod.is_none(),
    })
}

/// Reads the parts of a pod that a fragment is merged into before the pod is copied, so that the
/// copies share what was read.
fn read_fields(pod: &Node<'_>, fragment: Option<&Node<'_>>) {
    let of_spec = fragment.and_then(|fragment| fragment.get("spec")?.members());
    let Some(spec) = pod.get("spec").filter(|_| of_spec.is_some()) else {
        return;
    };
    for member in of_spec.unwrap_or_default() {
        if let Some(field) = spec.get(&member.key.name()) {
            field.value();
        }
    }
}

/// Patches the containers that are selected. Returns whether there is one.
fn patch_containers<'a>(
    pod: &mut Node<'a>,
    injection: &Injection<'_, 'a>,
    merge: &mut Merge<'_, '_>,
    scope: &Scope<'_, 'a>,
    may_patch: &dyn Fn(&str, &str) -> bool,
) -> Result<bool, ApplyError> {
    if injection.containers.is_empty() {
        return Ok(false);
    }
    let mut selected = false;
    // What a patch selects is decided by the pod as it was before the rule.
    let before = pod.clone();
    let spec_path = FieldPath::POD.field("spec");
    for entry in &injection.containers {
        let has_variables = variables::may_be_in(entry.patch);
        for list in LISTS {
            let list_path = spec_path.field(list);
            for (position, container) in containers(&before, list).iter().enumerate() {
                merge.step(&list_path)?;
                let name = container.get("name").and_then(Node::as_str).unwrap_or("");
                if !entry.selects(name, kind(list, container)) || !may_patch(list, name) {
                    continue;
                }
                selected = true;
                merge.read(entry.patch, &list_path)?;
                let target = pod
                    .get_mut("spec")
                    .and_then(|spec| spec.get_mut(list))
                    .and_then(Node::items_mut)
                    .and_then(|items| items.get_mut(position));
                if let Some(target) = target {
                    let (ty, path) = (&schema::CONTAINER, list_path.key(name));
                    let expanded = if has_variables {
                        expansion::expanded(ty, entry.patch, scope, Some(&*target), &path)?
                    } else {
                        None
                    };
                    let patch = expanded.as_ref().unwrap_or(entry.patch);
                    merge.object(ty, target, patch, &path)?;
                }
            }
        }
    }
    Ok(selected)
}

/// The variables that a rule has in a field of the pod, as the rule has them. `pod` is the pod
/// before the rule.
pub fn variables_at(pod: &Node<'_>, injection: &Injection<'_, '_>, place: &Place) -> Vec<String> {
    let mut uses = Vec::new();
    let spec = FieldPath::POD.field("spec");
    if let Some(name) = &place.container {
        let list = if name.init {
            "initContainers"
        } else {
            "containers"
        };
        let named = |node: &&Node<'_>| node.get("name").and_then(Node::as_str) == Some(&name.name);
        let container = containers(pod, list).iter().find(named);
        let selects = |entry: &&ContainerPatch<'_, '_>| {
            container.is_some_and(|container| entry.selects(&name.name, kind(list, container)))
        };
        for entry in injection.containers.iter().filter(selects) {
            let list = spec.field(list);
            let path = list.key(&name.name);
            uses.extend(expansion::uses(&schema::CONTAINER, entry.patch, &path));
        }
    }
    if let Some(fragment) = injection.pod {
        uses.extend(expansion::uses(&schema::POD, fragment, &FieldPath::POD));
    }
    expansion::names(uses.iter().filter(|used| used.is_in(place)))
}

fn containers<'n, 'a>(pod: &'n Node<'a>, list: &str) -> &'n [Node<'a>] {
    let list = pod.get("spec").and_then(|spec| spec.get(list));
    list.and_then(Node::items).unwrap_or_default()
}

/// Source: `kubernetes.io/docs/concepts/workloads/pods/sidecar-containers`.
fn kind(list: &str, container: &Node<'_>) -> ContainerKind {
    let restarts = container.get("restartPolicy").and_then(Node::as_str) == Some("Always");
    match (list, restarts) {
        ("initContainers", true) => ContainerKind::Sidecar,
        ("initContainers", false) => ContainerKind::InitContainer,
        _ => ContainerKind::Container,
    }
}
