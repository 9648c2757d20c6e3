//! Accounts that can be used only with the Secrets that they list.
//!
//! Source: `limitSecretReferences` in `k8s.io/kubernetes/plugin/pkg/admission/serviceaccount`.

use std::collections::BTreeSet;

use lazy_json::Node;

use super::account::{self, names, pull_secrets};
use super::{ReferenceError, look_up, needs};
use crate::cluster::lookups::Lookups;
use crate::cluster::object::{Kind, Object};

/// Makes an account one of these, as its annotation.
const ENFORCE_ANNOTATION: &str = "kubernetes.io/enforce-mountable-secrets";

/// The Secrets of a pod that its account has to list.
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
        let pulled_with = names(pull_secrets(pod.get("spec")));
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
            let listed: BTreeSet<&str> = names(listed).collect();
            used.iter().all(|secret| listed.contains(secret.as_str()))
        };
        let secrets = account.get("secrets").and_then(Node::items);
        listed(&self.mounted, secrets.unwrap_or_default())
            && listed(&self.pulled_with, pull_secrets(Some(account)))
    }
}

/// Checks that an account lists the Secrets of a pod, if it has to.
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

/// Checks the Secrets that a rule has added to a pod against the account that the pod has. One that
/// can't be read counts as any other: hardly any account has a list to keep to.
pub(super) fn check_added(
    before: &Node<'_>,
    pod: &Node<'_>,
    namespace: &str,
    lookups: &Lookups<'_>,
) -> Result<(), ReferenceError> {
    if !Used::by(pod).adds_to(&Used::by(before)) {
        return Ok(());
    }
    let object = account::of(pod, namespace);
    match look_up(&object, lookups) {
        Ok(account) => check(pod, &account, object),
        Err(_) => Ok(()),
    }
}

fn enforces(account: &Node<'_>) -> bool {
    let annotations = account
        .get("metadata")
        .and_then(|metadata| metadata.get("annotations"));
    annotations
        .and_then(|annotations| annotations.get(ENFORCE_ANNOTATION)?.as_str())
        .is_some_and(|value| matches!(value, "true" | "True" | "TRUE" | "1" | "t" | "T"))
}
