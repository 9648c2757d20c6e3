//! The token of a pod's service account: the volume and the mounts that the `ServiceAccount` admission
//! plugin adds before webhooks run, and again after them.
//!
//! Source: `k8s.io/kubernetes/plugin/pkg/admission/serviceaccount` (`mountServiceAccountToken`).

use lazy_json::Node;

/// The field of a pod or an account that says whether a token is mounted.
pub const AUTOMOUNT: &str = "automountServiceAccountToken";

/// Where the plugin mounts the token in each container that has no mount there
/// (`DefaultAPITokenMountPath`).
pub const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// How the names of the plugin's volumes begin (`ServiceAccountVolumeName`).
const VOLUME_PREFIX: &str = "kube-api-access-";

/// The lists of containers that get a mount.
pub const LISTS: [&str; 2] = ["containers", "initContainers"];

/// What a pod or an account itself says about a token being mounted.
pub fn automount(owner: &Node<'_>) -> Option<bool> {
    owner.get(AUTOMOUNT).and_then(Node::as_bool)
}

/// Whether a container mounts something at the token's path.
pub fn has_mount(container: &Node<'_>) -> bool {
    has_path(container, "volumeMounts", "mountPath")
}

/// Whether a container has a device at the token's path.
pub fn has_device(container: &Node<'_>) -> bool {
    has_path(container, "volumeDevices", "devicePath")
}

/// Whether the plugin has mounted a token in a pod that came from the API server: every container
/// then has a mount at the token's path.
pub fn is_mounted(pod: &Node<'_>) -> bool {
    let spec = pod.get("spec");
    let mut containers = LISTS
        .iter()
        .filter_map(|list| spec?.get(list)?.items())
        .flatten();
    containers.all(has_mount)
}

/// Takes away what the plugin has added: the mounts at the token's path and the volume, unless the
/// pod uses the volume elsewhere. `came` tells the items that came with the pod.
pub fn remove(pod: &mut Node<'_>, came: impl Fn(&Node<'_>) -> bool) {
    let is_the_plugins = |item: &Node<'_>| is_of_token(item) && came(item);
    let Some(spec) = pod.get_mut("spec") else {
        return;
    };
    let mut used = Vec::new();
    for list in LISTS {
        for container in items_mut(spec.get_mut(list)) {
            let Some(mounts) = container.get_mut("volumeMounts").and_then(Node::items_mut) else {
                continue;
            };
            mounts.retain(|mount| !(is_the_plugins(mount) && is_at(mount, "mountPath")));
            let others = mounts.iter().filter(|mount| is_of_token(mount));
            used.extend(others.map(|mount| name(mount).to_owned()));
        }
    }
    if let Some(volumes) = spec.get_mut("volumes").and_then(Node::items_mut) {
        let is_used = |volume: &Node<'_>| used.iter().any(|used| used == name(volume));
        volumes.retain(|volume| !is_the_plugins(volume) || is_used(volume));
    }
}

fn has_path(container: &Node<'_>, list: &str, key: &str) -> bool {
    let items = container.get(list).and_then(Node::items);
    let mut items = items.unwrap_or_default().iter();
    items.any(|item| is_at(item, key))
}

fn is_at(item: &Node<'_>, key: &str) -> bool {
    item.get(key).and_then(Node::as_str) == Some(MOUNT_PATH)
}

/// Whether a volume, or the mount of one, is named as the plugin names it.
fn is_of_token(item: &Node<'_>) -> bool {
    name(item).starts_with(VOLUME_PREFIX)
}

fn items_mut<'n, 'a>(list: Option<&'n mut Node<'a>>) -> impl Iterator<Item = &'n mut Node<'a>> {
    list.and_then(Node::items_mut).into_iter().flatten()
}

fn name<'n>(item: &'n Node<'_>) -> &'n str {
    item.get("name").and_then(Node::as_str).unwrap_or("")
}
