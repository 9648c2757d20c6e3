//! Fields that depend on the operating system.

use lazy_json::Node;

use super::detect::{Change, Container};
use super::fields::{of_container, of_spec};
use super::found::Found;
use crate::validation::cause::Cause;

/// Fields of a pod's spec.
const OF_SPEC: [&str; 4] = ["hostIPC", "hostPID", "hostUsers", "shareProcessNamespace"];

/// Fields of a pod's securityContext.
const OF_POD: [&str; 11] = [
    "appArmorProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "runAsGroup",
    "runAsUser",
    "seLinuxChangePolicy",
    "seLinuxOptions",
    "seccompProfile",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "sysctls",
];

/// Fields of a container's securityContext.
const OF_CONTAINER: [&str; 10] = [
    "allowPrivilegeEscalation",
    "appArmorProfile",
    "capabilities",
    "privileged",
    "procMount",
    "readOnlyRootFilesystem",
    "runAsGroup",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile",
];

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let spec = &change.spec;
    let contexts = spec.is_changed(of_spec!("securityContext"))
        || change.is_any_container_changed(of_container!("securityContext"));
    if contexts
        || spec.is_changed(of_spec!("os"))
        || spec.is_changed(of_spec!(
            "hostIPC",
            "hostPID",
            "hostUsers",
            "shareProcessNamespace"
        ))
    {
        match spec.at(&["os", "name"]).and_then(Node::as_str) {
            Some("windows") => windows(change, found),
            Some("linux") => linux(change, found),
            _ => {}
        }
    }
    if contexts || spec.is_changed(of_spec!("hostNetwork")) || change.has_new_container() {
        host_processes(change, found);
    }
}

impl Change<'_, '_> {
    /// Whether the pod runs on Windows.
    pub(super) fn is_windows(&self) -> bool {
        let os = self.spec.at(&["os", "name"]);
        os.and_then(Node::as_str) == Some("windows")
    }
}

/// `validateWindows`.
fn windows(change: &Change<'_, '_>, found: &mut Found) {
    let spec = &change.spec;
    for field in OF_SPEC {
        let value = spec.get(field);
        let is_set = match field {
            "hostIPC" | "hostPID" => value.and_then(Node::as_bool) == Some(true),
            _ => value.is_some(),
        };
        if is_set && (spec.is_changed(of_spec!("os")) || spec.is_named_changed(field)) {
            found.in_pod(&format!("spec.{field}"), Cause::NotOnWindows);
        }
    }
    if let Some(context) = spec.get("securityContext") {
        for field in OF_POD.iter().filter(|field| context.get(field).is_some()) {
            found.in_pod(
                &format!("spec.securityContext.{field}"),
                Cause::NotOnWindows,
            );
        }
    }
    for container in change.containers() {
        let Some(context) = context_to_check(change, container) else {
            continue;
        };
        for field in OF_CONTAINER
            .iter()
            .filter(|field| context.get(field).is_some())
        {
            let field = format!("securityContext.{field}");
            found.in_container(container, &field, Cause::NotOnWindows);
        }
    }
}

/// `validateLinux`.
fn linux(change: &Change<'_, '_>, found: &mut Found) {
    let has_options = |context: &Node<'_>| context.get("windowsOptions").is_some();
    if change.spec.get("securityContext").is_some_and(has_options) {
        let field = "spec.securityContext.windowsOptions";
        found.in_pod(field, Cause::WindowsOptionsOnLinux);
    }
    for container in change.containers() {
        if context_to_check(change, container).is_some_and(has_options) {
            let field = "securityContext.windowsOptions";
            found.in_container(container, field, Cause::WindowsOptionsOnLinux);
        }
    }
}

fn context_to_check<'n, 'a>(
    change: &Change<'n, 'a>,
    container: &Container<'n, 'a>,
) -> Option<&'n Node<'a>> {
    let changed = change.spec.is_changed(of_spec!("os"))
        || container.is_changed(of_container!("securityContext"));
    container.part.get("securityContext").filter(|_| changed)
}

/// `validateWindowsHostProcess`.
fn host_processes(change: &Change<'_, '_>, found: &mut Found) {
    let of_pod = host_process(change.spec.get("securityContext"));
    let mut some = false;
    let mut all = true;
    for container in change.containers() {
        let own = host_process(container.part.get("securityContext"));
        if own.is_some() && of_pod.is_some() && own != of_pod {
            let field = "securityContext.windowsOptions.hostProcess";
            found.in_container(container, field, Cause::HostProcessDiffers);
        }
        let is_host_process = own.or(of_pod) == Some(true);
        some |= is_host_process;
        all &= is_host_process;
    }
    if some && !all {
        found.in_pod("spec", Cause::HostProcessSome);
    }
    if some && !change.spec.is_true("hostNetwork") {
        found.in_pod("spec.hostNetwork", Cause::HostProcessNetwork);
    }
}

fn host_process(context: Option<&Node<'_>>) -> Option<bool> {
    context?.at(&["windowsOptions", "hostProcess"])?.as_bool()
}
