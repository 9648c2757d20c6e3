//! The question of a look-up.

use std::collections::{BTreeMap, BTreeSet};

use kube::core::Status;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::grant::Grant;

/// The payload of `kubernetes/get_resource`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Question {
    /// The group and version of the object.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The namespace; `None` for kinds without namespaces.
    pub namespace: Option<String>,
    /// Whether the host must not answer from its cache.
    pub disable_cache: bool,
    /// The fields to return; `None` for all fields.
    #[serde(default)]
    pub field_masks: Option<BTreeSet<String>>,
}

impl Question {
    pub(super) fn grant(&self) -> Grant {
        Grant::Resource {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
        }
    }

    /// The host's message for an absent object.
    pub(super) fn absent(&self) -> String {
        let Self {
            api_version,
            kind,
            name,
            namespace,
            ..
        } = self;
        format!(
            "Cannot find {api_version}/{kind} named '{name}' inside of namespace '{namespace:?}'"
        )
    }

    /// The host's message for a question that lacks the namespace.
    pub(super) fn no_namespace(&self) -> String {
        format!(
            "Resource {}/{} is namespaced, but no namespace was provided",
            self.api_version, self.kind
        )
    }

    /// The host's message for an object that it may not read.
    pub(super) fn forbidden(&self) -> String {
        let resource = plural(&self.kind);
        let group = self
            .api_version
            .rsplit_once('/')
            .map_or("", |(group, _)| group);
        let place = self.namespace.as_ref().map_or_else(
            || " at the cluster scope".to_owned(),
            |namespace| format!(" in the namespace {namespace:?}"),
        );
        let message = format!(
            "{resource} {:?} is forbidden: User \"system:serviceaccount:kubewarden:policy-server\" cannot get resource {resource:?} in API group {group:?}{place}",
            self.name
        );
        let status = Status::failure(&message, "Forbidden").with_code(403);
        words(&kube::Error::Api(status.boxed()))
    }

    /// Removes the fields that were not asked for. The metadata is always whole.
    pub(super) fn masked(&self, mut object: Value) -> Value {
        let Some(masks) = &self.field_masks else {
            return object;
        };
        let mut mask = Mask::default();
        for path in masks {
            path.split('.').fold(&mut mask, |node, part| {
                node.0.entry(part.to_owned()).or_default()
            });
        }
        if let Some(members) = object.as_object_mut() {
            members.retain(|key, value| {
                if matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
                    return true;
                }
                mask.0.get(key).is_some_and(|inner| {
                    inner.prune(value);
                    true
                })
            });
        }
        object
    }
}

/// The fields to keep; an empty list stands for all.
#[derive(Default)]
struct Mask(BTreeMap<String, Mask>);

impl Mask {
    fn prune(&self, value: &mut Value) {
        if self.0.is_empty() {
            return;
        }
        match value {
            Value::Object(members) => members.retain(|key, value| {
                self.0.get(key).is_some_and(|inner| {
                    inner.prune(value);
                    true
                })
            }),
            Value::Array(items) => items.iter_mut().for_each(|item| self.prune(item)),
            _ => {}
        }
    }
}

/// The name of a kind in URLs and RBAC rules.
fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    if lower.ends_with("class") {
        lower + "es"
    } else {
        lower + "s"
    }
}

/// An error message as the policy receives it: with its causes, in the form of `anyhow`.
pub(super) fn words(error: &dyn std::error::Error) -> String {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    let mut words = error.to_string();
    if !causes.is_empty() {
        words.push_str("\n\nCaused by:");
    }
    for (index, cause) in causes.iter().enumerate() {
        words.push_str("\n    ");
        if causes.len() > 1 {
            words.push_str(&index.to_string());
            words.push_str(": ");
        }
        words.push_str(cause);
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn question(masks: &[&str]) -> Question {
        Question {
            api_version: "v1".to_owned(),
            kind: "Secret".to_owned(),
            name: "tls".to_owned(),
            namespace: Some("team-a".to_owned()),
            disable_cache: false,
            field_masks: Some(masks.iter().map(|mask| (*mask).to_owned()).collect()),
        }
    }

    #[test]
    fn what_was_not_asked_for_is_left_out() {
        let object = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tls", "labels": {"a": "b"}},
            "type": "t", "data": {"a": "b", "c": "d"},
        });
        assert_eq!(
            question(&["metadata.name"]).masked(object.clone()),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tls", "labels": {"a": "b"}}})
        );
        assert_eq!(
            question(&["data.a"]).masked(object.clone())["data"],
            json!({"a": "b"})
        );
        assert_eq!(
            question(&["data"]).masked(object.clone())["data"],
            object["data"]
        );
    }

    #[test]
    fn the_hosts_words_are_said() {
        let question = question(&[]);
        assert_eq!(
            question.absent(),
            "Cannot find v1/Secret named 'tls' inside of namespace 'Some(\"team-a\")'"
        );
        let forbidden = question.forbidden();
        let expected = "ApiError: secrets \"tls\" is forbidden: User \"system:serviceaccount:kubewarden:policy-server\" cannot get resource \"secrets\" in API group \"\" in the namespace \"team-a\": Forbidden (Status { status: Some(Failure), code: 403, ";
        assert!(forbidden.starts_with(expected), "{forbidden}");
        assert!(forbidden.contains("reason: \"Forbidden\""), "{forbidden}");
        assert!(
            forbidden.contains("\n\nCaused by:\n    secrets \"tls\""),
            "{forbidden}"
        );
    }
}
