//! What the API server derived from a field goes with that field. See [`left_behind`].
//!
//! Before it calls webhooks, the API server mounts the service account's token, makes host ports of
//! a host-network pod's ports, copies limits to requests, and merges the scheduling of the pod's runtime
//! class. When a rule takes the reason away, the derived value must go too. Values that the author wrote
//! are the author's.

use generator::{RUNTIME_CLASS, RUNTIME_NODES};
use serde_json::Value;

use super::kept::items;
use super::told::Told;

/// Prefix of the token volume's name.
/// Source: `plugin/pkg/admission/serviceaccount/admission.go`.
const TOKEN_VOLUME: &str = "kube-api-access-";

/// The lists of containers that have derived values.
const LISTS: [&str; 2] = ["containers", "initContainers"];

/// The first derived value in `stored` whose reason the rules took away. `manifest` is the pod as
/// its author wrote it.
pub(crate) fn left_behind(told: &Told, manifest: &Value, stored: &Value) -> Option<String> {
    token(told, manifest, stored)
        .or_else(|| host_ports(told, manifest, stored))
        .or_else(|| copied_requests(told, manifest, stored))
        .or_else(|| scheduling(told, manifest, stored))
}

fn token(told: &Told, manifest: &Value, stored: &Value) -> Option<String> {
    let switched_off = matches!(
        told.get("spec").get("automountServiceAccountToken"),
        Told::Is(Value::Bool(false))
    );
    if !switched_off {
        return None;
    }
    let has_token = |pod: &Value| {
        let mut volumes = items(pod["spec"].get("volumes"));
        volumes.any(|volume| {
            let name = volume["name"].as_str();
            name.is_some_and(|name| name.starts_with(TOKEN_VOLUME))
        })
    };
    (has_token(stored) && !has_token(manifest)).then(|| {
        "rules set spec.automountServiceAccountToken to false, and the token's volume is stored"
            .to_owned()
    })
}

fn host_ports(told: &Told, manifest: &Value, stored: &Value) -> Option<String> {
    let taken_away = match told.get("spec").get("hostNetwork") {
        Told::Gone => true,
        Told::Is(value) => value == false,
        _ => false,
    };
    if !taken_away || manifest["spec"]["hostNetwork"] != true {
        return None;
    }
    each_container(manifest, stored, |list, name, author, container| {
        items(container.get("ports")).find_map(|port| {
            let number = &port["containerPort"];
            let same = |other: &&Value| {
                other["containerPort"] == *number
                    && other.get("protocol").unwrap_or(&"TCP".into())
                        == port.get("protocol").unwrap_or(&"TCP".into())
            };
            let authors = items(author.get("ports")).find(same)?;
            let derived = port["hostPort"] == *number && authors.get("hostPort").is_none();
            let is_told = is_told(told, list, name, "ports");
            (derived && !is_told).then(|| {
                format!(
                    "rules removed spec.hostNetwork, and spec.{list}[{name}] keeps the hostPort \
                     {number} that the API server derived from it"
                )
            })
        })
    })
}

fn copied_requests(told: &Told, manifest: &Value, stored: &Value) -> Option<String> {
    each_container(manifest, stored, |list, name, author, container| {
        let told = item(told, list, name)?.get("resources");
        let requests = container["resources"]["requests"].as_object()?;
        requests.keys().find_map(|resource| {
            let removed = matches!(told.get("limits").get(resource), Told::Gone);
            let is_told = matches!(told.get("requests").get(resource), Told::Is(_));
            let authors = author["resources"]["requests"].get(resource).is_some();
            let had_limit = author["resources"]["limits"].get(resource).is_some();
            (removed && had_limit && !is_told && !authors).then(|| {
                format!(
                    "rules removed spec.{list}[{name}].resources.limits['{resource}'], and the \
                     request that the API server copied from it is stored"
                )
            })
        })
    })
}

/// The node selector and the tolerations of a runtime class that the rules took away.
fn scheduling(told: &Told, manifest: &Value, stored: &Value) -> Option<String> {
    let told = told.get("spec");
    let taken_away = matches!(told.get("runtimeClassName"), Told::Gone);
    if !taken_away || manifest["spec"]["runtimeClassName"] != RUNTIME_CLASS {
        return None;
    }
    let (key, value) = RUNTIME_NODES;
    let left = |field: &str, is_there: &dyn Fn(&Value) -> bool| {
        let is_derived = is_there(stored) && !is_there(manifest);
        (is_derived && matches!(told.get(field), Told::Open)).then(|| {
            format!("rules removed spec.runtimeClassName, and the class's part of spec.{field} is stored")
        })
    };
    let selects = |pod: &Value| pod["spec"]["nodeSelector"][key] == value;
    let tolerates =
        |pod: &Value| items(pod["spec"].get("tolerations")).any(|item| item["key"] == key);
    left("nodeSelector", &selects).or_else(|| left("tolerations", &tolerates))
}

/// Whether rules say anything of a field of a container.
fn is_told(told: &Told, list: &str, name: &str, field: &str) -> bool {
    item(told, list, name).is_some_and(|told| !matches!(told.get(field), Told::Open))
}

fn item<'t>(told: &'t Told, list: &str, name: &str) -> Option<&'t Told> {
    let Told::Items(items) = told.get("spec").get(list) else {
        return None;
    };
    let item = items
        .iter()
        .find(|(key, _)| key.first().is_some_and(|key| key == name));
    item.map(|(_, told)| told)
}

/// Calls with each stored container, in which list it is, its name, and the author's own.
fn each_container(
    manifest: &Value,
    stored: &Value,
    find: impl Fn(&str, &str, &Value, &Value) -> Option<String>,
) -> Option<String> {
    LISTS.iter().find_map(|list| {
        items(stored["spec"].get(*list)).find_map(|container| {
            let name = container["name"].as_str()?;
            let is_it = |other: &&Value| other["name"] == name;
            let author = items(manifest["spec"].get(*list)).find(is_it)?;
            find(list, name, author, container)
        })
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::undone::expect::expectation;

    #[rstest]
    #[case::token(
        json!({"automountServiceAccountToken": false}),
        json!({"containers": [{"name": "app"}]}),
        json!({"containers": [{"name": "app"}], "volumes": [{"name": "kube-api-access-x"}]}),
        true
    )]
    #[case::token_gone(
        json!({"automountServiceAccountToken": false}),
        json!({"containers": [{"name": "app"}]}),
        json!({"containers": [{"name": "app"}]}),
        false
    )]
    #[case::host_port(
        json!({"hostNetwork": null}),
        json!({"hostNetwork": true, "containers": [{"name": "app", "ports": [{"containerPort": 80}]}]}),
        json!({"containers": [{"name": "app", "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]}]}),
        true
    )]
    #[case::authors_host_port(
        json!({"hostNetwork": null}),
        json!({"hostNetwork": true, "containers": [{"name": "app", "ports": [{"containerPort": 80, "hostPort": 80}]}]}),
        json!({"containers": [{"name": "app", "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]}]}),
        false
    )]
    #[case::runtime_class(
        json!({"runtimeClassName": null}),
        json!({"runtimeClassName": "sandboxed"}),
        json!({"nodeSelector": {"runtime": "sandboxed"}}),
        true
    )]
    #[case::request(
        json!({"containers": [{"name": "app", "resources": {"limits": {"cpu": null}}}]}),
        json!({"containers": [{"name": "app", "resources": {"limits": {"cpu": "1"}}}]}),
        json!({"containers": [{"name": "app", "resources": {"requests": {"cpu": "1"}}}]}),
        true
    )]
    fn finds(
        #[case] spec: Value,
        #[case] author: Value,
        #[case] stored: Value,
        #[case] left: bool,
    ) {
        let rule = json!({"name": "r", "inject": {"pod": {"spec": spec}}});
        let [author, stored] = [author, stored].map(|spec| json!({"spec": spec}));
        let told = expectation(&[&rule], &author).expect("it is clear");
        let found = left_behind(&told, &author, &stored);
        assert_eq!(found.is_some(), left, "{found:?}");
    }
}
