//! Removes fields that the pod's operating system does not have.

use super::parts::{Object, child, each_container, in_host_network, is_true, text};

const LINUX_POD: [&str; 4] = ["hostIPC", "hostPID", "hostUsers", "shareProcessNamespace"];

/// Fields of pods' and containers' security contexts. The last one is of Windows.
const LINUX: [&str; 17] = [
    "allowPrivilegeEscalation",
    "appArmorProfile",
    "capabilities",
    "fsGroup",
    "fsGroupChangePolicy",
    "privileged",
    "procMount",
    "readOnlyRootFilesystem",
    "runAsGroup",
    "runAsUser",
    "seLinuxChangePolicy",
    "seLinuxOptions",
    "seccompProfile",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "sysctls",
    "windowsOptions",
];

pub(super) fn os(spec: &mut Object) {
    let os = child(spec, "os").and_then(|os| text(os, "name").map(str::to_owned));
    let foreign: &[&str] = match os.as_deref() {
        Some("windows") => &LINUX[..LINUX.len() - 1],
        Some(_) => &LINUX[LINUX.len() - 1..],
        None => &[],
    };
    if os.as_deref() == Some("windows") {
        for field in LINUX_POD {
            spec.remove(field);
        }
        spec.remove("resources");
    }
    let settle = |context: &mut Object| {
        for field in foreign {
            context.remove(*field);
        }
    };
    if let Some(context) = child(spec, "securityContext") {
        settle(context);
    }
    each_container(spec, |container| {
        if let Some(context) = child(container, "securityContext") {
            settle(context);
        }
        if let Some(lifecycle) = child(container, "lifecycle")
            && foreign.len() > 1
        {
            lifecycle.remove("stopSignal");
        }
    });
    host_process(spec);
}

/// Makes all containers processes of the host, or none. They need the host's network.
fn host_process(spec: &mut Object) {
    let all = in_host_network(spec)
        && child(spec, "securityContext")
            .and_then(|context| child(context, "windowsOptions"))
            .is_some_and(|options| is_true(options, "hostProcess"));
    let settle = |context: &mut Object| {
        if let Some(options) = child(context, "windowsOptions")
            && options.contains_key("hostProcess")
        {
            options.insert("hostProcess".to_owned(), all.into());
        }
    };
    if let Some(context) = child(spec, "securityContext") {
        settle(context);
    }
    each_container(spec, |container| {
        if let Some(context) = child(container, "securityContext") {
            settle(context);
        }
    });
}
