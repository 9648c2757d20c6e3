//! Volumes, mounts, devices, and the token of the service account.

use std::cell::{LazyCell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};

use lazy_json::Node;

use super::detect::{Change, Container};
use super::fields::{of_container, of_spec};
use super::found::Found;
use crate::text::escaped;
use crate::validation::cause::Cause;
use crate::{item, token};

/// The longest name of an object.
const NAME_BYTES: usize = 253;

/// The pod's volumes by name. They are read when something refers to a volume.
struct Volumes<'c, 'n, 'a> {
    change: &'c Change<'n, 'a>,
    by_name: OnceCell<BTreeMap<&'n str, &'n Node<'a>>>,
}

impl<'n, 'a> Volumes<'_, 'n, 'a> {
    fn get(&self, name: &str) -> Option<&'n Node<'a>> {
        let by_name = self.by_name.get_or_init(|| {
            let volumes = self.change.spec.items_at("volumes").iter();
            volumes
                .filter_map(|volume| Some((volume.str_at("name")?, volume)))
                .collect()
        });
        by_name.get(name).copied()
    }
}

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let lost = has_lost_volumes(change);
    // The token's mounts of all containers depend on this field.
    let token = change
        .spec
        .is_changed(of_spec!("automountServiceAccountToken"));
    let token_is_mounted = LazyCell::new(|| is_token_mounted(change));
    let users = of_container!("volumeMounts", "volumeDevices", "env");
    if lost || token || change.is_any_container_changed(users) {
        let volumes = Volumes {
            change,
            by_name: OnceCell::new(),
        };
        for container in change.containers() {
            mounts(container, lost, &volumes, found);
            devices(container, lost, &volumes, found);
            device_at_token(change, container, token, found);
            files(container, lost, &volumes, found);
            if has_lost_token(container) && *token_is_mounted {
                let field = at_token("volumeMounts");
                found.in_container(container, &field, Cause::TokenMount);
            }
        }
    }
    if change.spec.is_changed(of_spec!("volumes")) {
        ephemeral_claims(change, found);
    }
}

/// Whether a volume was removed or changed.
fn has_lost_volumes(change: &Change<'_, '_>) -> bool {
    if !change.spec.is_changed(of_spec!("volumes")) {
        return false;
    }
    let before = change.spec.items_before("volumes");
    let mut after = change.spec.items_at("volumes").iter();
    change.spec.is_new() || before.iter().any(|old| !after.any(|new| new.is_same(old)))
}

/// The items of a container's list that are checked: all of them if a volume is lost, else the
/// changed ones.
fn to_check<'n, 'a>(container: &Container<'n, 'a>, list: &str, lost: bool) -> Vec<&'n Node<'a>> {
    if lost {
        container.part.items_at(list).iter().collect()
    } else {
        container.part.changed_items(list)
    }
}

/// `ValidateVolumeMounts`.
fn mounts(
    container: &Container<'_, '_>,
    lost: bool,
    volumes: &Volumes<'_, '_, '_>,
    found: &mut Found,
) {
    for mount in to_check(container, "volumeMounts", lost) {
        let name = mount.str_at("name");
        if name.is_some_and(|name| volumes.get(name).is_none()) {
            let field = item("volumeMounts", mount, "mountPath");
            found.in_container(container, &field, Cause::NoVolume);
        }
    }
}

/// `ValidateVolumeDevices`.
fn devices(
    container: &Container<'_, '_>,
    lost: bool,
    volumes: &Volumes<'_, '_, '_>,
    found: &mut Found,
) {
    let to_check = to_check(container, "volumeDevices", lost);
    if to_check.is_empty() {
        return;
    }
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for device in container.part.items_at("volumeDevices") {
        if let Some(name) = device.str_at("name") {
            *uses.entry(name).or_default() += 1;
        }
    }
    for device in to_check {
        let field = || item("volumeDevices", device, "devicePath");
        let Some(name) = device.str_at("name") else {
            continue;
        };
        match volumes.get(name) {
            None => found.in_container(container, &field(), Cause::NoVolume),
            Some(volume) if !is_claim(volume) => {
                found.in_container(container, &field(), Cause::DeviceNeedsClaim);
            }
            Some(_) => {}
        }
        if uses.get(name).is_some_and(|uses| *uses > 1) {
            found.in_container(container, &field(), Cause::DeviceTwice);
        }
    }
}

/// Reports a device at the path at which the `ServiceAccount` admission plugin mounts the token.
/// `token` says whether `automountServiceAccountToken` changed.
fn device_at_token(
    change: &Change<'_, '_>,
    container: &Container<'_, '_>,
    token: bool,
    found: &mut Found,
) {
    let automount = change.spec.node().and_then(token::automount);
    if automount == Some(false) || !container.part.node().is_some_and(token::has_device) {
        return;
    }
    let is_mounted = if change.pod_before.is_none() {
        // The plugin has run: without a mount, the account does not mount the token.
        container.part.node().is_some_and(token::has_mount)
    } else {
        let had_device = container.part.node_before().is_some_and(token::has_device);
        token || !had_device
    };
    if is_mounted {
        let field = at_token("volumeDevices");
        found.in_container(container, &field, Cause::DeviceAtToken);
    }
}

/// Whether a rule removed a container's mount at the token's path.
fn has_lost_token(container: &Container<'_, '_>) -> bool {
    let part = &container.part;
    part.is_changed(of_container!("volumeMounts"))
        && part.node_before().is_some_and(token::has_mount)
        && !part.node().is_some_and(token::has_mount)
}

/// Whether the plugin will mount the token. An account that a rule set is checked where it is
/// looked up.
fn is_token_mounted(change: &Change<'_, '_>) -> bool {
    let account = |pod: &Node<'_>| {
        let name = pod.at(&["spec", "serviceAccountName"]);
        name.and_then(Node::as_str).unwrap_or("").to_owned()
    };
    match change.spec.node().and_then(token::automount) {
        Some(automount) => automount,
        None => {
            account(change.pod) == account(change.original) && token::is_mounted(change.original)
        }
    }
}

fn at_token(list: &str) -> String {
    format!("{list}['{}']", token::MOUNT_PATH)
}

fn is_claim(volume: &Node<'_>) -> bool {
    volume.get("persistentVolumeClaim").is_some() || volume.get("ephemeral").is_some()
}

/// `validateFileKeyRefVolumes`.
fn files(
    container: &Container<'_, '_>,
    lost: bool,
    volumes: &Volumes<'_, '_, '_>,
    found: &mut Found,
) {
    for variable in to_check(container, "env", lost) {
        // The common case: a pod may have thousands of env vars, and hardly any is read from a
        // file.
        if variable
            .text()
            .is_some_and(|text| !text.contains("fileKeyRef"))
        {
            continue;
        }
        let name = variable.at(&["valueFrom", "fileKeyRef", "volumeName"]);
        let Some(name) = name.and_then(Node::as_str) else {
            continue;
        };
        let cause = match volumes.get(name) {
            None => Cause::NoVolume,
            Some(volume) if !is_empty_dir(volume) => Cause::FileNeedsEmptyDir,
            Some(_) => continue,
        };
        found.in_container(container, &item("env", variable, "name"), cause);
    }
}

/// Whether a volume is an emptyDir. A volume without a source becomes one (`SetDefaults_Volume`).
fn is_empty_dir(volume: &Node<'_>) -> bool {
    let mut members = volume.members().unwrap_or_default().iter();
    volume.get("emptyDir").is_some()
        || members.all(|member| member.key.is("name") || member.value.is_null())
}

/// `validateVolumeSource`, `ValidateVolumes`. The claims that the API server creates for ephemeral
/// volumes are named after the pod. A name that the API server will generate is not known yet, and
/// is short enough.
fn ephemeral_claims(change: &Change<'_, '_>, found: &mut Found) {
    let Some(pod) = change
        .metadata
        .str_at("name")
        .filter(|name| !name.is_empty())
    else {
        return;
    };
    let volumes = change.spec.items_at("volumes");
    let mut claims = BTreeSet::new();
    for volume in volumes
        .iter()
        .filter(|volume| volume.get("ephemeral").is_some())
    {
        let claim = format!("{pod}-{}", volume.str_at("name").unwrap_or(""));
        if claim.len() > NAME_BYTES {
            let field = format!("spec.{}", item("volumes", volume, "name"));
            found.in_pod(&field, Cause::EphemeralClaimName);
        }
        claims.insert(claim);
    }
    for volume in volumes.iter().filter(|_| !claims.is_empty()) {
        let name = volume.at(&["persistentVolumeClaim", "claimName"]);
        let name = name.and_then(Node::as_str);
        if name.is_some_and(|name| claims.contains(name)) {
            let field = format!("spec.{}", item("volumes", volume, "name"));
            found.in_pod(&field, Cause::ClaimOfEphemeralVolume);
        }
    }
}

/// The name of a list item in messages.
fn item(list: &str, node: &Node<'_>, key: &str) -> String {
    format!("{list}['{}']", escaped(&item::merge_key_text(&[key], node)))
}
