//! The setting `rulesFrom`: sources of more rules. See [`read`].

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::names;
use lazy_json::Node;

use crate::cluster::object::{Kind, Object};
use crate::settings::problem::Problems;
use crate::settings::reader;

/// The problem of a rule that rejects pods and is read from the pod's own namespace: a team may
/// write it.
pub(crate) const NO_REJECT: &str =
    "a rule that is read from the pod's own namespace can't reject pods";

/// The maximum number of sources. Each of them is looked up for each pod.
const MAX_SOURCES: usize = 16;

/// A `ConfigMap` of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source<'n> {
    /// The namespace; `None` for the pod's own.
    pub namespace: Option<&'n str>,
    /// The name.
    pub name: &'n str,
    /// Whether the `ConfigMap` may be absent.
    pub optional: bool,
}

impl Source<'_> {
    /// The `ConfigMap` for a pod in this namespace.
    pub fn object(self, pod_namespace: &str) -> Object {
        let namespace = self.namespace.unwrap_or(pod_namespace);
        Object::new(Kind::ConfigMap, namespace, self.name)
    }

    /// Whether the source is in the pod's own namespace: a team may write its rules. They can't
    /// reject pods.
    pub fn is_the_pods_own(self) -> bool {
        self.namespace.is_none()
    }
}

/// Reads `rulesFrom`.
pub(crate) fn read<'n>(
    node: &'n Node<'_>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> Vec<Source<'n>> {
    let items = reader::items(node, path, problems);
    if items.len() > MAX_SOURCES {
        problems.add(path, format!("more than {MAX_SOURCES} sources"));
        return Vec::new();
    }
    let mut sources: Vec<Source<'n>> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = path.index(index);
        let Some(source) = read_source(item, &path, problems) else {
            continue;
        };
        let same =
            |other: &Source<'_>| (other.namespace, other.name) == (source.namespace, source.name);
        if let Some(first) = sources.iter().position(same) {
            problems.add(&path, format!("rulesFrom[{first}] is the same ConfigMap"));
        }
        sources.push(source);
    }
    sources
}

fn read_source<'n>(
    node: &'n Node<'_>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> Option<Source<'n>> {
    if !reader::object(node, &["configMap"], path, problems) {
        return None;
    }
    let config_map = reader::required(node, "configMap", path, problems)?;
    let path = path.field("configMap");
    if !reader::object(
        config_map,
        &["namespace", "name", "optional"],
        &path,
        problems,
    ) {
        return None;
    }
    let mut text = |node: &'n Node<'_>, field: &str, check: fn(&str) -> Result<(), _>| {
        let path = path.field(field);
        let text = reader::string(node, &path, problems);
        if node.as_str().is_some() {
            problems.expect(&path, check(text));
        }
        text
    };
    let namespace = config_map.get("namespace");
    let namespace = namespace.map(|node| text(node, "namespace", names::dns_label));
    let name = config_map.get("name");
    let name = name.map(|node| text(node, "name", names::dns_subdomain));
    if name.is_none() {
        reader::required(config_map, "name", &path, problems);
    }
    let optional = reader::boolean(config_map, "optional", false, &path, problems);
    Some(Source {
        namespace,
        name: name?,
        optional,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let node = Node::parse(text).expect("valid JSON");
        let mut problems = Problems::all();
        read(&node, &FieldPath::ROOT.field("rulesFrom"), &mut problems);
        problems.found().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn sources_are_read() {
        let text = r#"[{"configMap": {"namespace": "kubewarden", "name": "rules"}},
            {"configMap": {"name": "rules", "optional": true}}]"#;
        let node = Node::parse(text).expect("valid JSON");
        let mut problems = Problems::all();
        let sources = read(&node, &FieldPath::ROOT, &mut problems);
        assert_eq!(problems.found(), []);
        let objects: Vec<String> = sources
            .iter()
            .map(|source| source.object("team-a").to_string())
            .collect();
        assert_eq!(
            objects,
            ["ConfigMap kubewarden/rules", "ConfigMap team-a/rules"]
        );
        assert!(!sources[0].optional && sources[1].optional);
        assert!(!sources[0].is_the_pods_own() && sources[1].is_the_pods_own());
    }

    #[rstest]
    #[case::no_list("{}", &["rulesFrom: expected a list, got an object"])]
    #[case::empty("[]", &["rulesFrom: must not be empty"])]
    #[case::nothing("[{}]", &["rulesFrom[0].configMap: required"])]
    #[case::unknown_kind(
        r#"[{"configmap": {"name": "r"}}]"#,
        &[r#"rulesFrom[0].configmap: unknown field, did you mean "configMap"?"#, "rulesFrom[0].configMap: required"]
    )]
    #[case::no_name(r#"[{"configMap": {}}]"#, &["rulesFrom[0].configMap.name: required"])]
    #[case::unknown_key(
        r#"[{"configMap": {"name": "r", "namspace": "n"}}]"#,
        &[r#"rulesFrom[0].configMap.namspace: unknown field, did you mean "namespace"?"#]
    )]
    #[case::types(
        r#"[{"configMap": {"name": 1, "namespace": [], "optional": "yes"}}]"#,
        &[
            "rulesFrom[0].configMap.namespace: expected a string, got a list",
            "rulesFrom[0].configMap.name: expected a string, got a number",
            "rulesFrom[0].configMap.optional: expected true or false, got a string",
        ]
    )]
    #[case::twice(
        r#"[{"configMap": {"name": "r"}}, {"configMap": {"name": "r", "optional": true}}]"#,
        &["rulesFrom[1]: rulesFrom[0] is the same ConfigMap"]
    )]
    fn sources_are_checked(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(problems(text), expected);
    }

    #[test]
    fn names_are_checked_and_sources_counted() {
        let found = problems(r#"[{"configMap": {"name": "A", "namespace": "a.b"}}]"#);
        assert_eq!(found.len(), 2, "{found:?}");
        let many = vec![r#"{"configMap": {"name": "r"}}"#; 17].join(",");
        assert_eq!(
            problems(&format!("[{many}]")),
            ["rulesFrom: more than 16 sources"]
        );
    }
}
