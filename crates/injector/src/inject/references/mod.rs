//! The objects that a rule's edits refer to. See [`adjusted`].
//!
//! When a pod is created, the API server looks up the objects that three fields name, and rejects
//! the pod if an object does not exist or does not fit the pod: `serviceAccountName`,
//! `priorityClassName` and `runtimeClassName`. It does so before the policy sees the pod, and fills
//! in fields from the objects. A rule that sets one of the three fields is applied only if the new
//! object has been looked up. What was filled in from the old object is removed; the API server
//! fills in fields from the new object, since its admission plugins run again after the webhooks.
//!
//! Source: `k8s.io/kubernetes/plugin/pkg/admission` (`serviceaccount`, `priority`, `runtimeclass`).

mod account;
mod class;
mod controller;
mod error;
mod lookup;
mod mountable;
mod needs;
mod pod_account;
mod pods_before;
mod pull_secrets;
mod scheduling;

use std::borrow::Cow;

use lazy_json::Node;

pub use self::controller::check as check_controller;
pub use self::error::ReferenceError;
pub use self::pods_before::PodsBefore;
use crate::cluster::lookups::Lookups;
use crate::settings::rule::Injection;

const SERVICE_ACCOUNT: &str = "serviceAccountName";
const PRIORITY_CLASS: &str = "priorityClassName";
const RUNTIME_CLASS: &str = "runtimeClassName";

/// The pod that a rule is merged into: without a `priorityClassName` that the API server filled in
/// and that the rule sets. Like any default, it does not conflict with the rule.
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

/// Adjusts a pod with a rule's edits to the objects that the edits refer to.
///
/// # Errors
/// Returns the first error of an object that does not exist, can't be read or does not fit the pod.
pub fn adjusted<'a>(
    pods: PodsBefore<'_, 'a>,
    mut pod: Node<'a>,
    injection: &Injection<'_, 'a>,
    namespace: &str,
    lookups: &Lookups<'a>,
) -> Result<Node<'a>, ReferenceError> {
    adjust(pods, &mut pod, injection, namespace, lookups)
        .map_err(|error| error.without_values(&pod))?;
    Ok(pod)
}

fn adjust<'a>(
    pods: PodsBefore<'_, 'a>,
    pod: &mut Node<'a>,
    injection: &Injection<'_, 'a>,
    namespace: &str,
    lookups: &Lookups<'a>,
) -> Result<(), ReferenceError> {
    let before = pods.before;
    let sets = |field: &str| {
        let members = rule_spec(injection).and_then(Node::members);
        members.is_some_and(|members| members.iter().any(|member| member.key.is(field)))
    };
    if sets(SERVICE_ACCOUNT) {
        account::adjust(before, pod, namespace, lookups)?;
    }
    account::check_token(pods, pod, namespace, lookups)?;
    if let Some(removed) = rule_spec(injection).and_then(pull_secrets::Removed::by) {
        pull_secrets::check_removed(removed, pods, pod, namespace, lookups)?;
    }
    if sets(PRIORITY_CLASS) {
        class::adjust_priority(before, pod, lookups)?;
    }
    if sets(RUNTIME_CLASS) || sets("nodeSelector") || sets("tolerations") {
        class::adjust_runtime(before, pod, rule_spec(injection), lookups)?;
    }
    // Both checks ask for their objects before the first one fails, so that all are looked up
    // together.
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
