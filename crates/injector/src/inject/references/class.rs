//! `priorityClassName` and `runtimeClassName`. See [`adjust_priority`] and [`adjust_runtime`].

use kubernetes_pod::text::escaped;
use lazy_json::Node;

use super::error::ReferenceError;
use super::lookup::{look_up, spec_text};
use super::scheduling;
use crate::cluster::lookups::Lookups;
use crate::cluster::object::{Kind, Object};
use crate::inject::author::{Author, Authored};

/// Whether the pod's `priorityClassName` is the cluster's default class, and a rule sets another
/// one. A class that can't be read counts as set by the pod's author.
pub(super) fn is_default(pod: &Node<'_>, wanted: Option<&Node<'_>>, lookups: &Lookups<'_>) -> bool {
    let Some(there) = pod.at(&["spec", "priorityClassName"]) else {
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
    class.is_ok_and(|class| class.is_true("globalDefault"))
}

/// If a rule changed the `priorityClassName`: removes the priority that the API server filled in
/// from the old class. The API server would reject the pod if the priority is not that of the new
/// class.
///
/// # Errors
/// Returns `Unavailable` if the new class is not available.
pub(super) fn adjust_priority<'a>(
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

/// If a rule changed the `runtimeClassName`: removes the overhead and the scheduling that the API
/// server filled in from the old class. If a rule changed it or the `nodeSelector`: checks that the
/// class's node selector does not contradict the pod's, since the API server merges the two. `rule`
/// is the rule's part of the spec.
///
/// # Errors
/// Returns `Refused` if they contradict each other, `Restored` if the rule removes what the class has,
/// and `Unavailable` if the class is not available.
pub(super) fn adjust_runtime<'a>(
    before: &Node<'a>,
    pod: &mut Node<'a>,
    rule: Option<&Node<'a>>,
    lookups: &Lookups<'a>,
) -> Result<(), ReferenceError> {
    let name = spec_text(pod, "runtimeClassName").to_owned();
    let changed = name != spec_text(before, "runtimeClassName");
    if changed {
        scheduling::remove(before, pod, rule, lookups);
    } else {
        scheduling::check_kept(before, pod, lookups)?;
    }
    if !name.is_empty() && (changed || scheduling::is_set_by_rule(pod)) {
        let object = Object::new(Kind::RuntimeClass, "", &name);
        let class = look_up(&object, lookups)?;
        check_selector(&class, object, pod)?;
    }
    if changed && let Some(spec) = pod.get_mut("spec") {
        spec.remove("overhead");
    }
    Ok(())
}

fn check_selector(class: &Node<'_>, object: Object, pod: &Node<'_>) -> Result<(), ReferenceError> {
    let scheduling = class.get("scheduling");
    let wanted = scheduling.map_or(&[][..], |scheduling| scheduling.members_at("nodeSelector"));
    for member in wanted {
        let key = member.key.name();
        let there = pod
            .at(&["spec", "nodeSelector", &key])
            .and_then(Node::as_str);
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
