//! Containers: their names, and fields that only some containers may have.

use std::collections::BTreeSet;

use super::detect::{Change, Container};
use super::fields::{of_container, of_spec};
use super::found::Found;
use crate::validation::cause::Cause;
use crate::validation::container;

const OF_SIDECARS: [&str; 4] = [
    "lifecycle",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
];

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    if change.containers_changed() {
        names(change, found);
        for container in change.containers() {
            fields(container, found);
        }
    }
    if change.spec.is_changed(of_spec!("restartPolicy"))
        || change.is_any_container_changed(of_container!("resizePolicy"))
    {
        resize_policies(change, found);
    }
}

/// `validateContainers`, `validateInitContainers`.
fn names(change: &Change<'_, '_>, found: &mut Found) {
    if change.spec.is_changed(of_spec!("containers"))
        && change.spec.items_at("containers").is_empty()
    {
        found.in_pod("spec.containers", Cause::NoContainers);
    }
    if !change.is_any_container_changed(of_container!("name")) {
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
    if container.part.is_unchanged() {
        return;
    }
    let mut report = |field: &'static str, invalid| found.in_container(container, field, invalid);
    if container.is_changed(of_container!(
        "livenessProbe",
        "readinessProbe",
        "startupProbe"
    )) {
        container::probes(node, &mut report);
    }
    if container.is_changed(of_container!("ports")) {
        container::port_names(node, &mut report);
    }
    if container.is_changed(of_container!("volumeMounts", "volumeDevices")) {
        container::mounts_and_devices(node, &mut report);
    }
    if container.init && !container.is_sidecar() {
        only_of_sidecars(container, found);
    }
    if container.is_changed(of_container!("restartPolicy", "restartPolicyRules"))
        && container.part.get("restartPolicy").is_none()
        && !container.part.items_at("restartPolicyRules").is_empty()
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
        let changed = container.is_changed(of_container!("restartPolicy"))
            || container.part.is_named_changed(field);
        let Some(value) = container.part.get(field).filter(|_| changed) else {
            continue;
        };
        // The API server drops a stopSignal unless its feature gate is on. A lifecycle with nothing
        // else is reported as a problem of the stopSignal.
        let members = value.members().unwrap_or_default();
        let only_signal = field == "lifecycle" && members.len() == 1;
        let place = match members.first() {
            Some(member) if only_signal && member.key.is("stopSignal") => "lifecycle.stopSignal",
            _ => field,
        };
        found.in_container(container, place, Cause::OnlyOfSidecars);
    }
    if container.is_changed(of_container!("restartPolicy", "resizePolicy"))
        && resizes(container).any(|policy| policy == "RestartContainer")
    {
        found.in_container(container, "resizePolicy", Cause::RestartContainerOfInit);
    }
}

/// `validateResizePolicy`.
fn resize_policies(change: &Change<'_, '_>, found: &mut Found) {
    if change.spec.str_at("restartPolicy") != Some("Never") {
        return;
    }
    for container in change.containers() {
        if resizes(container).any(|policy| policy != "NotRequired") {
            found.in_container(container, "resizePolicy", Cause::ResizeRestarts);
        }
    }
}

fn resizes<'n>(container: &Container<'n, '_>) -> impl Iterator<Item = &'n str> {
    let policies = container.part.items_at("resizePolicy").iter();
    policies.filter_map(|policy| policy.str_at("restartPolicy"))
}
