//! `serviceAccountName`.
//!
//! By the time the policy sees a pod, the API server has given it the old account's pull secrets and
//! a volume for a token. A token is whosever account the pod has when it runs, so the volume may
//! stay, unless the new account wants no token mounted. The pull secrets have to be the new one's.

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::token;
use lazy_json::Node;

use super::{Base, ReferenceError, look_up, mountable, spec_text};
use crate::cluster::lookups::Lookups;
use crate::cluster::object::{Kind, Object};
use crate::inject::author::{Author, Authored};

/// The account of pods that name none.
const DEFAULT: &str = "default";

/// Where a rule has changed the account: looks it up, and brings the rest of the pod in line.
pub(super) fn settle<'a>(
    before: &Node<'a>,
    pod: &mut Node<'a>,
    namespace: &str,
    lookups: &Lookups<'a>,
) -> Result<(), ReferenceError> {
    let name = spec_text(pod, "serviceAccountName");
    let (old, new) = (of(before, namespace), named(name, namespace));
    if old == new {
        return Ok(());
    }
    let found = look_up(&new, lookups)?;
    if let Some(spec) = pod.get_mut("spec") {
        // The old name of the field, which the API server fills in too and would go by.
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

/// The account of a pod that the API server has filled in.
pub(super) fn of(pod: &Node<'_>, namespace: &str) -> Object {
    match spec_text(pod, "serviceAccountName") {
        "" => named(spec_text(pod, "serviceAccount"), namespace),
        name => named(name, namespace),
    }
}

fn named(name: &str, namespace: &str) -> Object {
    let name = if name.is_empty() { DEFAULT } else { name };
    Object::new(Kind::ServiceAccount, namespace, name)
}

/// Where a rule has changed the account, this one or an earlier one: checks that the account's token
/// gets in the way of nothing, and that no mount which a rule removes comes back with it.
pub(super) fn check_token<'a>(
    base: Base<'_, 'a>,
    pod: &Node<'a>,
    namespace: &str,
    lookups: &Lookups<'a>,
) -> Result<(), ReferenceError> {
    let account = of(pod, namespace);
    if account == of(base.original, namespace) {
        return Ok(());
    }
    let Some(field) = at_token_path(base.before, pod) else {
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

/// The first device at the path of a token, or mount that was removed from it.
fn at_token_path(before: &Node<'_>, pod: &Node<'_>) -> Option<String> {
    let spec_path = FieldPath::POD.field("spec");
    for list in token::LISTS {
        let list_path = spec_path.field(list);
        let old = containers(before, list);
        for container in containers(pod, list) {
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

fn containers<'n, 'a>(pod: &'n Node<'a>, list: &str) -> &'n [Node<'a>] {
    let list = pod.get("spec").and_then(|spec| spec.get(list)?.items());
    list.unwrap_or_default()
}

/// Whether a token is mounted: the pod decides, and where it does not, its account does.
fn mounts_token<'a>(pod: &Node<'a>, account: &Node<'a>) -> bool {
    let own = pod.get("spec").and_then(token::automount);
    own.or_else(|| token::automount(account)) != Some(false)
}

/// The pod's own pull secrets, where they are the old account's, become the new one's. Those that
/// rules have added stay.
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
    // Where the old account can't be read, they count as the author's.
    let Ok(old) = lookups.object(old) else {
        return;
    };
    if !own
        .iter()
        .map(|secret| name(secret))
        .eq(names(pull_secrets(Some(&old))))
    {
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

/// The pull secrets that a pod's spec or an account names.
pub(super) fn pull_secrets<'n, 'a>(owner: Option<&'n Node<'a>>) -> &'n [Node<'a>] {
    let secrets = owner.and_then(|owner| owner.get("imagePullSecrets")?.items());
    secrets.unwrap_or_default()
}

/// The names of some items.
pub(super) fn names<'n>(items: &'n [Node<'_>]) -> impl Iterator<Item = &'n str> {
    items.iter().map(name)
}

fn name<'n>(item: &'n Node<'_>) -> &'n str {
    item.get("name").and_then(Node::as_str).unwrap_or("")
}
