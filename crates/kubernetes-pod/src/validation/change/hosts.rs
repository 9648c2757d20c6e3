//! What containers and pods share with the node.

use lazy_json::Node;

use super::detect::{Change, Container};
use super::fields::{of_container, of_spec};
use super::found::Found;
use crate::validation::cause::Cause;

/// Sysctls of the node's IPC namespace.
///
/// Source: `k8s.io/component-helpers/node/util/sysctl/namespace.go`.
const IPC_SYSCTLS: [&str; 10] = [
    "kernel.msg",
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shm",
    "kernel.shm_rmid_forced",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
];

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let spec = &change.spec;
    if spec.is_changed(of_spec!("hostPID", "shareProcessNamespace"))
        && spec.is_true("hostPID")
        && spec.is_true("shareProcessNamespace")
    {
        found.in_pod("spec.shareProcessNamespace", Cause::ProcessNamespace);
    }
    let host_users = spec.bool_at("hostUsers");
    if host_users == Some(false) {
        user_namespace(change, found);
    } else {
        proc_mounts(change, found);
    }
    if change.is_any_container_changed(of_container!("volumeMounts", "securityContext")) {
        for container in change.containers() {
            propagation(container, found);
        }
    }
    if spec.is_changed(of_spec!("hostNetwork", "hostIPC", "securityContext")) {
        sysctls(change, found);
    }
}

/// `validateHostUsers`.
fn user_namespace(change: &Change<'_, '_>, found: &mut Found) {
    let spec = &change.spec;
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        let changed = spec.is_changed(of_spec!("hostUsers")) || spec.is_named_changed(field);
        if changed && spec.is_true(field) {
            found.in_pod(&format!("spec.{field}"), Cause::HostUsers);
        }
    }
    if !spec.is_changed(of_spec!("hostUsers"))
        && !change.is_any_container_changed(of_container!("volumeDevices"))
    {
        return;
    }
    for container in change.containers() {
        if !container.part.items_at("volumeDevices").is_empty() {
            found.in_container(container, "volumeDevices", Cause::HostUsers);
        }
    }
}

/// `ValidateSecurityContext`.
fn proc_mounts(change: &Change<'_, '_>, found: &mut Found) {
    let of_pod = change.spec.is_changed(of_spec!("hostUsers"));
    if !of_pod && !change.is_any_container_changed(of_container!("securityContext")) {
        return;
    }
    for container in change.containers() {
        if !of_pod && !container.is_changed(of_container!("securityContext")) {
            continue;
        }
        let proc_mount = container.part.at(&["securityContext", "procMount"]);
        if proc_mount.and_then(Node::as_str) == Some("Unmasked") {
            let field = "securityContext.procMount";
            found.in_container(container, field, Cause::ProcMountNeedsUserNamespace);
        }
    }
}

/// `validateMountPropagation`.
fn propagation(container: &Container<'_, '_>, found: &mut Found) {
    if !container.is_changed(of_container!("volumeMounts", "securityContext")) {
        return;
    }
    let privileged = container.part.at(&["securityContext", "privileged"]);
    let privileged = privileged.and_then(Node::as_bool);
    let is_bidirectional =
        |mount: &Node<'_>| mount.str_at("mountPropagation") == Some("Bidirectional");
    let mounts = container.part.items_at("volumeMounts");
    if privileged != Some(true) && mounts.iter().any(is_bidirectional) {
        found.in_container(container, "volumeMounts", Cause::PropagationNeedsPrivileged);
    }
}

/// `ValidateHostSysctl`.
fn sysctls(change: &Change<'_, '_>, found: &mut Found) {
    let spec = &change.spec;
    let (network, ipc) = (spec.is_true("hostNetwork"), spec.is_true("hostIPC"));
    if !network && !ipc {
        return;
    }
    let sysctls = spec.at(&["securityContext", "sysctls"]);
    let sysctls = sysctls.and_then(Node::items);
    let of_host = |sysctl: &Node<'_>| {
        let name = sysctl.str_at("name").unwrap_or("");
        let name = normalized(name);
        (network && name.starts_with("net."))
            || (ipc && (IPC_SYSCTLS.contains(&&*name) || name.starts_with("fs.mqueue.")))
    };
    if sysctls.unwrap_or_default().iter().any(of_host) {
        found.in_pod("spec.securityContext.sysctls", Cause::SysctlOfHost);
    }
}

/// A sysctl's name with dots between its parts (`NormalizeName`). If the first separator is a
/// slash, dots and slashes are swapped.
fn normalized(name: &str) -> String {
    match name.find(['.', '/']) {
        Some(first) if name[first..].starts_with('/') => name
            .chars()
            .map(|letter| match letter {
                '/' => '.',
                '.' => '/',
                letter => letter,
            })
            .collect(),
        _ => name.to_owned(),
    }
}
