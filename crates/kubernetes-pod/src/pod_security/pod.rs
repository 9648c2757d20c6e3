//! The parts of a pod that the controls check. See [`Pod::new`].

use std::borrow::Cow;

use lazy_json::Node;

use crate::containers::{ContainerList, name};
use crate::field_path::ContainerName;

/// The lists of containers, in the API server's order.
const LISTS: [ContainerList; 2] = [ContainerList::InitContainers, ContainerList::Containers];

/// The parts of a pod.
pub(super) struct Pod<'n, 'a> {
    metadata: Option<&'n Node<'a>>,
    spec: Option<&'n Node<'a>>,
    containers: Vec<Container<'n, 'a>>,
}

/// One of the pod's containers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Container<'n, 'a> {
    node: &'n Node<'a>,
    list: ContainerList,
}

/// The part of a pod that violates a control.
#[derive(Debug, Clone, Copy)]
pub(super) enum ViolatingPart<'n, 'a> {
    Pod,
    Container(Container<'n, 'a>),
}

impl<'n, 'a> Pod<'n, 'a> {
    pub(super) fn new(node: &'n Node<'a>) -> Self {
        let containers = LISTS.into_iter().flat_map(|list| {
            let containers = list.items(node).iter();
            containers.map(move |node| Container { node, list })
        });
        Self {
            metadata: node.get("metadata"),
            spec: node.get("spec"),
            containers: containers.collect(),
        }
    }

    pub(super) fn containers(&self) -> &[Container<'n, 'a>] {
        &self.containers
    }

    /// A field of the spec.
    pub(super) fn spec(&self, name: &str) -> Option<&'n Node<'a>> {
        self.spec?.get(name)
    }

    /// Whether a field of the spec is set to this value.
    pub(super) fn is_spec(&self, name: &str, value: bool) -> bool {
        self.spec(name).and_then(Node::as_bool) == Some(value)
    }

    /// A field of the pod's own security context.
    pub(super) fn security(&self, name: &str) -> Option<&'n Node<'a>> {
        self.spec("securityContext")?.get(name)
    }

    pub(super) fn volumes(&self) -> &'n [Node<'a>] {
        self.spec.map_or(&[], |spec| spec.items_at("volumes"))
    }

    pub(super) fn annotations(&self) -> impl Iterator<Item = (Cow<'n, str>, &'n str)> {
        let annotations = self
            .metadata
            .map(|metadata| metadata.members_at("annotations"));
        let annotations = annotations.unwrap_or_default().iter();
        annotations.map(|member| (member.key.name(), member.value.as_str().unwrap_or("")))
    }

    pub(super) fn is_windows(&self) -> bool {
        let os = self.spec("os").and_then(|os| os.str_at("name"));
        os == Some("windows")
    }

    /// Whether the pod's users are not the node's: `hostUsers: false`.
    pub(super) fn has_own_users(&self) -> bool {
        self.is_spec("hostUsers", false)
    }

    /// The first of the pod itself and its containers whose security context meets a condition.
    pub(super) fn with_security(
        &self,
        holds: impl Fn(&'n Node<'a>) -> bool,
    ) -> Option<ViolatingPart<'n, 'a>> {
        if self.spec("securityContext").is_some_and(&holds) {
            return Some(ViolatingPart::Pod);
        }
        self.first(|container| container.field("securityContext").is_some_and(&holds))
    }

    /// The first container that meets a condition.
    pub(super) fn first(
        &self,
        holds: impl Fn(&Container<'n, 'a>) -> bool,
    ) -> Option<ViolatingPart<'n, 'a>> {
        let container = self.containers.iter().find(|container| holds(container));
        container.copied().map(ViolatingPart::Container)
    }
}

impl<'n, 'a> Container<'n, 'a> {
    pub(super) fn field(&self, name: &str) -> Option<&'n Node<'a>> {
        self.node.get(name)
    }

    /// A field of the container's security context.
    pub(super) fn security(&self, name: &str) -> Option<&'n Node<'a>> {
        self.field("securityContext")?.get(name)
    }

    /// Whether a field of the container's security context is set to this value.
    pub(super) fn is_security(&self, name: &str, value: bool) -> bool {
        self.security(name).and_then(Node::as_bool) == Some(value)
    }

    pub(super) fn name(&self) -> &'n str {
        name(self.node)
    }

    pub(super) fn items(&self, name: &str) -> &'n [Node<'a>] {
        self.node.items_at(name)
    }
}

impl ViolatingPart<'_, '_> {
    pub(super) fn container(self) -> Option<ContainerName> {
        match self {
            Self::Pod => None,
            Self::Container(container) => Some(ContainerName {
                name: container.name().to_owned(),
                init: container.list.is_init(),
            }),
        }
    }
}
