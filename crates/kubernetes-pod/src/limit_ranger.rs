//! The resources that the `LimitRanger` admission plugin filled in. The plugin lists them in an
//! annotation. See [`LimitRanger::of`].
//!
//! Source: `k8s.io/kubernetes/plugin/pkg/admission/limitranger` (`mergePodResourceRequirements`).

use std::collections::{BTreeMap, BTreeSet};

use lazy_json::Node;

use crate::field_path::ContainerName;

const ANNOTATION: &str = "kubernetes.io/limit-ranger";
const PREFIX: &str = "LimitRanger plugin set: ";

/// The maps of resources: limits and requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResourceMap {
    /// `limits`
    Limits,
    /// `requests`
    Requests,
}

impl ResourceMap {
    /// Both maps, limits first.
    pub const ALL: [Self; 2] = [Self::Limits, Self::Requests];

    /// The name of the map's field.
    pub fn field(self) -> &'static str {
        match self {
            Self::Limits => "limits",
            Self::Requests => "requests",
        }
    }

    /// The quantity of a resource in this map of an object with requests and limits.
    pub fn get<'n, 'a>(self, resources: &'n Node<'a>, name: &str) -> Option<&'n Node<'a>> {
        resources.at(&[self.field(), name])
    }
}

/// The resources that the plugin filled in.
#[derive(Debug, Default)]
pub struct LimitRanger<'n> {
    /// The containers of each resource. A container is given by whether it is an init container,
    /// and its name.
    filled_in: BTreeMap<(ResourceMap, &'n str), BTreeSet<(bool, &'n str)>>,
}

impl<'n> LimitRanger<'n> {
    /// Reads the annotation of a pod: `LimitRanger plugin set: cpu, memory request for container
    /// app; cpu limit for init container first`. Parts in another form are skipped.
    pub fn of(pod: &'n Node<'_>) -> Self {
        let annotation = pod.at(&["metadata", "annotations", ANNOTATION]);
        let text = annotation.and_then(|annotation| annotation.as_str()?.strip_prefix(PREFIX));
        let parts = text.unwrap_or("").split("; ").filter_map(part);
        let mut filled_in = BTreeMap::<_, BTreeSet<_>>::new();
        for (resources, map, init, container) in parts {
            for resource in resources.split(", ") {
                let containers = filled_in.entry((map, resource)).or_default();
                containers.insert((init, container));
            }
        }
        Self { filled_in }
    }

    /// Whether the plugin filled in this resource of a container.
    pub fn has_set(&self, container: &ContainerName, map: ResourceMap, resource: &str) -> bool {
        let containers = self.filled_in.get(&(map, resource));
        containers.is_some_and(|containers| {
            containers.contains(&(container.init, container.name.as_str()))
        })
    }

    /// Whether the plugin has a default for this resource. It sets the default in each container
    /// without the resource.
    pub fn has_default(&self, map: ResourceMap, resource: &str) -> bool {
        self.filled_in.contains_key(&(map, resource))
    }
}

/// Parses a part of the annotation: `cpu, memory request for container app`.
fn part(text: &str) -> Option<(&str, ResourceMap, bool, &str)> {
    let (map, (resources, container)) = match text.split_once(" limit for ") {
        Some(parts) => (ResourceMap::Limits, parts),
        None => (ResourceMap::Requests, text.split_once(" request for ")?),
    };
    let (init, container) = match container.strip_prefix("init container ") {
        Some(container) => (true, container),
        None => (false, container.strip_prefix("container ")?),
    };
    Some((resources, map, init, container))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::set("app", false, ResourceMap::Requests, "memory", true)]
    #[case::init("first", true, ResourceMap::Limits, "example.com/gpu", true)]
    #[case::other_map("app", false, ResourceMap::Limits, "memory", false)]
    #[case::other_kind("app", true, ResourceMap::Requests, "memory", false)]
    #[case::other_container("first", false, ResourceMap::Limits, "example.com/gpu", false)]
    #[case::other_resource("app", false, ResourceMap::Requests, "example.com/gpu", false)]
    fn the_annotation_names_each_value(
        #[case] name: &str,
        #[case] init: bool,
        #[case] map: ResourceMap,
        #[case] resource: &str,
        #[case] expected: bool,
    ) {
        let pod = r#"{"metadata": {"annotations": {"kubernetes.io/limit-ranger":
            "LimitRanger plugin set: cpu, memory request for container app; example.com/gpu limit for init container first"}}}"#;
        let pod = Node::parse(pod).expect("valid JSON");
        let container = ContainerName {
            init,
            name: name.to_owned(),
        };
        let ranger = LimitRanger::of(&pod);
        assert_eq!(ranger.has_set(&container, map, resource), expected);
        assert!(ranger.has_default(ResourceMap::Limits, "example.com/gpu"));
        assert!(!ranger.has_default(ResourceMap::Limits, "cpu"));
    }

    #[rstest]
    #[case::nothing("")]
    #[case::other_text("cpu request for container app")]
    #[case::no_container("LimitRanger plugin set: cpu request for app; cpu request")]
    fn other_texts_name_nothing(#[case] text: &str) {
        let pod = format!(
            r#"{{"metadata": {{"annotations": {{"kubernetes.io/limit-ranger": "{text}"}}}}}}"#
        );
        let pod = Node::parse(&pod).expect("valid JSON");
        assert!(LimitRanger::of(&pod).filled_in.is_empty());
    }
}
