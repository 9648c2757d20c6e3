//! The objects that a pod can't start without: those that its containers' variables and its volumes
//! are taken from.
//!
//! Not among them: pull secrets, without which an image may still be there, and the Secrets that
//! drivers of volumes use.

use std::collections::BTreeSet;

use lazy_json::Node;

use super::{ReferenceError, look_up};
use crate::cluster::lookups::Lookups;
use crate::cluster::object::{Kind, Object};

/// Something that a pod needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Need {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// The key of it, where one is named.
    pub(super) key: Option<String>,
}

/// Where a pod refers to something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) need: Need,
    /// The pod starts without it too.
    pub(super) optional: bool,
    /// It is one of the sources of a projected volume.
    pub(super) projected: bool,
}

/// Checks that what a rule has made a pod need is there. Of a Secret the keys are not known.
pub(super) fn check(
    before: &Node<'_>,
    pod: &Node<'_>,
    namespace: &str,
    lookups: &Lookups<'_>,
) -> Result<(), ReferenceError> {
    let before: BTreeSet<Need> = required(before).collect();
    let added = required(pod).filter(|need| !before.contains(need));
    let found = added.map(|need| {
        let object = Object::new(need.kind, namespace, &need.name);
        let found = look_up(&object, lookups);
        (need, object, found)
    });
    // All are asked for before the first is judged, so that they are looked up together.
    for (need, object, found) in found.collect::<Vec<_>>() {
        let found = found?;
        if let Some(key) = need.key
            && need.kind == Kind::ConfigMap
            && !has_key(&found, &key)
        {
            return Err(ReferenceError::NoKey { object, key });
        }
    }
    Ok(())
}

fn has_key(config_map: &Node<'_>, key: &str) -> bool {
    ["data", "binaryData"].iter().any(|map| {
        let map = config_map.get(map);
        map.is_some_and(|map| map.get(key).is_some())
    })
}

/// What a pod can't start without.
fn required(pod: &Node<'_>) -> impl Iterator<Item = Need> {
    let required = references(pod)
        .into_iter()
        .filter(|reference| !reference.optional);
    required.map(|reference| reference.need)
}

/// Where a pod refers to something, in its order.
pub(super) fn references(pod: &Node<'_>) -> Vec<Reference> {
    let mut references = References::default();
    let spec = pod.get("spec");
    for list in ["containers", "initContainers"] {
        for container in items(spec, list) {
            references.container(container);
        }
    }
    for volume in items(spec, "volumes") {
        references.volume(volume);
    }
    references.found
}

#[derive(Default)]
struct References {
    found: Vec<Reference>,
}

impl References {
    fn container(&mut self, container: &Node<'_>) {
        for variable in items(Some(container), "env") {
            let source = variable.get("valueFrom");
            for (field, kind) in [
                ("configMapKeyRef", Kind::ConfigMap),
                ("secretKeyRef", Kind::Secret),
            ] {
                if let Some(source) = source.and_then(|source| source.get(field)) {
                    let key = source.get("key").and_then(Node::as_str);
                    self.add(kind, source, "name", key);
                }
            }
        }
        for source in items(Some(container), "envFrom") {
            for (field, kind) in [
                ("configMapRef", Kind::ConfigMap),
                ("secretRef", Kind::Secret),
            ] {
                if let Some(source) = source.get(field) {
                    self.add(kind, source, "name", None);
                }
            }
        }
    }

    fn volume(&mut self, volume: &Node<'_>) {
        self.files(volume, "secretName", false);
        if let Some(claim) = volume.get("persistentVolumeClaim") {
            self.add(Kind::PersistentVolumeClaim, claim, "claimName", None);
        }
        for source in items(volume.get("projected"), "sources") {
            self.files(source, "name", true);
        }
    }

    /// A volume, or a projected volume's source, of a `ConfigMap` or a Secret.
    fn files(&mut self, source: &Node<'_>, name_of_secret: &str, projected: bool) {
        for (field, kind, name) in [
            ("configMap", Kind::ConfigMap, "name"),
            ("secret", Kind::Secret, name_of_secret),
        ] {
            let Some(source) = source.get(field) else {
                continue;
            };
            let first = self.found.len();
            self.add(kind, source, name, None);
            for item in items(Some(source), "items") {
                let key = item.get("key").and_then(Node::as_str);
                self.add(kind, source, name, key);
            }
            for reference in &mut self.found[first..] {
                reference.projected = projected;
            }
        }
    }

    fn add(&mut self, kind: Kind, source: &Node<'_>, name: &str, key: Option<&str>) {
        let optional = source.get("optional").and_then(Node::as_bool) == Some(true);
        let name = source.get(name).and_then(Node::as_str).unwrap_or("");
        if name.is_empty() {
            return;
        }
        self.found.push(Reference {
            need: Need {
                kind,
                name: name.to_owned(),
                key: key.map(str::to_owned),
            },
            optional,
            projected: false,
        });
    }
}

fn items<'n, 'a>(owner: Option<&'n Node<'a>>, field: &str) -> &'n [Node<'a>] {
    let list = owner.and_then(|owner| owner.get(field)?.items());
    list.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = r#"{"spec": {
        "containers": [{
            "env": [
                {"name": "A", "value": "x"},
                {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "cm", "key": "k"}}},
                {"name": "C", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": true}}},
                {"name": "D", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
            "envFrom": [{"configMapRef": {"name": "all"}}, {"secretRef": {"name": "se"}}]}],
        "initContainers": [{"env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "si", "key": "k"}}}]}],
        "volumes": [
            {"name": "a", "configMap": {"name": "v", "items": [{"key": "f", "path": "f"}]}},
            {"name": "b", "secret": {"secretName": "vs"}},
            {"name": "c", "persistentVolumeClaim": {"claimName": "pvc"}},
            {"name": "d", "projected": {"sources": [{"secret": {"name": "ps"}}, {"configMap": {"name": "pc", "optional": true}}]}},
            {"name": "e", "emptyDir": {}}]}}"#;

    fn named(needs: impl Iterator<Item = Need>) -> Vec<String> {
        let needs = needs.map(|need| {
            let key = need.key.as_deref().unwrap_or("");
            format!("{} {} {key}", need.kind.name(), need.name)
        });
        needs.map(|need| need.trim_end().to_owned()).collect()
    }

    #[test]
    fn everything_that_a_pod_needs_is_found() {
        let pod = Node::parse(POD).expect("valid JSON");
        assert_eq!(
            named(required(&pod)),
            [
                "ConfigMap cm k",
                "ConfigMap all",
                "Secret se",
                "Secret si k",
                "ConfigMap v",
                "ConfigMap v f",
                "Secret vs",
                "PersistentVolumeClaim pvc",
                "Secret ps",
            ]
        );
    }

    #[test]
    fn references_tell_optional_and_projected_ones() {
        let pod = Node::parse(POD).expect("valid JSON");
        let found = references(&pod).into_iter();
        let (optional, required): (Vec<_>, Vec<_>) = found.partition(|found| found.optional);
        assert_eq!(
            named(optional.into_iter().map(|found| found.need)),
            ["Secret s k", "ConfigMap pc"]
        );
        let projected = required.into_iter().filter(|found| found.projected);
        assert_eq!(named(projected.map(|found| found.need)), ["Secret ps"]);
    }
}
