//! Checks of a container, whatever the rest of the pod is.

use std::collections::BTreeSet;

use lazy_json::Node;

use super::cause::Cause;
use super::invalid::{Invalid, Report};
use super::read::set_text;
use crate::item::PATCH;

/// `validateContainerCommon` and the checks of probes.
pub(super) fn container(node: &Node<'_>, report: &mut Report<'_>) {
    probes(node, report);
    mounts_and_devices(node, report);
    restart_rules(node, report);
}

/// `validateContainerRestartPolicy`.
fn restart_rules(node: &Node<'_>, report: &mut Report<'_>) {
    const RULES: usize = 20;
    const EXIT_CODES: usize = 255;

    let rules = node.items_at("restartPolicyRules");
    let codes = |rule: &Node<'_>| {
        rule.get("exitCodes")
            .map_or(0, |on| on.items_at("values").len())
    };
    if rules.len() > RULES || rules.iter().any(|rule| codes(rule) > EXIT_CODES) {
        report(
            "restartPolicyRules",
            Invalid::Rule("must have at most 20 items, of at most 255 exit codes each"),
        );
    }
}

/// `validateLivenessProbe`, `validateReadinessProbe`, `validateStartupProbe`.
pub(super) fn probes(node: &Node<'_>, report: &mut Report<'_>) {
    for probe in ["livenessProbe", "startupProbe"] {
        let threshold = node
            .get(probe)
            .and_then(|probe| probe.get("successThreshold"));
        if threshold.is_some_and(|threshold| !matches!(threshold.as_i64(), Some(0 | 1))) {
            report(probe, Cause::SuccessThreshold.into());
        }
    }
    let grace_period = node
        .get("readinessProbe")
        .and_then(|probe| probe.get("terminationGracePeriodSeconds"));
    if grace_period.is_some() {
        report("readinessProbe", Cause::ReadinessGracePeriod.into());
    }
}

/// `validateContainerPorts`.
pub(super) fn port_names(node: &Node<'_>, report: &mut Report<'_>) {
    let mut port_names = BTreeSet::new();
    let port_names_unique = node
        .items_at("ports")
        .iter()
        .filter_map(|port| set_text(port, "name"))
        .all(|name| port_names.insert(name));
    if !port_names_unique {
        report("ports", Cause::PortNameTwice.into());
    }
}

/// `ValidateVolumeDevices`: no volume or path is both a mount and a device of a container.
pub(super) fn mounts_and_devices(node: &Node<'_>, report: &mut Report<'_>) {
    if node.items_at("volumeDevices").is_empty() {
        return;
    }
    let kept = |list: &'static str, field: &'static str| {
        node.items_at(list)
            .iter()
            .filter(|item| item.get(PATCH).is_none())
            .filter_map(move |item| set_text(item, field))
            .collect::<BTreeSet<&str>>()
    };
    let shares = |mounts: &BTreeSet<&str>, devices: &BTreeSet<&str>| !mounts.is_disjoint(devices);
    if shares(
        &kept("volumeMounts", "name"),
        &kept("volumeDevices", "name"),
    ) || shares(
        &kept("volumeMounts", "mountPath"),
        &kept("volumeDevices", "devicePath"),
    ) {
        report("volumeDevices", Cause::DeviceIsMounted.into());
    }
}

/// `ValidateVolumeMounts`.
pub(super) fn volume_mount(node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    if set_text(node, "subPath").is_some() && set_text(node, "subPathExpr").is_some() {
        report("subPathExpr", Cause::SubPathTwice.into());
    }
    if matches!(
        set_text(node, "recursiveReadOnly"),
        Some("Enabled" | "IfPossible")
    ) {
        let read_only = node.bool_at("readOnly");
        if !read_only.unwrap_or(!whole) {
            report("recursiveReadOnly", Cause::RecursiveNeedsReadOnly.into());
        }
        if set_text(node, "mountPropagation").is_some_and(|propagation| propagation != "None") {
            report("recursiveReadOnly", Cause::RecursivePropagation.into());
        }
    }
}

/// `ValidateSecurityContext`. The API server knows the capability only as `CAP_SYS_ADMIN` and
/// accepts `SYS_ADMIN`. That spelling must not count as an error that the pod had before a rule.
pub(super) fn security_context(node: &Node<'_>, report: &mut Report<'_>) {
    if node.bool_at("allowPrivilegeEscalation") != Some(false) {
        return;
    }
    let adds_sys_admin = node.get("capabilities").is_some_and(|capabilities| {
        capabilities
            .items_at("add")
            .iter()
            .any(|name| name.as_str() == Some("CAP_SYS_ADMIN"))
    });
    if node.is_true("privileged") || adds_sys_admin {
        report("allowPrivilegeEscalation", Cause::Escalation.into());
    }
}

/// `validateSeccompProfileField` and `ValidateAppArmorProfileField`.
pub(super) fn profile(node: &Node<'_>, report: &mut Report<'_>) {
    let profile = node.get("localhostProfile");
    match set_text(node, "type") {
        Some("Localhost") if profile.is_none() => {
            report("localhostProfile", Cause::ProfileNeedsPath.into());
        }
        Some(other) if other != "Localhost" && profile.is_some() => {
            report("localhostProfile", Cause::ProfileWithPath.into());
        }
        _ => {}
    }
}
