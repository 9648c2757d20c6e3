//! `priorityClassName` and `runtimeClassName`.

use kubernetes_pod::text::escaped;
use lazy_json::Node;

use super::{ReferenceError, look_up, spec_text};
use crate::cluster::lookups::Lookups;
use crate::cluster::object::{Kind, Object};
use crate::inject::author::{Author, Authored};

/// Whether the pod's `priorityClassName`, which a rule wants to be another, is the cluster's
/// default. Where that can't be read, it counts as the author's.
pub(super) fn is_default(pod: &Node<'_>, wanted: Option<&Node<'_>>, lookups: &Lookups<'_>) -> bool {
    let Some(there) = pod
        .get("spec")
        .and_then(|spec| spec.get("priorityClassName"))
    else {
        return false;
    };
    let name = there.as_str().unwrap_or("");
    if there.author() != Author::Pod
        || name.is_empty()
        || wanted.and_then(Node::as_str) == Some(name)
    {
        return false;
    }
    let class = lookups.object(&Object::new(Kind::PriorityClass, "", name));
    class.is_ok_and(|class| class.get("globalDefault").and_then(Node::as_bool) == Some(true))
}

/// Where a rule has changed the `priorityClassName`: what the API server has filled in for the old
/// one goes, or it would reject the pod for a priority that is not the new class's.
pub(super) fn settle_priority<'a>(
    before: &Node<'a>,
    pod: &mut Node<'a>,
    lookups: &Lookups<'a>,
) -> Result<(), ReferenceError> {
    let name = spec_text(pod, "priorityClassName");
    if name == spec_text(before, "priorityClassName") {
        return Ok(());
    }
    if !name.is_empty() {
        look_up(&Object::new(Kind::PriorityClass, "", name), lookups)?;
    }
    if let Some(spec) = pod.get_mut("spec") {
        spec.remove("priority");
        spec.remove("preemptionPolicy");
    }
    Ok(())
}

/// Where a rule has changed the `runtimeClassName`, the overhead of the old one goes. Where it has
/// changed that or the `nodeSelector`, the class has to go together with the selector: the API
/// server merges the two, and rejects the pod where they differ.
pub(super) fn settle_runtime<'a>(
    before: &Node<'a>,
    pod: &mut Node<'a>,
    lookups: &Lookups<'a>,
) -> Result<(), ReferenceError> {
    let name = spec_text(pod, "runtimeClassName").to_owned();
    let changed = name != spec_text(before, "runtimeClassName");
    if !name.is_empty() && (changed || is_set_by_rule(pod)) {
        let object = Object::new(Kind::RuntimeClass, "", &name);
        let class = look_up(&object, lookups)?;
        check_selector(&class, object, pod)?;
    }
    if changed && let Some(spec) = pod.get_mut("spec") {
        spec.remove("overhead");
    }
    Ok(())
}

/// Whether a rule has set the class: its selector is not in the pod's yet. That of a class which came
/// with the pod is, and to change it is invalid, see [`kubernetes_pod::validation`].
fn is_set_by_rule(pod: &Node<'_>) -> bool {
    let spec = pod.get("spec");
    let class = spec.and_then(|spec| spec.get("runtimeClassName"));
    class.is_some_and(|class| class.author() != Author::Pod)
}

fn check_selector(class: &Node<'_>, object: Object, pod: &Node<'_>) -> Result<(), ReferenceError> {
    let wanted = class
        .get("scheduling")
        .and_then(|scheduling| scheduling.get("nodeSelector")?.members());
    for member in wanted.unwrap_or_default() {
        let key = member.key.name();
        let there = selector(pod).and_then(|selector| selector.get(&key)?.as_str());
        if there.is_some() && there != member.value.as_str() {
            return Err(ReferenceError::Refused {
                field: format!("spec.nodeSelector['{}']", escaped(&key)),
                object,
                demand: "demands another value",
            });
        }
    }
    Ok(())
}

fn selector<'n, 'a>(pod: &'n Node<'a>) -> Option<&'n Node<'a>> {
    pod.get("spec")?.get("nodeSelector")
}
