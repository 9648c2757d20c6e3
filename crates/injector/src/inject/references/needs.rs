//! The objects that a pod needs to start: the sources of its env vars and of its volumes. See
//! [`check`].
//!
//! Pull secrets are not among them, since an image may be on the node already. Neither are the
//! Secrets of volume drivers.

use std::collections::BTreeSet;

use kubernetes_pod::containers;
use lazy_json::Node;

use super::error::ReferenceError;
use super::lookup::look_up;
use crate::cluster::lookups::Lookups;
use crate::cluster::object::{Kind, Object};

/// An object that a pod needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Need {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// The key of a `ConfigMap` or Secret, if the pod names one.
    pub(super) key: Option<String>,
}

/// A reference of a pod to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) need: Need,
    /// Whether the pod also starts without the object.
    pub(super) optional: bool,
    /// Whether the reference is a source of a projected volume.
    pub(super) projected: bool,
}

/// Checks that the objects exist that a rule made a pod need. The keys of Secrets are not looked
/// up, and not checked.
///
/// # Errors
/// Returns `Unavailable` for the first object that is not available, and `NoKey` for a `ConfigMap`
/// without a needed key.
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
    // All objects are asked for before the first error, so that they are looked up together.
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
    let maps = ["data", "binaryData"];
    maps.iter().any(|map| config_map.at(&[map, key]).is_some())
}

/// The objects without which a pod can't start.
fn required(pod: &Node<'_>) -> impl Iterator<Item = Need> {
    let required = references(pod)
        .into_iter()
        .filter(|reference| !reference.optional);
    required.map(|reference| reference.need)
}

/// All references of a pod, in their order in the pod.
pub(super) fn references(pod: &Node<'_>) -> Vec<Reference> {
    let mut references = References::default();
    for (_, container) in containers::all(pod) {
        references.container(container);
    }
    let spec = pod.get("spec");
    for volume in spec.map_or(&[][..], |spec| spec.items_at("volumes")) {
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
        for variable in container.items_at("env") {
            for (field, kind) in [
                ("configMapKeyRef", Kind::ConfigMap),
                ("secretKeyRef", Kind::Secret),
            ] {
                if let Some(source) = variable.at(&["valueFrom", field]) {
                    self.add(kind, source, "name", source.str_at("key"));
                }
            }
        }
        for source in container.items_at("envFrom") {
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
        if let Some(projected) = volume.get("projected") {
            for source in projected.items_at("sources") {
                self.files(source, "name", true);
            }
        }
    }

    /// Adds the references of a volume or a projected volume's source to a `ConfigMap` or a Secret.
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
            for item in source.items_at("items") {
                self.add(kind, source, name, item.str_at("key"));
            }
            for reference in &mut self.found[first..] {
                reference.projected = projected;
            }
        }
    }

    fn add(&mut self, kind: Kind, source: &Node<'_>, name: &str, key: Option<&str>) {
        let optional = source.is_true("optional");
        let name = source.str_at(name).unwrap_or("");
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
