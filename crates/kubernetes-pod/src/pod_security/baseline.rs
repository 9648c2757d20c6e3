//! The controls of the level `baseline`.

use lazy_json::Node;

use super::pod::{Container, Offender, Pod, field, is, items, text};

type Found<'n, 'a> = Option<Offender<'n, 'a>>;

pub(super) fn app_armor<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    const PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";

    let sound = |profile: &str| {
        profile.is_empty() || profile == "runtime/default" || profile.starts_with("localhost/")
    };
    let by_context = pod.with_security(|context| {
        let profile = field(Some(context), "appArmorProfile");
        profile.is_some() && !is_default_or_localhost(profile)
    });
    by_context.or_else(|| {
        let mut annotations = pod.annotations();
        let found = annotations.any(|(key, value)| key.starts_with(PREFIX) && !sound(value));
        found.then_some(Offender::Pod)
    })
}

/// Whether a profile of `AppArmor` or seccomp is there, and does not weaken the default.
pub(super) fn is_default_or_localhost(profile: Option<&Node<'_>>) -> bool {
    matches!(text(field(profile, "type")), "RuntimeDefault" | "Localhost")
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
        added.any(|capability| !ALLOWED.contains(&text(Some(capability))))
    })
}

pub(super) fn capability_list<'n, 'a>(container: &Container<'n, 'a>, list: &str) -> &'n [Node<'a>] {
    items(container.security("capabilities"), list)
}

pub(super) fn host_namespaces<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    let mut fields = ["hostNetwork", "hostPID", "hostIPC"].iter();
    let shared = fields.any(|name| is(pod.spec(name), true));
    shared.then_some(Offender::Pod)
}

pub(super) fn host_paths<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    let mut volumes = pod.volumes().iter();
    let found = volumes.any(|volume| field(Some(volume), "hostPath").is_some());
    found.then_some(Offender::Pod)
}

pub(super) fn host_ports<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    pod.first(|container| {
        let mut ports = container.items("ports").iter();
        ports.any(|port| {
            let port = field(Some(port), "hostPort");
            port.is_some_and(|port| port.as_i64() != Some(0))
        })
    })
}

/// A handler that goes to a host of its own choice makes the kubelet a client of anything.
pub(super) fn hosts_of_handlers<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    let has_host = |handler: Option<&Node<'_>>| {
        let mut actions = ["httpGet", "tcpSocket"].iter();
        actions.any(|action| !text(field(field(handler, action), "host")).is_empty())
    };
    pod.first(|container| {
        let lifecycle = container.field("lifecycle");
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"];
        probes.iter().any(|probe| has_host(container.field(probe)))
            || has_host(field(lifecycle, "postStart"))
            || has_host(field(lifecycle, "preStop"))
    })
}

pub(super) fn privileged<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    pod.first(|container| is(container.security("privileged"), true))
}

/// Since 1.35, not of a pod whose users are not the node's.
pub(super) fn proc_mount<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    if version >= 35 && pod.has_own_users() {
        return None;
    }
    any_proc_mount(pod)
}

pub(super) fn any_proc_mount<'n, 'a>(pod: &Pod<'n, 'a>) -> Found<'n, 'a> {
    pod.first(|container| {
        let mount = container.security("procMount");
        mount.is_some() && text(mount) != "Default"
    })
}

pub(super) fn se_linux<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    pod.with_security(|context| {
        let options = field(Some(context), "seLinuxOptions");
        let option = |name| text(field(options, name));
        let sound = match option("type") {
            "" | "container_t" | "container_init_t" | "container_kvm_t" => true,
            "container_engine_t" => version >= 31,
            _ => false,
        };
        !sound || !option("user").is_empty() || !option("role").is_empty()
    })
}

/// Before 1.19 by annotations.
pub(super) fn seccomp<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    const OF_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
    const PREFIX: &str = "container.seccomp.security.alpha.kubernetes.io/";

    if version >= 19 {
        return pod.with_security(|context| {
            let profile = field(Some(context), "seccompProfile");
            profile.is_some() && !is_default_or_localhost(profile)
        });
    }
    let is_of_pod = |key: &str| {
        let container = key.strip_prefix(PREFIX);
        let named = |name| pod.containers().iter().any(|other| other.name() == name);
        key == OF_POD || container.is_some_and(named)
    };
    let sound = |profile: &str| {
        matches!(profile, "runtime/default" | "docker/default") || profile.starts_with("localhost/")
    };
    let found = pod
        .annotations()
        .any(|(key, value)| is_of_pod(&key) && !sound(value));
    found.then_some(Offender::Pod)
}

pub(super) fn sysctls<'n, 'a>(pod: &Pod<'n, 'a>, version: u32) -> Found<'n, 'a> {
    let sound = |name: &str| match name {
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
    let found = sysctls.any(|sysctl| !sound(text(field(Some(sysctl), "name"))));
    found.then_some(Offender::Pod)
}

pub(super) fn windows_host_process<'n, 'a>(pod: &Pod<'n, 'a>, _: u32) -> Found<'n, 'a> {
    pod.with_security(|context| {
        let options = field(Some(context), "windowsOptions");
        is(field(options, "hostProcess"), true)
    })
}
