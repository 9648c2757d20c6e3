//! Whether a stored value says all that a wanted value says. See [`keeps`].
//!
//! The stored value may say more: the API server adds defaults. It may not say less or something
//! else. So a zero that the API server replaced by a default is not kept.

use kubernetes_pod::schema::{Absent, Field, Kind, List, Type};
use serde_json::Value;

use super::amount::Amount;

/// Whether `stored` keeps `wanted`, a value of this kind.
///
/// Fields that the schema does not know are left out: the API server drops them.
pub(crate) fn keeps(kind: &Kind, wanted: &Value, stored: &Value) -> bool {
    match (kind, wanted, stored) {
        (Kind::Quantity, ..) => same_amount(wanted, stored),
        (Kind::Int32 | Kind::Int64 | Kind::IntOrString, Value::Number(_), Value::Number(_)) => {
            wanted.as_f64() == stored.as_f64()
        }
        (Kind::Object(ty), Value::Object(members), Value::Object(_)) => {
            members.iter().all(|(name, wanted)| {
                ty.field(name)
                    .is_none_or(|field| field_keeps(field, wanted, stored.get(name)))
            })
        }
        (Kind::Map(kind), Value::Object(members), Value::Object(_)) => {
            members.iter().all(|(key, wanted)| {
                wanted.is_null()
                    || stored
                        .get(key)
                        .is_some_and(|stored| keeps(kind, wanted, stored))
            })
        }
        (Kind::List(list, kind), Value::Array(wanted), Value::Array(stored)) => {
            list_keeps(*list, kind, wanted, stored)
        }
        _ => wanted == stored,
    }
}

/// The same for a field, which the stored object may lack.
pub(crate) fn field_keeps(field: &Field, wanted: &Value, stored: Option<&Value>) -> bool {
    if wanted.is_null() {
        return true;
    }
    match (stored, field.absent) {
        (Some(stored), _) => keeps(&field.kind, wanted, stored),
        (None, Absent::Zero | Absent::Required) => is_zero(wanted),
        (None, Absent::Default(default)) => {
            default_of(default).is_some_and(|default| keeps(&field.kind, wanted, &default))
        }
        (None, Absent::Unset) => false,
    }
}

/// Whether a stored value is what the API server takes the field's absence for, or fills in.
pub(crate) fn is_default(field: &Field, stored: &Value) -> bool {
    match field.absent {
        Absent::Default(default) => {
            default_of(default).is_some_and(|default| keeps(&field.kind, &default, stored))
        }
        _ => is_zero(stored),
    }
}

/// Whether the API server always fills in this field where it is absent, with a value that the
/// schema table does not tell. No removal of such a field lasts or is meant to: the policy removes
/// `priority` and `preemptionPolicy` to have them computed anew.
pub(crate) fn is_filled_in(ty: &Type, field: &Field, host_network: bool) -> bool {
    match (ty.name, field.name) {
        ("PodSpec", "priority" | "preemptionPolicy" | "serviceAccount")
        | ("Container", "imagePullPolicy")
        | ("ImageVolumeSource", "pullPolicy") => true,
        // On the host's network every port of a container is a port of the host.
        ("ContainerPort", "hostPort") => host_network,
        _ => false,
    }
}

/// Whether a pod is on the host's network.
pub(crate) fn is_on_host_network(pod: &Value) -> bool {
    pod["spec"]["hostNetwork"] == true
}

fn default_of(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// Keyed items have a counterpart each. The items of other lists are there in the same order; a
/// list of plain values is one value.
fn list_keeps(list: List, kind: &Kind, wanted: &[Value], stored: &[Value]) -> bool {
    match (list, kind) {
        (List::Keyed(keys), Kind::Object(ty)) => wanted.iter().all(|item| {
            find(ty, keys, stored, item).is_some_and(|stored| keeps(kind, item, stored))
        }),
        (List::Atomic, Kind::Object(_)) | (List::Set, _) => contains_all(kind, wanted, stored),
        _ => wanted.len() == stored.len() && contains_all(kind, wanted, stored),
    }
}

fn contains_all(kind: &Kind, wanted: &[Value], stored: &[Value]) -> bool {
    let mut rest = stored.iter();
    wanted
        .iter()
        .all(|wanted| rest.any(|stored| keeps(kind, wanted, stored)))
}

/// The item of a keyed list with the same keys as `like`: the last one, which counts.
pub(crate) fn find<'v>(
    ty: &Type,
    keys: &[&str],
    items: &'v [Value],
    like: &Value,
) -> Option<&'v Value> {
    let wanted = key(ty, keys, like);
    items.iter().rfind(|item| key(ty, keys, item) == wanted)
}

/// An item's merge keys, with the defaults of those that are left out.
pub(crate) fn key(ty: &Type, keys: &[&str], item: &Value) -> Vec<Value> {
    let value = |name: &&str| {
        let default = ty.field(name).and_then(|field| match field.absent {
            Absent::Default(text) => default_of(text),
            _ => None,
        });
        // An empty key is a key that is left out.
        let own = item.get(*name).filter(|value| !is_zero(value));
        own.cloned().or(default).unwrap_or_default()
    };
    keys.iter().map(value).collect()
}

fn same_amount(wanted: &Value, stored: &Value) -> bool {
    let read = |value: &Value| match value {
        Value::String(text) => Amount::read(text),
        Value::Number(number) => Amount::read(&number.to_string()),
        _ => None,
    };
    read(wanted).is_some_and(|wanted| read(stored) == Some(wanted))
}

/// Whether a value is the zero of its kind, which the API server leaves out.
pub(crate) fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_zero),
    }
}

#[cfg(test)]
mod tests {
    use kubernetes_pod::schema::{CONTAINER, POD};
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::quantity(json!({"resources": {"limits": {"cpu": 0.5}}}), json!({"resources": {"limits": {"cpu": "500m"}}}), true)]
    #[case::rounded(json!({"resources": {"limits": {"cpu": "100u"}}}), json!({"resources": {"limits": {"cpu": "1m"}}}), false)]
    #[case::defaults_are_added(
        json!({"ports": [{"containerPort": 80}]}),
        json!({"ports": [{"containerPort": 80, "protocol": "TCP"}]}),
        true
    )]
    #[case::zero_of_a_value(json!({"stdin": false}), json!({}), true)]
    #[case::zero_of_a_default(
        json!({"terminationMessagePath": ""}),
        json!({"terminationMessagePath": "/dev/termination-log"}),
        false
    )]
    #[case::dropped_pointer(json!({"lifecycle": {"stopSignal": "SIGHUP"}}), json!({"lifecycle": {}}), false)]
    #[case::unknown_field(json!({"newField": 1}), json!({}), true)]
    #[case::words_are_one_value(json!({"args": ["a"]}), json!({"args": ["a", "b"]}), false)]
    #[case::last_of_two(
        json!({"env": [{"name": "A", "value": "2"}]}),
        json!({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}),
        true
    )]
    fn of_containers(#[case] wanted: Value, #[case] stored: Value, #[case] kept: bool) {
        assert_eq!(keeps(&Kind::Object(&CONTAINER), &wanted, &stored), kept);
    }

    #[rstest]
    #[case::added_toleration(
        json!({"tolerations": [{"key": "a", "operator": "Exists"}]}),
        json!({"tolerations": [{"key": "b"}, {"key": "a", "operator": "Exists"}]}),
        true
    )]
    #[case::other_seconds(
        json!({"tolerations": [{"key": "a", "tolerationSeconds": 10}]}),
        json!({"tolerations": [{"key": "a", "tolerationSeconds": 300}]}),
        false
    )]
    fn of_pods(#[case] wanted: Value, #[case] stored: Value, #[case] kept: bool) {
        let [wanted, stored] = [wanted, stored].map(|spec| json!({"spec": spec}));
        assert_eq!(keeps(&Kind::Object(&POD), &wanted, &stored), kept);
    }
}
