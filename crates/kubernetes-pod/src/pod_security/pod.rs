//! A pod as the controls look at it.

use std::borrow::Cow;

use lazy_json::Node;

use crate::field_path::ContainerName;

/// The lists of containers that a pod has when it is created, in the API server's order.
const LISTS: [(&str, bool); 2] = [("initContainers", true), ("containers", false)];

/// A pod's parts. What is `null` is not there.
pub(super) struct Pod<'n, 'a> {
    metadata: Option<&'n Node<'a>>,
    spec: Option<&'n Node<'a>>,
    containers: Vec<Container<'n, 'a>>,
}

/// One of the pod's containers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Container<'n, 'a> {
    node: &'n Node<'a>,
    init: bool,
}

/// What violates a control.
#[derive(Debug, Clone, Copy)]
pub(super) enum Offender<'n, 'a> {
    Pod,
    Container(Container<'n, 'a>),
}

impl<'n, 'a> Pod<'n, 'a> {
    pub(super) fn new(node: &'n Node<'a>) -> Self {
        let spec = field(Some(node), "spec");
        let containers = LISTS.iter().flat_map(|(list, init)| {
            let containers = items(spec, list).iter();
            containers.map(|node| Container { node, init: *init })
        });
        Self {
            metadata: field(Some(node), "metadata"),
            spec,
            containers: containers.collect(),
        }
    }

    pub(super) fn containers(&self) -> &[Container<'n, 'a>] {
        &self.containers
    }

    /// A field of the spec.
    pub(super) fn spec(&self, name: &str) -> Option<&'n Node<'a>> {
        field(self.spec, name)
    }

    /// A field of the pod's own security context.
    pub(super) fn security(&self, name: &str) -> Option<&'n Node<'a>> {
        field(self.spec("securityContext"), name)
    }

    pub(super) fn volumes(&self) -> &'n [Node<'a>] {
        items(self.spec, "volumes")
    }

    pub(super) fn annotations(&self) -> impl Iterator<Item = (Cow<'n, str>, &'n str)> {
        let annotations = field(self.metadata, "annotations").and_then(Node::members);
        let annotations = annotations.unwrap_or_default().iter();
        annotations.map(|member| (member.key.name(), member.value.as_str().unwrap_or("")))
    }

    pub(super) fn is_windows(&self) -> bool {
        text(field(self.spec("os"), "name")) == "windows"
    }

    /// Whether the pod's root is not the node's: `hostUsers: false`.
    pub(super) fn has_own_users(&self) -> bool {
        is(self.spec("hostUsers"), false)
    }

    /// The first of the pod itself and its containers that has a security context of which this
    /// holds; for the pod's own context there is no container.
    pub(super) fn with_security(
        &self,
        holds: impl Fn(&'n Node<'a>) -> bool,
    ) -> Option<Offender<'n, 'a>> {
        if self.spec("securityContext").is_some_and(&holds) {
            return Some(Offender::Pod);
        }
        self.first(|container| container.field("securityContext").is_some_and(&holds))
    }

    /// The first container of which this holds.
    pub(super) fn first(
        &self,
        holds: impl Fn(&Container<'n, 'a>) -> bool,
    ) -> Option<Offender<'n, 'a>> {
        let container = self.containers.iter().find(|container| holds(container));
        container.copied().map(Offender::Container)
    }
}

impl<'n, 'a> Container<'n, 'a> {
    pub(super) fn field(&self, name: &str) -> Option<&'n Node<'a>> {
        field(Some(self.node), name)
    }

    /// A field of its security context.
    pub(super) fn security(&self, name: &str) -> Option<&'n Node<'a>> {
        field(self.field("securityContext"), name)
    }

    pub(super) fn name(&self) -> &'n str {
        text(self.field("name"))
    }

    pub(super) fn items(&self, name: &str) -> &'n [Node<'a>] {
        items(Some(self.node), name)
    }
}

impl Offender<'_, '_> {
    pub(super) fn container(self) -> Option<ContainerName> {
        match self {
            Self::Pod => None,
            Self::Container(container) => Some(ContainerName {
                name: container.name().to_owned(),
                init: container.init,
            }),
        }
    }
}

/// A field that is there.
pub(super) fn field<'n, 'a>(owner: Option<&'n Node<'a>>, name: &str) -> Option<&'n Node<'a>> {
    owner?.get(name).filter(|field| !field.is_null())
}

/// The items of a list; none where there is no list.
pub(super) fn items<'n, 'a>(owner: Option<&'n Node<'a>>, name: &str) -> &'n [Node<'a>] {
    field(owner, name).and_then(Node::items).unwrap_or_default()
}

/// A string; empty where there is none.
pub(super) fn text<'n>(node: Option<&'n Node<'_>>) -> &'n str {
    node.and_then(Node::as_str).unwrap_or("")
}

/// Whether a boolean is there and has this value.
pub(super) fn is(node: Option<&Node<'_>>, value: bool) -> bool {
    node.and_then(Node::as_bool) == Some(value)
}
