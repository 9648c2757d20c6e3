//! `serviceAccountName`. See [`adjust`].
//!
//! When the policy sees a pod, the API server has already added the old account's pull secrets and
//! a volume for the token. The volume may stay, since its token is that of the account with which
//! the pod runs, unless the new account does not mount a token. The pull secrets become the new
//! account's.

use kubernetes_pod::containers::{ContainerList, name};
use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::token;
use lazy_json::Node;

use super::error::ReferenceError;
use super::lookup::{look_up, spec_text};
use super::mountable;
use super::pod_account::{self, pull_secrets};
use super::pods_before::PodsBefore;
use crate::cluster::lookups::Lookups;
use crate::cluster::object::Object;
use crate::inject::author::{Author, Authored};

/// If a rule changed the account: looks it up and adjusts the rest of the pod.
///
/// # Errors
/// Returns `Unavailable` if the account is not available, and `Refused` if it does not allow the
/// pod's Secrets.
pub(super) fn adjust<'a>(
    before: &Node<'a>,
    pod: &mut Node<'a>,
    namespace: &str,
    lookups: &Lookups<'a>,
) -> Result<(), ReferenceError> {
    let name = spec_text(pod, "serviceAccountName");
    let old = pod_account::of(before, namespace);
    let new = pod_account::named(name, namespace);
    if old == new {
        return Ok(());
    }
    let found = look_up(&new, lookups)?;
    if let Some(spec) = pod.get_mut("spec") {
        // The old name of the field. The API server fills it in too, and prefers it.
        match spec.get("serviceAccountName").cloned() {
            Some(name) if spec.get("serviceAccount").is_some() => spec.set("serviceAccount", name),
            Some(_) => {}
            None => _ = spec.remove("serviceAccount"),
        }
    }
    if !mounts_token(pod, &found) {
        token::remove(pod, |item| item.author() == Author::Pod);
    }
    replace_pull_secrets(pod, &found, &old, lookups);
    mountable::check(pod, &found, new)
}

/// If this rule or an earlier one changed the account: checks that the account's token is not
/// mounted over a device, and that it does not bring back a mount that a rule removed.
///
/// # Errors
/// Returns `Refused` if it does, and `Unavailable` if the account is not available.
pub(super) fn check_token<'a>(
    pods: PodsBefore<'_, 'a>,
    pod: &Node<'a>,
    namespace: &str,
    lookups: &Lookups<'a>,
) -> Result<(), ReferenceError> {
    let account = pod_account::of(pod, namespace);
    if account == pod_account::of(pods.original, namespace) {
        return Ok(());
    }
    let Some(field) = at_token_path(pods.before, pod) else {
        return Ok(());
    };
    let found = look_up(&account, lookups)?;
    if mounts_token(pod, &found) {
        return Err(ReferenceError::Refused {
            field,
            object: account,
            demand: "has its token mounted at this path",
        });
    }
    Ok(())
}

/// The first device at the token's path, or the first mount that was removed from there.
fn at_token_path(before: &Node<'_>, pod: &Node<'_>) -> Option<String> {
    let spec_path = FieldPath::ROOT.field("spec");
    for list in ContainerList::ALL {
        let list_path = spec_path.field(list.field());
        let old = list.items(before);
        for container in list.items(pod) {
            let had_mount = || {
                let mut old = old.iter().filter(|old| name(old) == name(container));
                old.any(token::has_mount)
            };
            let field = if token::has_mount(container) {
                continue;
            } else if token::has_device(container) {
                "volumeDevices"
            } else if had_mount() {
                "volumeMounts"
            } else {
                continue;
            };
            let path = list_path.key(name(container));
            let field = path.field(field);
            return Some(field.key(token::MOUNT_PATH).place().to_string());
        }
    }
    None
}

/// Whether the API server mounts a token: the pod's `automountServiceAccountToken` decides, or else
/// the account's.
fn mounts_token<'a>(pod: &Node<'a>, account: &Node<'a>) -> bool {
    let own = pod.get("spec").and_then(token::automount);
    own.or_else(|| token::automount(account)) != Some(false)
}

/// Replaces the pod's own pull secrets by the new account's if they are the old account's. Pull
/// secrets that rules added stay.
fn replace_pull_secrets<'a>(
    pod: &mut Node<'a>,
    account: &Node<'a>,
    old: &Object,
    lookups: &Lookups<'a>,
) {
    let there = pull_secrets(pod.get("spec"));
    let (own, added): (Vec<_>, Vec<_>) = there
        .iter()
        .partition(|secret| secret.author() == Author::Pod);
    if own.is_empty() {
        return;
    }
    // If the old account can't be read, the pull secrets count as the author's.
    let Ok(old) = lookups.object(old) else {
        return;
    };
    let of_old = pull_secrets(Some(&old)).iter().map(name);
    if !own.iter().map(|secret| name(secret)).eq(of_old) {
        return;
    }
    let mut secrets = pull_secrets(Some(account)).to_vec();
    for secret in added {
        if !secrets.iter().any(|other| name(other) == name(secret)) {
            secrets.push(secret.clone());
        }
    }
    if let Some(spec) = pod.get_mut("spec") {
        if secrets.is_empty() {
            spec.remove("imagePullSecrets");
        } else {
            spec.set("imagePullSecrets", Node::array(secrets));
        }
    }
}
