//! `serviceAccountName`.
//!
//! By the time the policy sees a pod, the API server has given it the old account's pull secrets and
//! a volume for a token. A token is whosever account the pod has when it runs, so the volume may
//! stay, unless the new account wants no token mounted. The pull secrets have to be the new one's.

use super::needs::{self, Which};
use super::{ReferenceError, look_up, spec_text};
use crate::json::{Author, Node};
use crate::lookups::Lookups;
use crate::object::{Kind, Object};

/// The account of pods that name none.
const DEFAULT: &str = "default";

/// How the API server names the volumes of tokens.
const TOKEN_VOLUME_PREFIX: &str = "kube-api-access-";

/// Lets an account be used only with the Secrets that it lists.
const ENFORCE_ANNOTATION: &str = "kubernetes.io/enforce-mountable-secrets";

/// Where a rule has changed the account: looks it up, and brings the rest of the pod in line.
pub(super) fn settle<'a>(
    before: &Node<'a>,
    pod: &mut Node<'a>,
    namespace: &str,
    lookups: &Lookups<'a>,
) -> Result<(), ReferenceError> {
    let account = |name: &str| Object::new(Kind::ServiceAccount, namespace, name);
    let old_name = match spec_text(before, "serviceAccountName") {
        "" => spec_text(before, "serviceAccount"),
        name => name,
    };
    let name = spec_text(pod, "serviceAccountName").to_owned();
    let (old, new) = (account(or_default(old_name)), account(or_default(&name)));
    if old == new {
        return Ok(());
    }
    let found = look_up(&new, lookups)?;
    if let Some(spec) = pod.get_mut("spec") {
        // The old name of the field, which the API server fills in too and would go by.
        if name.is_empty() {
            spec.remove("serviceAccount");
        } else if spec.get("serviceAccount").is_some() {
            spec.set("serviceAccount", Node::string(name));
        }
    }
    if !mounts_token(pod, &found) {
        remove_token(pod);
    }
    replace_pull_secrets(pod, &found, &old, lookups);
    check_secrets(pod, &found, new)
}

fn or_default(name: &str) -> &str {
    if name.is_empty() { DEFAULT } else { name }
}

/// Whether a token is mounted: the pod decides, and where it does not, its account does.
fn mounts_token<'a>(pod: &Node<'a>, account: &Node<'a>) -> bool {
    const FIELD: &str = "automountServiceAccountToken";
    let own = pod.get("spec").and_then(|spec| spec.get(FIELD));
    let decides = own.or_else(|| account.get(FIELD));
    decides.and_then(Node::as_bool) != Some(false)
}

/// Takes away the volume that the API server has added for a token, and its mounts.
fn remove_token(pod: &mut Node<'_>) {
    let Some(spec) = pod.get_mut("spec") else {
        return;
    };
    let lists = ["containers", "initContainers"];
    for list in lists {
        let count = spec.get(list).and_then(Node::items).map_or(0, <[_]>::len);
        for index in 0..count {
            let mounts = spec
                .get_mut(list)
                .and_then(Node::items_mut)
                .and_then(|containers| containers[index].get_mut("volumeMounts"));
            remove_token_items(mounts);
        }
    }
    remove_token_items(spec.get_mut("volumes"));
}

fn remove_token_items(list: Option<&mut Node<'_>>) {
    if let Some(items) = list.and_then(Node::items_mut) {
        items.retain(|item| {
            item.author() != Author::Pod || !name(item).starts_with(TOKEN_VOLUME_PREFIX)
        });
    }
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

fn check_secrets(pod: &Node<'_>, account: &Node<'_>, object: Object) -> Result<(), ReferenceError> {
    let annotations = account
        .get("metadata")
        .and_then(|metadata| metadata.get("annotations"));
    let enforced = annotations
        .and_then(|annotations| annotations.get(ENFORCE_ANNOTATION)?.as_str())
        .is_some_and(|value| matches!(value, "true" | "True" | "TRUE" | "1" | "t" | "T"));
    if !enforced {
        return Ok(());
    }
    let listed: Vec<&str> = account
        .get("secrets")
        .and_then(Node::items)
        .map(|secrets| names(secrets).collect())
        .unwrap_or_default();
    let used = needs::of(pod, Which::All);
    let mut used = used.iter().filter(|need| need.kind == Kind::Secret);
    if used.all(|need| listed.contains(&need.name.as_str())) {
        return Ok(());
    }
    Err(ReferenceError::Refused {
        field: "spec.serviceAccountName".to_owned(),
        object,
        demand: "allows only Secrets that it lists, and the pod uses others",
    })
}

fn pull_secrets<'n, 'a>(owner: Option<&'n Node<'a>>) -> &'n [Node<'a>] {
    let secrets = owner.and_then(|owner| owner.get("imagePullSecrets")?.items());
    secrets.unwrap_or_default()
}

fn names<'n>(items: &'n [Node<'_>]) -> impl Iterator<Item = &'n str> {
    items.iter().map(name)
}

fn name<'n>(item: &'n Node<'_>) -> &'n str {
    item.get("name").and_then(Node::as_str).unwrap_or("")
}
