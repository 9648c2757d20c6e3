//! What the API server adds to and drops from the injected pod without undoing a rule. See
//! [`settled`].
//!
//! After the webhooks it runs its own admission plugins again: it mounts the service account's token
//! into containers that lack it, and merges the tolerations of the pod's runtime class, where one
//! that a wider one covers is dropped.

use generator::TOKEN_PATH;
use serde_json::Value;

use super::kept::items;
use crate::seen::Seen;

/// The lists of containers that the token is mounted into.
const LISTS: [&str; 2] = ["containers", "initContainers"];

/// The stored pod as it is compared with the rules: without the token's mounts that no container
/// had before, and with the tolerations that others cover.
pub(crate) fn settled(seen: &Seen, mut stored: Value) -> Value {
    unmount(seen.object(), &seen.pod, &mut stored);
    if !seen.pod["spec"]["runtimeClassName"].is_null() {
        restore(&seen.pod, &mut stored);
    }
    stored
}

/// Takes away the mounts of the token that neither the pod before the policy nor its answer had. A
/// mount that a rule took away stays: it has come back.
fn unmount(before: &Value, after: &Value, stored: &mut Value) {
    for list in LISTS {
        for container in items_mut(stored.pointer_mut(&format!("/spec/{list}"))) {
            let has = |pod: &Value| {
                let mut same = items(pod["spec"].get(list));
                let same = same.find(|other| other["name"] == container["name"]);
                items(same.and_then(|other| other.get("volumeMounts"))).any(is_token)
            };
            if has(before) || has(after) {
                continue;
            }
            if let Some(Value::Array(mounts)) = container.get_mut("volumeMounts") {
                mounts.retain(|mount| !is_token(mount));
            }
        }
    }
}

fn items_mut(list: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    list.and_then(Value::as_array_mut).into_iter().flatten()
}

fn is_token(mount: &Value) -> bool {
    mount["mountPath"] == TOKEN_PATH
}

/// Puts back the tolerations of the policy's answer that a stored one covers, at their places.
fn restore(after: &Value, stored: &mut Value) {
    let Some(Value::Array(list)) = stored.pointer_mut("/spec/tolerations") else {
        return;
    };
    let mut restored = Vec::new();
    let mut rest = std::mem::take(list);
    for wanted in items(after["spec"].get("tolerations")) {
        if let Some(place) = rest.iter().position(|item| is_same(item, wanted)) {
            restored.push(rest.remove(place));
        } else if restored
            .iter()
            .chain(&rest)
            .any(|item| covers(item, wanted))
        {
            restored.push(wanted.clone());
        }
    }
    restored.append(&mut rest);
    *list = restored;
}

fn is_same(one: &Value, other: &Value) -> bool {
    let key = |item: &Value| FIELDS.map(|field| text(item, field).to_owned());
    key(one) == key(other) && one["tolerationSeconds"] == other["tolerationSeconds"]
}

/// The fields of a toleration that say which taints it is for.
const FIELDS: [&str; 4] = ["key", "operator", "value", "effect"];

/// A field of a toleration. The default of `operator` is `Equal`.
fn text<'v>(item: &'v Value, field: &str) -> &'v str {
    let text = item[field].as_str().unwrap_or_default();
    if field == "operator" && text.is_empty() {
        return "Equal";
    }
    text
}

/// Whether all that `narrow` tolerates, and for as long, is tolerated by `wide`.
///
/// Source: `k8s.io/kubernetes/pkg/util/tolerations` (`MergeTolerations`).
fn covers(wide: &Value, narrow: &Value) -> bool {
    let same = |field| text(wide, field) == text(narrow, field);
    let exists = text(wide, "operator") == "Exists";
    let key = same("key") || exists && text(wide, "key").is_empty();
    let effect = same("effect") || text(wide, "effect").is_empty();
    let value = exists || same("operator") && same("value");
    let longest = wide["tolerationSeconds"].as_i64();
    let seconds = narrow["tolerationSeconds"].as_i64();
    let lasts = longest.is_none_or(|most| seconds.is_some_and(|seconds| seconds <= most));
    key && effect && value && lasts
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn mounted(names: &[&str]) -> Value {
        let mounts = names.iter().map(|path| json!({"mountPath": path}));
        let mounts: Vec<Value> = mounts.collect();
        json!({"spec": {"containers": [{"name": "app", "volumeMounts": mounts}]}})
    }

    #[rstest]
    #[case::mounted_after_the_webhooks(&[], &[], &["/a"])]
    #[case::removed_and_mounted_again(&[TOKEN_PATH], &[], &["/a", TOKEN_PATH])]
    #[case::set_by_a_rule(&[], &[TOKEN_PATH], &["/a", TOKEN_PATH])]
    fn token(#[case] before: &[&str], #[case] after: &[&str], #[case] expected: &[&str]) {
        let mut stored = mounted(&["/a", TOKEN_PATH]);
        unmount(&mounted(before), &mounted(after), &mut stored);
        assert_eq!(stored, mounted(expected));
    }

    #[test]
    fn a_container_that_a_rule_adds_gets_the_token() {
        let before = json!({"spec": {"containers": [{"name": "web"}]}});
        let after = json!({"spec": {"containers": [{"name": "web"}, {"name": "app"}]}});
        let mut stored = mounted(&[TOKEN_PATH]);
        unmount(&before, &after, &mut stored);
        assert_eq!(stored, mounted(&[]));
    }

    #[rstest]
    #[case::exists(json!({"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}), true)]
    #[case::all_effects(json!({"operator": "Exists"}), true)]
    #[case::shorter(json!({"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}), false)]
    #[case::other_effect(json!({"operator": "Exists", "effect": "NoSchedule"}), false)]
    #[case::other_value(json!({"value": "b", "effect": "NoExecute"}), false)]
    #[case::other_key(json!({"key": "b", "operator": "Exists"}), false)]
    #[case::all_keys(json!({"key": "", "operator": "Exists"}), true)]
    fn tolerations(#[case] mut wide: Value, #[case] covered: bool) {
        let narrow = json!({"key": "a", "effect": "NoExecute", "tolerationSeconds": 300});
        if wide.get("key").is_none() {
            wide["key"] = json!("a");
        }
        assert_eq!(covers(&wide, &narrow), covered);
        let pod = |tolerations: &[&Value]| json!({"spec": {"tolerations": tolerations}});
        let mut stored = pod(&[&wide]);
        restore(&pod(&[&narrow]), &mut stored);
        let expected = if covered {
            pod(&[&narrow, &wide])
        } else {
            pod(&[&wide])
        };
        assert_eq!(stored, expected);
    }
}
