//! What the policy changed is so in the stored pod. See [`undone`].
//!
//! The pod that the webhook got is compared with the pod that the policy answered, and each
//! difference with the stored pod.

use kubernetes_pod::schema::{Field, Kind, List, Type};
use serde_json::Value;

use super::same::{
    field_keeps, find, is_default, is_filled_in, is_on_host_network, is_zero, keeps, key,
};

/// The three pods, or a part of each of them.
#[derive(Clone, Copy)]
struct Pods<'v> {
    before: Option<&'v Value>,
    after: Option<&'v Value>,
    stored: Option<&'v Value>,
}

/// The first change from `before` to `after` that `stored` does not have.
pub(crate) fn undone(
    ty: &'static Type,
    before: &Value,
    after: &Value,
    stored: &Value,
) -> Option<String> {
    let pods = Pods {
        before: Some(before),
        after: Some(after),
        stored: Some(stored),
    };
    in_object(ty, pods, "", is_on_host_network(stored))
}

impl<'v> Pods<'v> {
    fn map(self, step: impl Fn(&'v Value) -> Option<&'v Value>) -> Self {
        Self {
            before: self.before.and_then(&step),
            after: self.after.and_then(&step),
            stored: self.stored.and_then(&step),
        }
    }

    fn unchanged(self) -> bool {
        self.before == self.after
    }
}

fn in_object(ty: &'static Type, pods: Pods<'_>, path: &str, host_network: bool) -> Option<String> {
    ty.fields.iter().find_map(|field| {
        let inner = pods.map(|object| object.get(field.name));
        let removed = inner.after.is_none();
        if inner.unchanged() || removed && is_filled_in(ty, field, host_network) {
            return None;
        }
        let path = join(path, field.name);
        match (&field.kind, inner.after) {
            (Kind::Object(ty), Some(_)) => {
                missing(ty, inner, &path).or_else(|| in_object(ty, inner, &path, host_network))
            }
            (Kind::Map(kind), Some(_)) => in_map(kind, ty, field, pods, &path),
            (Kind::List(List::Keyed(keys), Kind::Object(item)), Some(_)) => {
                in_keyed_list(item, keys, inner, &path, host_network)
            }
            (Kind::List(_, kind), Some(_)) => in_list(field, kind, inner, &path),
            (_, Some(after)) => {
                (!field_keeps(field, after, inner.stored)).then(|| not_set(&path, inner))
            }
            (_, None) => still_there(field, inner, &path),
        }
    })
}

/// An object whose stored counterpart is gone, although it was set to something.
fn missing(ty: &Type, pods: Pods<'_>, path: &str) -> Option<String> {
    let members = pods.after?.as_object()?;
    let says_something =
        |(name, value): (&String, &Value)| ty.field(name).is_some() && !is_zero(value);
    let dropped = pods.stored.is_none() && members.iter().any(says_something);
    dropped.then(|| not_set(path, pods))
}

fn still_there(field: &Field, pods: Pods<'_>, path: &str) -> Option<String> {
    let stored = pods.stored?;
    (!is_default(field, stored)).then(|| not_removed(path, stored))
}

/// A map's keys. The request of a resource whose limit was changed is copied from the new limit.
fn in_map(kind: &Kind, ty: &Type, field: &Field, parents: Pods<'_>, path: &str) -> Option<String> {
    let pods = parents.map(|object| object.get(field.name));
    let keys = |map: Option<&Value>| -> Vec<String> {
        let members = map.and_then(Value::as_object).into_iter().flatten();
        members.map(|(key, _)| key.clone()).collect()
    };
    let copied = |key: &str| {
        let limits = parents.map(|resources| resources.get("limits")?.get(key));
        (ty.name, field.name) == ("ResourceRequirements", "requests") && !limits.unchanged()
    };
    let mut all = keys(pods.before);
    all.extend(keys(pods.after));
    all.iter().find_map(|key| {
        let inner = pods.map(|map| map.get(key));
        if inner.unchanged() {
            return None;
        }
        let path = format!("{path}['{key}']");
        match (inner.after, inner.stored) {
            (Some(after), Some(stored)) if keeps(kind, after, stored) => None,
            (Some(_), _) => Some(not_set(&path, inner)),
            (None, Some(_)) if copied(key) => None,
            (None, Some(stored)) => Some(not_removed(&path, stored)),
            (None, None) => None,
        }
    })
}

fn in_keyed_list(
    ty: &'static Type,
    keys: &'static [&'static str],
    pods: Pods<'_>,
    path: &str,
    host_network: bool,
) -> Option<String> {
    let both = [pods.before, pods.after];
    both.into_iter().flat_map(items).find_map(|like| {
        let inner = pods.map(|list| find(ty, keys, list.as_array()?, like));
        if inner.unchanged() {
            return None;
        }
        let path = format!("{path}[{}]", label(&key(ty, keys, like)));
        match (inner.after, inner.stored) {
            (Some(_), None) => Some(not_set(&path, inner)),
            (Some(_), Some(_)) => in_object(ty, inner, &path, host_network),
            (None, Some(stored)) => Some(not_removed(&path, stored)),
            (None, None) => None,
        }
    })
}

/// A list whose items have no key: what was added is there, and what was removed is not.
fn in_list(field: &Field, kind: &Kind, pods: Pods<'_>, path: &str) -> Option<String> {
    if let Some(after) = pods.after
        && !field_keeps(field, after, pods.stored)
    {
        return Some(not_set(path, pods));
    }
    let is_in =
        |list: Option<&Value>, item: &Value| items(list).any(|other| same_item(kind, item, other));
    let back =
        items(pods.before).find(|item| !is_in(pods.after, item) && is_in(pods.stored, item))?;
    Some(not_removed(path, back))
}

/// Whether two items of such a list are about the same thing: a toleration's seconds are its value.
fn same_item(kind: &Kind, one: &Value, other: &Value) -> bool {
    const TOLERATION: [&str; 4] = ["effect", "key", "operator", "value"];
    match kind {
        Kind::Object(ty) if ty.name == "Toleration" => {
            key(ty, &TOLERATION, one) == key(ty, &TOLERATION, other)
        }
        _ => keeps(kind, one, other) && keeps(kind, other, one),
    }
}

pub(crate) fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

pub(crate) fn join(path: &str, field: &str) -> String {
    if path.is_empty() {
        field.to_owned()
    } else {
        format!("{path}.{field}")
    }
}

pub(crate) fn label(key: &[Value]) -> String {
    let words = key.iter().map(|part| match part {
        Value::String(text) => text.clone(),
        part => part.to_string(),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn not_set(path: &str, pods: Pods<'_>) -> String {
    let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), short);
    let (wanted, stored) = (text(pods.after), text(pods.stored));
    format!("the policy set {path} to {wanted}, and {stored} is stored")
}

fn not_removed(path: &str, stored: &Value) -> String {
    format!("the policy removed {path}, and {} is stored", short(stored))
}

/// A value for a message, cut where it is long.
pub(crate) fn short(value: &Value) -> String {
    const MOST: usize = 160;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use kubernetes_pod::schema::POD;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn container(container: &Value) -> Value {
        let mut pod = json!({"spec": {"containers": [{"name": "app"}]}});
        for (name, value) in container.as_object().into_iter().flatten() {
            pod["spec"]["containers"][0][name] = value.clone();
        }
        pod
    }

    #[rstest]
    #[case::token_mount(
        json!({"volumeMounts": [{"mountPath": "/t", "name": "token"}]}),
        json!({"volumeMounts": []}),
        json!({"volumeMounts": [{"mountPath": "/t", "name": "token"}]}),
        Some("spec.containers[app].volumeMounts[/t]")
    )]
    #[case::request(
        json!({"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}}),
        json!({"resources": {"limits": {"cpu": "1"}}}),
        json!({"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}}),
        Some("spec.containers[app].resources.requests")
    )]
    #[case::request_of_a_new_limit(
        json!({"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}}),
        json!({"resources": {"limits": {"cpu": "2"}, "requests": {}}}),
        json!({"resources": {"limits": {"cpu": "2"}, "requests": {"cpu": "2"}}}),
        None
    )]
    #[case::zero_of_a_default(
        json!({}),
        json!({"livenessProbe": {"periodSeconds": 0}}),
        json!({"livenessProbe": {"periodSeconds": 10}}),
        Some("spec.containers[app].livenessProbe.periodSeconds")
    )]
    #[case::pull_policy(
        json!({"imagePullPolicy": "Never"}),
        json!({}),
        json!({"imagePullPolicy": "Always"}),
        None
    )]
    #[case::kept(
        json!({}),
        json!({"env": [{"name": "A", "value": "1"}]}),
        json!({"env": [{"name": "A", "value": "1"}]}),
        None
    )]
    fn of_containers(
        #[case] before: Value,
        #[case] after: Value,
        #[case] stored: Value,
        #[case] expected: Option<&str>,
    ) {
        let [before, after, stored] = [before, after, stored].map(|value| container(&value));
        let found = undone(&POD, &before, &after, &stored);
        match expected {
            Some(path) => assert!(
                found.clone().is_some_and(|found| found.contains(path)),
                "{found:?}"
            ),
            None => assert_eq!(found, None),
        }
    }

    #[test]
    fn a_toleration_that_comes_back() {
        let pod = |seconds: &[i64]| {
            let tolerations: Vec<Value> = seconds
                .iter()
                .map(|seconds| json!({"key": "node.kubernetes.io/not-ready", "tolerationSeconds": seconds}))
                .collect();
            json!({"spec": {"tolerations": tolerations}})
        };
        assert!(undone(&POD, &pod(&[300]), &pod(&[]), &pod(&[300])).is_some());
        assert_eq!(undone(&POD, &pod(&[300]), &pod(&[60]), &pod(&[60])), None);
        // An author's seconds that gave way to the default ones.
        assert!(undone(&POD, &pod(&[10]), &pod(&[]), &pod(&[300])).is_some());
    }
}
