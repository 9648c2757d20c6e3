//! What belongs to a pod as a whole: its token, its network, its controller, its containers.

use serde_json::json;

use super::scenario::{Laid, Need, Scenario, laid, on_conflict, patch, rule, scenario, spec};
use crate::draw::Draw;
use crate::recipes::TOKEN_PATH;
use crate::vocabulary::{PULL_SECRET, RUNTIME_CLASS, RUNTIME_NODES, SERVICE_ACCOUNT};

/// The label that every pod of a generated `ReplicaSet` is selected by.
const SELECTED: [&str; 3] = ["app", "pod-template-hash", "controller-uid"];

pub(super) fn all() -> Vec<Scenario> {
    vec![
        scenario("service account token switched off", Need::Plain, token_off),
        scenario("token mount removed", Need::Plain, token_mount),
        scenario("pull secrets removed", Need::Plain, pull_secrets),
        scenario(
            "runtime class or its nodes taken away",
            Need::Plain,
            runtime_class,
        ),
        scenario("device at the token's path", Need::Plain, device_at_token),
        scenario("host network taken away", Need::Plain, host_network),
        scenario("host port 0", Need::Plain, host_port),
        scenario("image changed before its pull policy", Need::Any, image),
        scenario("label of a controller", Need::Controlled, label),
        scenario("pod of a controller", Need::Controlled, controlled),
        scenario("patch and added container", Need::RoundTrip, patch_and_add),
        scenario("toleration removed", Need::Plain, toleration),
        scenario("capability without its prefix", Need::Plain, capability),
    ]
}

fn token_off(draw: &mut Draw) -> Laid {
    let off = spec(
        on_conflict(draw),
        json!({"automountServiceAccountToken": false}),
    );
    let sidecar = spec(
        "Report",
        json!({"containers": [{"name": "sidecar", "image": "sidecar:1"}]}),
    );
    let rules = match draw.number(0..=2) {
        0 => vec![off],
        1 => vec![sidecar, off],
        _ => vec![off, sidecar],
    };
    laid(
        json!({"spec": {"automountServiceAccountToken": null}}),
        rules,
    )
}

fn token_mount(draw: &mut Draw) -> Laid {
    let mounts = if draw.chance(80) {
        json!([{"mountPath": TOKEN_PATH, "$patch": "delete"}])
    } else {
        json!(null)
    };
    let removed = patch(on_conflict(draw), json!({"volumeMounts": mounts}));
    laid(
        json!({"spec": {"automountServiceAccountToken": null}}),
        [removed],
    )
}

fn pull_secrets(draw: &mut Draw) -> Laid {
    let accounts = [SERVICE_ACCOUNT, SERVICE_ACCOUNT, "default"];
    let own = draw.one_of(&[None, None, Some(PULL_SECRET), Some("own")]);
    let own = own.map(|name| json!([{"name": name}]));
    let pod = json!({"spec": {
        "serviceAccountName": draw.one_of(&accounts), "imagePullSecrets": own,
    }});
    let deleted = |name: &str| json!({"name": name, "$patch": "delete"});
    let secrets = match draw.number(0..=3) {
        0 => json!([deleted(PULL_SECRET)]),
        1 => json!([deleted("own"), {"name": "new"}]),
        2 => json!([deleted("own"), deleted(PULL_SECRET)]),
        _ => json!(null),
    };
    let mut removed = spec(on_conflict(draw), json!({"imagePullSecrets": secrets}));
    if draw.chance(30) {
        removed["inject"]["pod"]["spec"]["serviceAccountName"] = draw.one_of(&accounts).into();
    }
    laid(pod, [removed])
}

fn runtime_class(draw: &mut Draw) -> Laid {
    let (key, value) = RUNTIME_NODES;
    let selector = draw.one_of(&[None, None, Some(key), Some("disk")]);
    let selector = selector.map(|key| json!({key: value}));
    let pod = json!({"spec": {
        "runtimeClassName": RUNTIME_CLASS, "nodeSelector": selector, "overhead": null,
    }});
    let mut taken = spec(on_conflict(draw), json!({"runtimeClassName": null}));
    let toleration = json!({"key": key, "operator": "Exists"});
    match draw.number(0..=7) {
        5 => taken["inject"]["pod"]["spec"] = json!({"nodeSelector": {key: null}}),
        6 => taken["inject"]["pod"]["spec"] = json!({"nodeSelector": null}),
        7 => {
            let mut removed = toleration;
            removed["$patch"] = json!("delete");
            taken["inject"]["pod"]["spec"] = json!({"tolerations": [removed]});
        }
        0 => taken["inject"]["pod"]["spec"]["nodeSelector"] = json!({key: value}),
        1 => {
            taken["inject"]["pod"]["spec"]["tolerations"] = json!([toleration]);
        }
        _ => {}
    }
    laid(pod, [taken])
}

fn device_at_token(draw: &mut Draw) -> Laid {
    let devices = json!([{"name": "blk", "devicePath": TOKEN_PATH}]);
    let volumes = json!([{"name": "blk", "persistentVolumeClaim": {"claimName": "disk"}}]);
    let pod = json!({"spec": {
        "volumes": volumes, "hostUsers": null,
        "automountServiceAccountToken": draw.one_of(&[None, Some(false)]),
    }});
    let rule = if draw.bool() {
        patch("Replace", json!({"volumeDevices": devices}))
    } else {
        spec(
            "Replace",
            json!({"automountServiceAccountToken": draw.one_of(&[None, Some(true)]),
            "containers": [{"name": "disk", "image": "disk:1", "volumeDevices": devices}]}),
        )
    };
    laid(pod, [rule])
}

fn host_network(draw: &mut Draw) -> Laid {
    let authors = draw.one_of(&[None, Some(8081)]);
    let port = json!({"containerPort": 8081, "hostPort": authors});
    let pod = json!({
        "spec": {"hostNetwork": true, "hostUsers": null, "os": null, "dnsPolicy": null},
        "container": {"ports": [port]},
    });
    let network = draw.one_of(&[None, Some(false)]);
    laid(pod, [spec("Replace", json!({"hostNetwork": network}))])
}

fn host_port(draw: &mut Draw) -> Laid {
    let pod = json!({
        "spec": {"hostNetwork": null},
        "container": {"ports": [{"containerPort": 8082, "hostPort": 8082}]},
    });
    let port = draw.one_of(&[Some(0), Some(0), None]);
    let ports = json!([{"containerPort": 8082, "hostPort": port}]);
    laid(pod, [patch(on_conflict(draw), json!({"ports": ports}))])
}

fn image(draw: &mut Draw) -> Laid {
    let images = [
        "shop:latest",
        "shop",
        "shop:2.1",
        "shop:latest@sha256:4d1f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d3e4f5a6b7",
    ];
    let policies = [None, Some("Always"), Some("IfNotPresent"), Some("Never")];
    let pod = json!({"container": {
        "image": draw.one_of(&images), "imagePullPolicy": draw.one_of(&policies),
    }});
    let changed = patch("Replace", json!({"image": draw.one_of(&images)}));
    let policy = patch(
        draw.one_of(&["Report", "Report", "Keep", "Replace"]),
        json!({"imagePullPolicy": draw.one_of(&["Always", "IfNotPresent", "Never"])}),
    );
    laid(pod, [changed, policy])
}

fn label(draw: &mut Draw) -> Laid {
    let key = draw.one_of(&[
        SELECTED[0],
        SELECTED[0],
        SELECTED[0],
        SELECTED[1],
        SELECTED[2],
        "job-name",
        "team",
        "statefulset.kubernetes.io/pod-name",
    ]);
    let value = draw.one_of(&[None, Some("another"), Some("shop")]);
    let labels = json!({key: value});
    laid(
        json!({}),
        [rule(
            on_conflict(draw),
            json!({"pod": {"metadata": {"labels": labels}}}),
        )],
    )
}

fn controlled(draw: &mut Draw) -> Laid {
    let sidecar = spec(
        "Report",
        json!({"containers": [{"name": "sidecar", "image": "sidecar:1"}]}),
    );
    let labels = rule(
        on_conflict(draw),
        json!({"pod": {"metadata": {"labels": {"injected": "true"}}}}),
    );
    laid(json!({}), [sidecar, labels])
}

fn patch_and_add(draw: &mut Draw) -> Laid {
    let env = json!([{"name": "INJECTED", "value": draw.one_of(&["a", "b"])}]);
    let entry = json!([{"patch": {"env": env}}]);
    let list = draw.one_of(&["containers", "initContainers"]);
    let added = json!({list: [{"name": "sidecar", "image": "sidecar:1"}]});
    let rules = if draw.chance(30) {
        vec![rule(
            "Report",
            json!({"containers": entry, "pod": {"spec": added}}),
        )]
    } else if draw.chance(80) {
        vec![
            rule("Report", json!({"containers": entry})),
            spec("Report", added),
        ]
    } else {
        vec![
            spec("Report", added),
            rule("Report", json!({"containers": entry})),
        ]
    };
    laid(json!({}), rules)
}

fn toleration(draw: &mut Draw) -> Laid {
    let keys = [
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    ];
    let key = draw.one_of(&keys);
    let seconds = draw.one_of(&[10, 300]);
    let own = json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds});
    let pod = match draw.number(0..=2) {
        0 => json!({"spec": {"tolerations": null}}),
        1 => json!({"spec": {"tolerations": [own]}}),
        _ => json!({"spec": {"tolerations": [{"key": "dedicated", "operator": "Exists"}]}}),
    };
    let gone =
        json!([{"key": key, "operator": "Exists", "effect": "NoExecute", "$patch": "delete"}]);
    let tolerations = match draw.number(0..=3) {
        0 => json!(null),
        1 => json!([{"key": "dedicated", "operator": "Exists", "$patch": "delete"}]),
        _ => gone,
    };
    laid(
        pod,
        [spec(on_conflict(draw), json!({"tolerations": tolerations}))],
    )
}

fn capability(draw: &mut Draw) -> Laid {
    let pod = json!({"container": {"securityContext": {
        "privileged": null, "allowPrivilegeEscalation": false,
        "capabilities": {"add": ["SYS_ADMIN"]},
    }}});
    let context = if draw.bool() {
        json!({"privileged": true})
    } else {
        json!({"capabilities": {"add": [draw.one_of(&["CAP_SYS_ADMIN", "NET_ADMIN", "SYS_ADMIN"])]}})
    };
    laid(pod, [patch("Replace", json!({"securityContext": context}))])
}
