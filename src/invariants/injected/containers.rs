//! Containers: their names, and what only some of them may have.

use std::collections::BTreeSet;

use super::Found;
use super::change::{Change, Container};
use crate::invariants::{Cause, container};
use crate::json::Node;

const OF_SIDECARS: [&str; 4] = [
    "lifecycle",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
];

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    if change.has_other_containers() {
        names(change, found);
        for container in change.containers() {
            fields(container, found);
        }
    }
    if change.spec.is_touched("restartPolicy") || change.is_any_container_touched(&["resizePolicy"])
    {
        resize_policies(change, found);
    }
}

/// `validateContainers`, `validateInitContainers`.
fn names(change: &Change<'_, '_>, found: &mut Found) {
    if change.spec.is_touched("containers") && change.spec.items("containers").is_empty() {
        found.in_pod("spec.containers", Cause::NoContainers);
    }
    if !change.is_any_container_touched(&["name"]) {
        return;
    }
    let mut seen = BTreeSet::new();
    for container in change.containers() {
        if !seen.insert(container.name()) {
            found.in_container(container, "", Cause::ContainerNameTwice);
        }
    }
}

fn fields(container: &Container<'_, '_>, found: &mut Found) {
    let Some(node) = container.part.node() else {
        return;
    };
    if container.part.is_untouched() {
        return;
    }
    let mut report = |field: &'static str, invalid| found.in_container(container, field, invalid);
    if container.is_touched(&["livenessProbe", "readinessProbe", "startupProbe"]) {
        container::probes(node, &mut report);
    }
    if container.is_touched(&["ports"]) {
        container::port_names(node, &mut report);
    }
    if container.is_touched(&["volumeMounts", "volumeDevices"]) {
        container::mounts_and_devices(node, &mut report);
    }
    if container.init && !container.is_sidecar() {
        only_of_sidecars(container, found);
    }
    if container.is_touched(&["restartPolicy", "restartPolicyRules"])
        && container.part.get("restartPolicy").is_none()
        && !container.part.items("restartPolicyRules").is_empty()
    {
        found.in_container(
            container,
            "restartPolicyRules",
            Cause::RulesWithoutRestartPolicy,
        );
    }
}

/// `validateInitContainers`.
fn only_of_sidecars(container: &Container<'_, '_>, found: &mut Found) {
    for field in OF_SIDECARS {
        if container.is_touched(&["restartPolicy", field]) && container.part.get(field).is_some() {
            found.in_container(container, field, Cause::OnlyOfSidecars);
        }
    }
    if container.is_touched(&["restartPolicy", "resizePolicy"])
        && resizes(container).any(|policy| policy == "RestartContainer")
    {
        found.in_container(container, "resizePolicy", Cause::RestartContainerOfInit);
    }
}

/// `validateResizePolicy`.
fn resize_policies(change: &Change<'_, '_>, found: &mut Found) {
    if change.spec.text("restartPolicy") != Some("Never") {
        return;
    }
    for container in change.containers() {
        if resizes(container).any(|policy| policy != "NotRequired") {
            found.in_container(container, "resizePolicy", Cause::ResizeRestarts);
        }
    }
}

fn resizes<'n>(container: &Container<'n, '_>) -> impl Iterator<Item = &'n str> {
    let policies = container.part.items("resizePolicy").iter();
    policies.filter_map(|policy| policy.get("restartPolicy").and_then(Node::as_str))
}
