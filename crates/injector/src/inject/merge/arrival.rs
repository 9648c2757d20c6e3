//! What the API server has filled in depending on the rest of the pod, which rules may have changed
//! since: it is judged by the pod as it came.

use std::cell::OnceCell;

use kubernetes_pod::equality::defaults::pull_policy;
use kubernetes_pod::field_path::{ContainerName, FieldPath};
use kubernetes_pod::limit_ranger::LimitRanger;
use kubernetes_pod::schema::{Field, Type};
use lazy_json::Node;

/// A pod as it came.
#[derive(Debug)]
pub(super) struct Arrival<'n, 'a> {
    pod: &'n Node<'a>,
    limit_ranger: OnceCell<LimitRanger<'n>>,
}

impl<'n, 'a> Arrival<'n, 'a> {
    pub(super) fn new(pod: &'n Node<'a>) -> Self {
        Self {
            pod,
            limit_ranger: OnceCell::new(),
        }
    }

    /// What `LimitRanger` has filled in.
    pub(super) fn limit_ranger(&self) -> &LimitRanger<'n> {
        self.limit_ranger.get_or_init(|| LimitRanger::of(self.pod))
    }

    /// Whether a container's pull policy is the default of the image that the container came with.
    /// `None` where the field is another one, or the container is new.
    pub(super) fn is_default_pull_policy(
        &self,
        ty: &Type,
        field: &Field,
        value: &Node<'_>,
        path: &FieldPath<'_>,
    ) -> Option<bool> {
        if (ty.name, field.name) != ("Container", "imagePullPolicy") {
            return None;
        }
        let container = self.container(&path.place().container?)?;
        let image = container.get("image").and_then(Node::as_str);
        Some(value.as_str() == image.map(pull_policy))
    }

    /// Whether the API server has made a port of the host of a container's port: it does so on the
    /// host's network, with every port that names none.
    /// Source: `SetDefaults_Pod` in `k8s.io/kubernetes/pkg/apis/core/v1/defaults.go`.
    pub(super) fn is_host_port(
        &self,
        ty: &Type,
        field: &Field,
        port: &Node<'_>,
        value: &Node<'_>,
    ) -> bool {
        (ty.name, field.name) == ("ContainerPort", "hostPort")
            && value.as_i64() == port.get("containerPort").and_then(Node::as_i64)
            && self.is_on_host_network()
    }

    fn is_on_host_network(&self) -> bool {
        let spec = self.pod.get("spec");
        spec.and_then(|spec| spec.get("hostNetwork")?.as_bool()) == Some(true)
    }

    fn container(&self, name: &ContainerName) -> Option<&'n Node<'a>> {
        let list = if name.init {
            "initContainers"
        } else {
            "containers"
        };
        let containers = self.pod.get("spec")?.get(list)?.items()?.iter();
        let is_it = |node: &&Node<'_>| node.get("name").and_then(Node::as_str) == Some(&name.name);
        containers.rev().find(is_it)
    }
}
