//! The controls of the level `baseline`.

use lazy_json::Node;

use super::pod::{Container, Pod, ViolatingPart};
use crate::profile_annotations::{APP_ARMOR, LOCALHOST, SECCOMP, SECCOMP_OF_POD};

type Found<'n, 'a> = Option<ViolatingPart<'n, 'a>>;

pub(super) fn app_armor<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    let is_allowed = |profile: &str| {
        profile.is_empty() || profile == "runtime/default" || profile.starts_with(LOCALHOST)
    };
    let by_context = pod.with_security(|context| {
        let profile = context.get("appArmorProfile");
        profile.is_some() && !is_default_or_localhost(profile)
    });
    by_context.or_else(|| {
        let mut annotations = pod.annotations();
        let found =
            annotations.any(|(key, value)| key.starts_with(APP_ARMOR) && !is_allowed(value));
        found.then_some(ViolatingPart::Pod)
    })
}

/// Whether an `AppArmor` or seccomp profile is set and is not weaker than the default.
pub(super) fn is_default_or_localhost(profile: Option<&Node<'_>>) -> bool {
    matches!(
        profile.and_then(|profile| profile.str_at("type")),
        Some("RuntimeDefault" | "Localhost")
    )
}

pub(super) fn capabilities<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    const ALLOWED: [&str; 13] = [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ];
    pod.first(|container| {
        let mut added = capability_list(container, "add").iter();
        added.any(|capability| !ALLOWED.contains(&capability.as_str().unwrap_or("")))
    })
}

pub(super) fn capability_list<'n, 'a>(container: &Container<'n, 'a>, list: &str) -> &'n [Node<'a>] {
    let capabilities = container.security("capabilities");
    capabilities.map_or(&[], |capabilities| capabilities.items_at(list))
}

pub(super) fn host_namespaces<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    let mut fields = ["hostNetwork", "hostPID", "hostIPC"].iter();
    let shared = fields.any(|name| pod.is_spec(name, true));
    shared.then_some(ViolatingPart::Pod)
}

pub(super) fn host_paths<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    let mut volumes = pod.volumes().iter();
    let found = volumes.any(|volume| volume.get("hostPath").is_some());
    found.then_some(ViolatingPart::Pod)
}

pub(super) fn host_ports<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    pod.first(|container| {
        let mut ports = container.items("ports").iter();
        ports.any(|port| {
            let port = port.get("hostPort");
            port.is_some_and(|port| port.as_i64() != Some(0))
        })
    })
}

/// A handler with a host makes the kubelet connect to any address.
pub(super) fn hosts_of_handlers<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    let has_host = |handler: Option<&Node<'_>>| {
        let mut actions = ["httpGet", "tcpSocket"].iter();
        actions.any(|action| {
            let host = handler.and_then(|handler| handler.at(&[action, "host"])?.as_str());
            host.is_some_and(|host| !host.is_empty())
        })
    };
    pod.first(|container| {
        let lifecycle = container.field("lifecycle");
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"];
        probes.iter().any(|probe| has_host(container.field(probe)))
            || has_host(lifecycle.and_then(|lifecycle| lifecycle.get("postStart")))
            || has_host(lifecycle.and_then(|lifecycle| lifecycle.get("preStop")))
    })
}

pub(super) fn privileged<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    pod.first(|container| container.is_security("privileged", true))
}

/// Since 1.35, pods with `hostUsers: false` are exempt.
pub(super) fn proc_mount<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    if version >= 35 && pod.has_own_users() {
        return None;
    }
    any_proc_mount(pod)
}

pub(super) fn any_proc_mount<'n, 'a>(pod: &Pod<'n, 'a>) -> Found<'n, 'a> {
    pod.first(|container| {
        let mount = container.security("procMount");
        mount.is_some_and(|mount| mount.as_str() != Some("Default"))
    })
}

pub(super) fn se_linux<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    pod.with_security(|context| {
        let options = context.get("seLinuxOptions");
        let option = |name| {
            options
                .and_then(|options| options.str_at(name))
                .unwrap_or("")
        };
        let is_allowed = match option("type") {
            "" | "container_t" | "container_init_t" | "container_kvm_t" => true,
            "container_engine_t" => version >= 31,
            _ => false,
        };
        !is_allowed || !option("user").is_empty() || !option("role").is_empty()
    })
}

/// Before 1.19, annotations hold the profiles.
pub(super) fn seccomp<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    if version >= 19 {
        return pod.with_security(|context| {
            let profile = context.get("seccompProfile");
            profile.is_some() && !is_default_or_localhost(profile)
        });
    }
    let is_of_pod = |key: &str| {
        let container = key.strip_prefix(SECCOMP);
        let named = |name| pod.containers().iter().any(|other| other.name() == name);
        key == SECCOMP_OF_POD || container.is_some_and(named)
    };
    let is_allowed = |profile: &str| {
        matches!(profile, "runtime/default" | "docker/default") || profile.starts_with(LOCALHOST)
    };
    let found = pod
        .annotations()
        .any(|(key, value)| is_of_pod(&key) && !is_allowed(value));
    found.then_some(ViolatingPart::Pod)
}

pub(super) fn sysctls<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    let is_allowed = |name: &str| match name {
        "kernel.shm_rmid_forced"
        | "net.ipv4.ip_local_port_range"
        | "net.ipv4.tcp_syncookies"
        | "net.ipv4.ping_group_range"
        | "net.ipv4.ip_unprivileged_port_start" => true,
        "net.ipv4.ip_local_reserved_ports" => version >= 27,
        "net.ipv4.tcp_keepalive_time"
        | "net.ipv4.tcp_fin_timeout"
        | "net.ipv4.tcp_keepalive_intvl"
        | "net.ipv4.tcp_keepalive_probes" => version >= 29,
        "net.ipv4.tcp_rmem" | "net.ipv4.tcp_wmem" => version >= 32,
        _ => false,
    };
    let sysctls = pod.security("sysctls").and_then(Node::items);
    let mut sysctls = sysctls.unwrap_or_default().iter();
    let found = sysctls.any(|sysctl| !is_allowed(sysctl.str_at("name").unwrap_or("")));
    found.then_some(ViolatingPart::Pod)
}

pub(super) fn windows_host_process<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    pod.with_security(|context| {
        let host_process = context.at(&["windowsOptions", "hostProcess"]);
        host_process.and_then(Node::as_bool) == Some(true)
    })
}
