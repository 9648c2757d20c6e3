//! The controls that the level `restricted` adds.

use lazy_json::Node;

use super::baseline::{any_proc_mount, capability_list, is_default_or_localhost};
use super::pod::{Container, Pod, ViolatingPart};

type Found<'n, 'a> = Option<ViolatingPart<'n, 'a>>;

/// The first version that exempts Windows pods from controls that they can't meet.
const WINDOWS: u32 = 25;

pub(super) fn privilege_escalation<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    if version >= WINDOWS && pod.is_windows() {
        return None;
    }
    pod.first(|container| !container.is_security("allowPrivilegeEscalation", false))
}

pub(super) fn capabilities<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    if version >= WINDOWS && pod.is_windows() {
        return None;
    }
    let has = |list: &[Node<'_>], name| list.iter().any(|item| item.as_str() == Some(name));
    pod.first(|container| {
        let mut added = capability_list(container, "add").iter();
        !has(capability_list(container, "drop"), "ALL")
            || added.any(|capability| capability.as_str() != Some("NET_BIND_SERVICE"))
    })
}

pub(super) fn proc_mount<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    any_proc_mount(pod)
}

/// A volume without a source becomes an emptyDir.
pub(super) fn volumes<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    const ALLOWED: [&str; 9] = [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ];
    let is_allowed = |volume: &Node<'_>| {
        let members = volume.members().unwrap_or_default().iter();
        let sources = members.filter(|member| !member.key.is("name") && !member.value.is_null());
        let mut sources = sources.peekable();
        sources.peek().is_none() || sources.any(|source| ALLOWED.contains(&&*source.key.name()))
    };
    let found = !pod.volumes().iter().all(is_allowed);
    found.then_some(ViolatingPart::Pod)
}

/// Since 1.35, pods with `hostUsers: false` are exempt.
pub(super) fn run_as_non_root<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    const FIELD: &str = "runAsNonRoot";

    if version >= 35 && pod.has_own_users() {
        return None;
    }
    let of_pod = pod.security(FIELD);
    if of_pod.and_then(Node::as_bool) == Some(false) {
        return Some(ViolatingPart::Pod);
    }
    pod.first(|container| {
        let own = container.security(FIELD).or(of_pod);
        own.and_then(Node::as_bool) != Some(true)
    })
}

/// Since 1.35, pods with `hostUsers: false` are exempt.
pub(super) fn run_as_user<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    if version >= 35 && pod.has_own_users() {
        return None;
    }
    pod.with_security(|context| context.i64_at("runAsUser") == Some(0))
}

pub(super) fn seccomp<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    const FIELD: &str = "seccompProfile";

    if version >= WINDOWS && pod.is_windows() {
        return None;
    }
    let of_pod = pod.security(FIELD);
    if of_pod.is_some() && !is_default_or_localhost(of_pod) {
        return Some(ViolatingPart::Pod);
    }
    pod.first(|container: &Container<'_, '_>| {
        !is_default_or_localhost(container.security(FIELD).or(of_pod))
    })
}
