//! What a rule's edits refer to.
//!
//! The API server looks up three of a pod's fields when it is created, and rejects the pod if it
//! does not find the object or does not like what it finds: `serviceAccountName`,
//! `priorityClassName` and `runtimeClassName`. It has done so, and filled in what follows from it,
//! before the policy sees the pod. A rule that sets one of them is applied only where the object has
//! been looked up, and what followed from the old one goes with it; the API server fills in what
//! follows from the new one, since its admission plugins run again after a webhook has changed the
//! pod.
//!
//! Source: `k8s.io/kubernetes/plugin/pkg/admission` (`serviceaccount`, `priority`, `runtimeclass`).

mod account;
mod class;
mod controller;
mod mountable;
mod needs;

use std::borrow::Cow;
use std::rc::Rc;

use kubernetes_pod::item;
use kubernetes_pod::names;
use kubernetes_pod::text::{escaped, quoted};
use lazy_json::Node;

use crate::cluster::lookups::Lookups;
use crate::cluster::object::Object;
use crate::cluster::unavailable::Unavailable;
use crate::settings::rule::Injection;

/// Why a rule's edits can't be made because of what they refer to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// An object is needed that is not there, or can't be read.
    #[error("it needs {object}, which {why}")]
    Unavailable {
        /// The object.
        object: Object,
        /// Why it is of no use.
        why: Unavailable,
    },
    /// A `ConfigMap` is there, and lacks a key.
    #[error(
        "it needs the key '{}' of {object}, which has no such key",
        escaped(key)
    )]
    NoKey {
        /// The object.
        object: Object,
        /// The key.
        key: String,
    },
    /// The API server would not put the pod and the object together.
    #[error("{field}: {object} {demand}")]
    Refused {
        /// The pod's field.
        field: String,
        /// The object.
        object: Object,
        /// What the object wants of the pod.
        demand: &'static str,
    },
    /// The rule changes a label by which a controller may select its pods, and the policy can't know.
    #[error(
        "{field}: the pod's controller, a {}, may select its pods by it, and the policy does not look \
         up objects of that kind",
        quoted(kind)
    )]
    UnknownController {
        /// The label.
        field: String,
        /// The controller's kind, as the pod has it.
        kind: String,
    },
}

impl ReferenceError {
    /// The same without the names and keys that variables made in a pod.
    fn without_values(mut self, pod: &Node<'_>) -> Self {
        let hide = |name: &mut String| {
            let is_made = item::is_expanded_in(pod, name);
            if is_made {
                item::EXPANDED.clone_into(name);
            }
            is_made
        };
        match &mut self {
            Self::Unavailable { object, why } => {
                if hide(&mut object.name)
                    && let Unavailable::Failed(words) = why
                {
                    "the host could not look it up".clone_into(words);
                }
            }
            Self::Refused { object, .. } => _ = hide(&mut object.name),
            Self::NoKey { object, key } => {
                hide(&mut object.name);
                hide(key);
            }
            Self::UnknownController { .. } => {}
        }
        self
    }
}

pub use self::controller::check as check_controller;

const SERVICE_ACCOUNT: &str = "serviceAccountName";
const PRIORITY_CLASS: &str = "priorityClassName";
const RUNTIME_CLASS: &str = "runtimeClassName";

/// The pod as a rule is merged into it: a `priorityClassName` that the API server has filled in is
/// nobody's, like any default.
pub fn without_default_class<'p, 'a>(
    pod: &'p Node<'a>,
    injection: &Injection<'_, 'a>,
    lookups: &Lookups<'a>,
) -> Cow<'p, Node<'a>> {
    let wanted = rule_spec(injection).and_then(|spec| spec.get(PRIORITY_CLASS));
    if wanted.is_some() && class::is_default(pod, wanted, lookups) {
        let mut pod = pod.clone();
        if let Some(spec) = pod.get_mut("spec") {
            spec.remove(PRIORITY_CLASS);
        }
        return Cow::Owned(pod);
    }
    Cow::Borrowed(pod)
}

/// A pod before a rule's edits.
#[derive(Debug, Clone, Copy)]
pub struct Base<'p, 'a> {
    /// The pod as it came, before any rule.
    pub original: &'p Node<'a>,
    /// The pod before the rule.
    pub before: &'p Node<'a>,
}

/// The pod with a rule's edits, and with what follows from them.
///
/// # Errors
/// The first thing that the edits need and that is not there.
pub fn settled<'a>(
    base: Base<'_, 'a>,
    mut pod: Node<'a>,
    injection: &Injection<'_, 'a>,
    namespace: &str,
    lookups: &Lookups<'a>,
) -> Result<Node<'a>, ReferenceError> {
    settle(base, &mut pod, injection, namespace, lookups)
        .map_err(|error| error.without_values(&pod))?;
    Ok(pod)
}

fn settle<'a>(
    base: Base<'_, 'a>,
    pod: &mut Node<'a>,
    injection: &Injection<'_, 'a>,
    namespace: &str,
    lookups: &Lookups<'a>,
) -> Result<(), ReferenceError> {
    let before = base.before;
    let sets = |field: &str| {
        let members = rule_spec(injection).and_then(Node::members);
        members.is_some_and(|members| members.iter().any(|member| member.key.is(field)))
    };
    if sets(SERVICE_ACCOUNT) {
        account::settle(before, pod, namespace, lookups)?;
    }
    account::check_token(base, pod, namespace, lookups)?;
    if sets(PRIORITY_CLASS) {
        class::settle_priority(before, pod, lookups)?;
    }
    if sets(RUNTIME_CLASS) || sets("nodeSelector") {
        class::settle_runtime(before, pod, lookups)?;
    }
    // Both ask before either is judged, so that all is looked up together.
    let needs = if injection.check_references {
        needs::check(before, pod, namespace, lookups)
    } else {
        Ok(())
    };
    if injection.check_references || sets(SERVICE_ACCOUNT) {
        needs.and(mountable::check_added(before, pod, namespace, lookups))
    } else {
        needs
    }
}

fn rule_spec<'n, 'a>(injection: &Injection<'n, 'a>) -> Option<&'n Node<'a>> {
    injection.pod?.get("spec")
}

/// A string of a pod's spec; empty where there is none.
fn spec_text<'n>(pod: &'n Node<'_>, field: &str) -> &'n str {
    let spec = pod.get("spec");
    let text = spec.and_then(|spec| spec.get(field)?.as_str());
    text.unwrap_or("")
}

fn look_up<'a>(object: &Object, lookups: &Lookups<'a>) -> Result<Rc<Node<'a>>, ReferenceError> {
    // A name that no object can have is not asked for: a host makes a path of it.
    let found = match names::dns_subdomain(&object.name) {
        Ok(()) => lookups.object(object),
        Err(_) => Err(Unavailable::Absent),
    };
    found.map_err(|why| ReferenceError::Unavailable {
        object: object.clone(),
        why,
    })
}
