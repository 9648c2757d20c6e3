//! What follows from a rule's edits: what the API server and its plugins did for a field before they
//! called the policy goes with the field. See [`draw`].

use kubernetes_pod::token;
use lazy_json::Node;

use crate::inject::author::{Author, Authored};

/// Takes away from `pod`, the pod after a rule, what was there for fields that the rule has changed.
/// `original` is the pod as it came, `before` the pod before the rule.
pub(super) fn draw(original: &Node<'_>, before: &Node<'_>, pod: &mut Node<'_>) {
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

fn is_on_host_network(pod: &Node<'_>) -> bool {
    let spec = pod.get("spec");
    spec.and_then(|spec| spec.get("hostNetwork")?.as_bool()) == Some(true)
}

/// On the host's network the API server makes a port of the host of each port. Elsewhere they would
/// be claimed from the host for no reason.
/// Source: `SetDefaults_Pod` in `k8s.io/kubernetes/pkg/apis/core/v1/defaults.go`.
fn remove_host_ports(pod: &mut Node<'_>) {
    let Some(spec) = pod.get_mut("spec") else {
        return;
    };
    for list in ["containers", "initContainers"] {
        let containers = spec.get_mut(list).and_then(Node::items_mut);
        for container in containers.into_iter().flatten() {
            let ports = container.get_mut("ports").and_then(Node::items_mut);
            for port in ports.into_iter().flatten() {
                let host_port = port.get("hostPort").filter(|port| came_with_pod(port));
                let host_port = host_port.and_then(Node::as_i64);
                if host_port.is_some()
                    && host_port == port.get("containerPort").and_then(Node::as_i64)
                {
                    port.remove("hostPort");
                }
            }
        }
    }
}
