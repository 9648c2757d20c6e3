//! The controls, with their levels and the versions of Kubernetes that have them.

use super::level::Level::{self, Baseline, Restricted};
use super::pod::{Pod, ViolatingPart};
use super::{baseline, restricted};

/// A control.
pub(super) struct Control {
    /// The API server's name of the control.
    pub(super) name: &'static str,
    /// The lowest level with the control.
    pub(super) level: Level,
    /// The first minor version of Kubernetes with the control.
    pub(super) since: u32,
    /// The first minor version in which the level above has a stricter control instead.
    pub(super) replaced: Option<u32>,
    violating_part: Check,
}

/// Finds the part of a pod that violates a control in this version.
type Check = for<'n, 'a> fn(&Pod<'n, 'a>, u32) -> Option<ViolatingPart<'n, 'a>>;

impl Control {
    /// The first part of a pod that violates the control.
    pub(super) fn violating_part<'n, 'a>(
        &self,
        pod: &Pod<'n, 'a>,
        version: u32,
    ) -> Option<ViolatingPart<'n, 'a>> {
        (self.violating_part)(pod, version)
    }
}

const fn control(
    name: &'static str,
    (level, since, replaced): (Level, u32, Option<u32>),
    violating_part: Check,
) -> Control {
    Control {
        name,
        level,
        since,
        replaced,
        violating_part,
    }
}

/// All controls, in the order in which the API server reports them.
pub(super) const CONTROLS: [Control; 19] = [
    control("appArmorProfile", (Baseline, 0, None), baseline::app_armor),
    control(
        "capabilities_baseline",
        (Baseline, 0, Some(22)),
        baseline::capabilities,
    ),
    control(
        "hostNamespaces",
        (Baseline, 0, None),
        baseline::host_namespaces,
    ),
    control(
        "hostPathVolumes",
        (Baseline, 0, Some(0)),
        baseline::host_paths,
    ),
    control("hostPorts", (Baseline, 0, None), baseline::host_ports),
    control(
        "hostProbesAndHostLifecycle",
        (Baseline, 34, None),
        baseline::hosts_of_handlers,
    ),
    control("privileged", (Baseline, 0, None), baseline::privileged),
    control("procMount", (Baseline, 0, Some(35)), baseline::proc_mount),
    control("seLinuxOptions", (Baseline, 0, None), baseline::se_linux),
    control(
        "seccompProfile_baseline",
        (Baseline, 0, Some(19)),
        baseline::seccomp,
    ),
    control("sysctls", (Baseline, 0, None), baseline::sysctls),
    control(
        "windowsHostProcess",
        (Baseline, 0, None),
        baseline::windows_host_process,
    ),
    control(
        "allowPrivilegeEscalation",
        (Restricted, 8, None),
        restricted::privilege_escalation,
    ),
    control(
        "capabilities_restricted",
        (Restricted, 22, None),
        restricted::capabilities,
    ),
    control(
        "procMount_restricted",
        (Restricted, 35, None),
        restricted::proc_mount,
    ),
    control(
        "restrictedVolumes",
        (Restricted, 0, None),
        restricted::volumes,
    ),
    control(
        "runAsNonRoot",
        (Restricted, 0, None),
        restricted::run_as_non_root,
    ),
    control("runAsUser", (Restricted, 23, None), restricted::run_as_user),
    control(
        "seccompProfile_restricted",
        (Restricted, 19, None),
        restricted::seccomp,
    ),
];
