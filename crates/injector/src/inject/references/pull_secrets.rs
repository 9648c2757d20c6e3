//! Pull secrets that a rule removes. See [`check_removed`].

use kubernetes_pod::containers::name;
use kubernetes_pod::item::PATCH;
use lazy_json::Node;

use super::error::ReferenceError;
use super::lookup::look_up;
use super::pod_account::{self, pull_secrets};
use super::pods_before::PodsBefore;
use crate::cluster::lookups::Lookups;

/// Which pull secrets a rule removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removed {
    /// All of them.
    All,
    /// Some, by their names.
    Some,
}

impl Removed {
    /// What a rule's part of a pod's spec removes.
    pub(super) fn by(spec: &Node<'_>) -> Option<Self> {
        let members = spec.members().unwrap_or_default();
        let list = members
            .iter()
            .find(|member| member.key.is("imagePullSecrets"))?;
        if list.value.is_null() {
            return Some(Self::All);
        }
        let mut items = list.value.items().unwrap_or_default().iter();
        items
            .any(|item| item.get(PATCH).is_some())
            .then_some(Self::Some)
    }
}

/// If a rule leaves a pod no pull secrets: checks that the pod's account does not bring back what the
/// rule removed. The API server gives the account's pull secrets to every pod without any, after the
/// webhooks as before them.
///
/// # Errors
/// Returns `Restored` if the account brings them back, and `Unavailable` if it is not available.
pub(super) fn check_removed<'a>(
    removed: Removed,
    pods: PodsBefore<'_, 'a>,
    pod: &Node<'a>,
    namespace: &str,
    lookups: &Lookups<'a>,
) -> Result<(), ReferenceError> {
    let account = pod_account::of(pod, namespace);
    let before = pull_secrets(pods.before.get("spec"));
    let is_another = account != pod_account::of(pods.before, namespace);
    if !pull_secrets(pod.get("spec")).is_empty() || before.is_empty() && !is_another {
        return Ok(());
    }
    let found = look_up(&account, lookups)?;
    let secrets = pull_secrets(Some(&found));
    let was_there = |secret: &Node<'a>| before.iter().any(|other| name(other) == name(secret));
    let comes_back = match removed {
        Removed::All => !secrets.is_empty(),
        Removed::Some => secrets.iter().any(was_there),
    };
    if !comes_back {
        return Ok(());
    }
    Err(ReferenceError::Restored {
        field: "spec.imagePullSecrets".to_owned(),
        object: account,
        cause: "has pull secrets, which the API server gives to a pod without any",
    })
}
