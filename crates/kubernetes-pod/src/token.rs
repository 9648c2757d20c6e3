//! The token of a pod's service account. The `ServiceAccount` admission plugin adds its volume and
//! mounts before webhooks run, and again after them. See [`remove`].
//!
//! Source: `k8s.io/kubernetes/plugin/pkg/admission/serviceaccount` (`mountServiceAccountToken`).

use lazy_json::Node;

use crate::containers::{self, name};

/// The field of a pod or an account that says whether a token is mounted.
pub const AUTOMOUNT: &str = "automountServiceAccountToken";

/// The path at which the plugin mounts the token in each container without a mount there
/// (`DefaultAPITokenMountPath`).
pub const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The prefix of the names of the plugin's volumes (`ServiceAccountVolumeName`).
const VOLUME_PREFIX: &str = "kube-api-access-";

/// The field `automountServiceAccountToken` of a pod's spec or of a service account.
pub fn automount(owner: &Node<'_>) -> Option<bool> {
    owner.bool_at(AUTOMOUNT)
}

/// Whether a container mounts something at the token's path.
pub fn has_mount(container: &Node<'_>) -> bool {
    has_path(container, "volumeMounts", "mountPath")
}

/// Whether a container has a device at the token's path.
pub fn has_device(container: &Node<'_>) -> bool {
    has_path(container, "volumeDevices", "devicePath")
}

/// Whether the plugin mounted a token in a pod that came from the API server: each container then
/// has a mount at the token's path.
pub fn is_mounted(pod: &Node<'_>) -> bool {
    containers::all(pod).all(|(_, container)| has_mount(container))
}

/// Removes what the plugin added: the mounts at the token's path, and the volume unless the pod
/// uses it elsewhere. `came_with_pod` says whether an item came with the pod.
pub fn remove(pod: &mut Node<'_>, came_with_pod: impl Fn(&Node<'_>) -> bool) {
    let is_the_plugins = |item: &Node<'_>| is_of_token(item) && came_with_pod(item);
    let mut used = Vec::new();
    containers::for_each_mut(pod, |container| {
        if let Some(mounts) = container.get_mut("volumeMounts").and_then(Node::items_mut) {
            mounts.retain(|mount| !(is_the_plugins(mount) && is_at(mount, "mountPath")));
            let others = mounts.iter().filter(|mount| is_of_token(mount));
            used.extend(others.map(|mount| name(mount).to_owned()));
        }
    });
    let volumes = pod.get_mut("spec").and_then(|spec| spec.get_mut("volumes"));
    if let Some(volumes) = volumes.and_then(Node::items_mut) {
        let is_used = |volume: &Node<'_>| used.iter().any(|used| used == name(volume));
        volumes.retain(|volume| !is_the_plugins(volume) || is_used(volume));
    }
}

fn has_path(container: &Node<'_>, list: &str, key: &str) -> bool {
    let mut items = container.items_at(list).iter();
    items.any(|item| is_at(item, key))
}

fn is_at(item: &Node<'_>, key: &str) -> bool {
    item.str_at(key) == Some(MOUNT_PATH)
}

/// Whether a volume or a mount has a name of the plugin's.
fn is_of_token(item: &Node<'_>) -> bool {
    name(item).starts_with(VOLUME_PREFIX)
}
