//! Defaults that depend on other fields of the pod. They are computed from the original pod, since
//! rules may have changed those fields.

use std::cell::OnceCell;

use kubernetes_pod::containers;
use kubernetes_pod::equality::defaults::pull_policy;
use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::host_network::{is_default_host_port, is_on_host_network};
use kubernetes_pod::limit_ranger::LimitRanger;
use kubernetes_pod::schema::{Field, Type};
use lazy_json::Node;

/// A pod as it came, before any rule.
#[derive(Debug)]
pub(super) struct Original<'n, 'a> {
    pod: &'n Node<'a>,
    limit_ranger: OnceCell<LimitRanger<'n>>,
}

impl<'n, 'a> Original<'n, 'a> {
    pub(super) fn new(pod: &'n Node<'a>) -> Self {
        Self {
            pod,
            limit_ranger: OnceCell::new(),
        }
    }

    /// What `LimitRanger` filled in.
    pub(super) fn limit_ranger(&self) -> &LimitRanger<'n> {
        self.limit_ranger.get_or_init(|| LimitRanger::of(self.pod))
    }

    /// Whether a pull policy is the default of the image that its container came with. `None` for
    /// other fields and for new containers.
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
        let container = containers::named(self.pod, &path.place().container?)?;
        let image = container.str_at("image");
        Some(value.as_str() == image.map(pull_policy))
    }

    /// Whether the API server may have set a `hostPort` because the pod came with `hostNetwork`.
    pub(super) fn is_host_port(
        &self,
        ty: &Type,
        field: &Field,
        port: &Node<'_>,
        value: &Node<'_>,
    ) -> bool {
        (ty.name, field.name) == ("ContainerPort", "hostPort")
            && is_default_host_port(port, value)
            && is_on_host_network(self.pod)
    }
}
