//! Pods that use the network of their node.

use lazy_json::Node;

/// Whether a pod uses the network of its node: `spec.hostNetwork` is true.
pub fn is_on_host_network(pod: &Node<'_>) -> bool {
    let host_network = pod.at(&["spec", "hostNetwork"]);
    host_network.and_then(Node::as_bool) == Some(true)
}

/// Whether the API server may have set a port's `hostPort` because of `hostNetwork`: it equals the
/// `containerPort`.
///
/// Source: `SetDefaults_Pod` in `k8s.io/kubernetes/pkg/apis/core/v1/defaults.go`.
pub fn is_default_host_port(port: &Node<'_>, host_port: &Node<'_>) -> bool {
    let host_port = host_port.as_i64();
    host_port.is_some() && host_port == port.i64_at("containerPort")
}
