//! Service accounts that allow only the Secrets that they list. See [`check`].
//!
//! Source: `limitSecretReferences` in `k8s.io/kubernetes/plugin/pkg/admission/serviceaccount`.

use std::collections::BTreeSet;

use kubernetes_pod::containers::name;
use lazy_json::Node;

use super::error::ReferenceError;
use super::lookup::look_up;
use super::needs;
use super::pod_account::{self, pull_secrets};
use crate::cluster::lookups::Lookups;
use crate::cluster::object::{Kind, Object};

/// The annotation that turns this restriction on.
const ENFORCE_ANNOTATION: &str = "kubernetes.io/enforce-mountable-secrets";

/// The Secrets that a pod uses and that its account has to list.
#[derive(Debug, PartialEq, Eq)]
struct Used {
    mounted: BTreeSet<String>,
    pulled_with: BTreeSet<String>,
}

impl Used {
    fn by(pod: &Node<'_>) -> Self {
        let references = needs::references(pod).into_iter();
        let mounted = references
            .filter(|reference| reference.need.kind == Kind::Secret && !reference.projected);
        let pulled_with = pull_secrets(pod.get("spec")).iter().map(name);
        Self {
            mounted: mounted.map(|reference| reference.need.name).collect(),
            pulled_with: pulled_with.map(str::to_owned).collect(),
        }
    }

    fn adds_to(&self, before: &Self) -> bool {
        !self.mounted.is_subset(&before.mounted) || !self.pulled_with.is_subset(&before.pulled_with)
    }

    fn are_listed(&self, account: &Node<'_>) -> bool {
        let listed = |used: &BTreeSet<String>, listed: &[Node<'_>]| {
            let listed: BTreeSet<&str> = listed.iter().map(name).collect();
            used.iter().all(|secret| listed.contains(secret.as_str()))
        };
        listed(&self.mounted, account.items_at("secrets"))
            && listed(&self.pulled_with, pull_secrets(Some(account)))
    }
}

/// Checks that an account with the restriction lists the Secrets of a pod.
///
/// # Errors
/// Returns `Refused` if it does not.
pub(super) fn check(
    pod: &Node<'_>,
    account: &Node<'_>,
    object: Object,
) -> Result<(), ReferenceError> {
    if !enforces(account) || Used::by(pod).are_listed(account) {
        return Ok(());
    }
    Err(ReferenceError::Refused {
        field: "spec.serviceAccountName".to_owned(),
        object,
        demand: "allows only Secrets that it lists, and the pod uses others",
    })
}

/// Checks the Secrets that a rule added to a pod against the pod's account. An account that can't
/// be read passes, since hardly any account has the restriction.
///
/// # Errors
/// Returns `Refused` if the account does not list a Secret.
pub(super) fn check_added(
    before: &Node<'_>,
    pod: &Node<'_>,
    namespace: &str,
    lookups: &Lookups<'_>,
) -> Result<(), ReferenceError> {
    if !Used::by(pod).adds_to(&Used::by(before)) {
        return Ok(());
    }
    let object = pod_account::of(pod, namespace);
    match look_up(&object, lookups) {
        Ok(account) => check(pod, &account, object),
        Err(_) => Ok(()),
    }
}

fn enforces(account: &Node<'_>) -> bool {
    account
        .at(&["metadata", "annotations", ENFORCE_ANNOTATION])
        .and_then(Node::as_str)
        .is_some_and(|value| matches!(value, "true" | "True" | "TRUE" | "1" | "t" | "T"))
}
