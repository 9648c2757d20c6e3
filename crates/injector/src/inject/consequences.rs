//! The consequences of a rule's edits: what the API server and its plugins filled in because of a
//! field is removed together with the field. See [`apply`].

use kubernetes_pod::host_network::{is_default_host_port, is_on_host_network};
use kubernetes_pod::{containers, token};
use lazy_json::Node;

use crate::inject::author::{Author, Authored};

/// Removes from `pod`, the pod after a rule, what was filled in because of fields that the rule
/// changed. `original` is the pod as it came, `before` the pod before the rule.
pub(super) fn apply(original: &Node<'_>, before: &Node<'_>, pod: &mut Node<'_>) {
    let automounts = |pod: &Node<'_>| pod.get("spec").and_then(token::automount) != Some(false);
    if automounts(before) && !automounts(pod) {
        token::remove(pod, came_with_pod);
    }
    let was_on_host_network = is_on_host_network(original) && is_on_host_network(before);
    if was_on_host_network && !is_on_host_network(pod) {
        remove_host_ports(pod);
    }
}

fn came_with_pod(node: &Node<'_>) -> bool {
    node.author() == Author::Pod
}

/// Removes the host ports that the API server set because of `hostNetwork`. Without `hostNetwork`
/// they would reserve ports of the node for no reason.
fn remove_host_ports(pod: &mut Node<'_>) {
    containers::for_each_mut(pod, |container| {
        let ports = container.get_mut("ports").and_then(Node::items_mut);
        for port in ports.into_iter().flatten() {
            let host_port = port.get("hostPort").filter(|port| came_with_pod(port));
            if host_port.is_some_and(|host_port| is_default_host_port(port, host_port)) {
                port.remove("hostPort");
            }
        }
    });
}
