//! The containers of a pod. See [`all`].

use lazy_json::Node;

use crate::field_path::ContainerName;

/// A list of containers. A new pod has no ephemeral containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContainerList {
    /// `containers`
    Containers,
    /// `initContainers`, native sidecars included
    InitContainers,
}

impl ContainerList {
    /// Both lists.
    pub const ALL: [Self; 2] = [Self::Containers, Self::InitContainers];

    /// The field's name in the pod's spec.
    pub fn field(self) -> &'static str {
        match self {
            Self::Containers => "containers",
            Self::InitContainers => "initContainers",
        }
    }

    /// Whether the list holds init containers.
    pub fn is_init(self) -> bool {
        self == Self::InitContainers
    }

    /// The list that holds this container.
    pub fn of(container: &ContainerName) -> Self {
        if container.init {
            Self::InitContainers
        } else {
            Self::Containers
        }
    }

    /// The containers in the list of a pod or of a rule's partial pod.
    pub fn items<'n, 'a>(self, pod: &'n Node<'a>) -> &'n [Node<'a>] {
        let spec = pod.get("spec");
        spec.map_or(&[], |spec| spec.items_at(self.field()))
    }
}

/// All containers of a pod or of a rule's partial pod, each with its list.
pub fn all<'n, 'a>(pod: &'n Node<'a>) -> impl Iterator<Item = (ContainerList, &'n Node<'a>)> {
    ContainerList::ALL.into_iter().flat_map(move |list| {
        let items = list.items(pod).iter();
        items.map(move |container| (list, container))
    })
}

/// The container of this name; the last one if the name is there twice.
pub fn named<'n, 'a>(pod: &'n Node<'a>, container: &ContainerName) -> Option<&'n Node<'a>> {
    let items = ContainerList::of(container).items(pod).iter();
    items.rev().find(|node| name(node) == container.name)
}

/// Calls a function with each container of a pod.
pub fn for_each_mut<'a>(pod: &mut Node<'a>, mut change: impl FnMut(&mut Node<'a>)) {
    let Some(spec) = pod.get_mut("spec") else {
        return;
    };
    for list in ContainerList::ALL {
        let items = spec.get_mut(list.field()).and_then(Node::items_mut);
        for container in items.into_iter().flatten() {
            change(container);
        }
    }
}

/// The name of a container, or of any other item that has one. Empty if the name is absent.
pub fn name<'n>(item: &'n Node<'_>) -> &'n str {
    item.str_at("name").unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = r#"{"spec": {
        "containers": [{"name": "app"}, {"name": "app", "image": "i"}],
        "initContainers": [{"name": "first"}],
        "ephemeralContainers": [{"name": "debug"}]}}"#;

    #[test]
    fn containers_are_found_in_both_lists() {
        let pod = Node::parse(POD).expect("valid JSON");
        let found: Vec<_> = all(&pod)
            .map(|(list, container)| (list.field(), name(container)))
            .collect();
        assert_eq!(
            found,
            [
                ("containers", "app"),
                ("containers", "app"),
                ("initContainers", "first")
            ]
        );
        let app = ContainerName {
            init: false,
            name: "app".to_owned(),
        };
        let last = named(&pod, &app).expect("it is there");
        assert!(last.get("image").is_some());
        let other_list = ContainerName { init: true, ..app };
        assert!(named(&pod, &other_list).is_none());
    }

    #[test]
    fn every_container_can_be_changed() {
        let mut pod = Node::parse(POD).expect("valid JSON");
        for_each_mut(&mut pod, |container| {
            container.remove("name");
        });
        assert!(all(&pod).all(|(_, container)| name(container).is_empty()));
    }
}
