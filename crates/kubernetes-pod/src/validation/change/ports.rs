//! Ports of the host.

use std::collections::BTreeSet;

use lazy_json::Node;

use super::detect::{Change, Container};
use super::fields::{of_container, of_spec};
use super::found::Found;
use crate::validation::cause::Cause;

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let host_network = change.spec.is_true("hostNetwork");
    let changed = change.is_any_container_changed(of_container!("ports"))
        || (host_network && change.spec.is_changed(of_spec!("hostNetwork")));
    if !changed {
        return;
    }
    // Each init container runs alone, so that its ports are not shared.
    let mut of_containers = BTreeSet::new();
    for container in change.containers() {
        let mut of_this_one = BTreeSet::new();
        let used = if container.init {
            &mut of_this_one
        } else {
            &mut of_containers
        };
        let all_new = container
            .part
            .items_at("ports")
            .iter()
            .filter_map(|port| host_port(port, host_network))
            .all(|port| used.insert(port));
        if !all_new {
            found.in_container(container, "ports", Cause::HostPortTwice);
        }
        if host_network && !container.init && has_other_host_port(container) {
            found.in_container(container, "ports", Cause::HostPortDiffers);
        }
    }
}

/// The identity of a host port (`AccumulateUniqueHostPorts`): protocol, address and number.
fn host_port<'n>(port: &'n Node<'_>, host_network: bool) -> Option<(&'n str, &'n str, i64)> {
    let number = |field| port.i64_at(field).filter(|port| *port != 0);
    let number = match number("hostPort") {
        None if host_network => number("containerPort"),
        number => number,
    };
    let text = |field| port.str_at(field);
    let protocol = text("protocol").filter(|protocol| !protocol.is_empty());
    Some((
        protocol.unwrap_or("TCP"),
        text("hostIP").unwrap_or(""),
        number?,
    ))
}

/// `validatePodHostNetworkDeps`.
fn has_other_host_port(container: &Container<'_, '_>) -> bool {
    container.part.items_at("ports").iter().any(|port| {
        let host_port = port.i64_at("hostPort").unwrap_or(0);
        let container_port = port.i64_at("containerPort");
        host_port != 0 && Some(host_port) != container_port
    })
}
