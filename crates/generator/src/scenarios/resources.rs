//! Requests and limits: what the API server copies, rounds and fills in.

use serde_json::{Value, json};

use super::scenario::{Laid, Need, Scenario, laid, on_conflict, patch, scenario, spec};
use crate::draw::Draw;

pub(super) fn all() -> Vec<Scenario> {
    vec![
        scenario(
            "request removed beside its limit",
            Need::Plain,
            request_removed,
        ),
        scenario(
            "limit removed, request copied from it",
            Need::Plain,
            limit_removed,
        ),
        scenario(
            "pod's own request removed",
            Need::Plain,
            pod_request_removed,
        ),
        scenario("quantity that is rounded or cut", Need::Plain, rounded),
        scenario("extended resource beyond 63 bits", Need::Plain, beyond),
        scenario(
            "resources filled in by a LimitRange",
            Need::LimitRange,
            filled_in,
        ),
        scenario(
            "container in a namespace with a LimitRange",
            Need::LimitRange,
            added,
        ),
        scenario(
            "container in a namespace with a ResourceQuota",
            Need::Quota,
            added,
        ),
    ]
}

/// A resource and two amounts of it that a container may have.
fn resource(draw: &mut Draw) -> (&'static str, &'static str, &'static str) {
    draw.one_of(&[
        ("cpu", "1", "2"),
        ("cpu", "500m", "1"),
        ("memory", "64Mi", "1Gi"),
        ("ephemeral-storage", "1Gi", "2Gi"),
        ("example.com/gpu", "1", "2"),
        ("hugepages-2Mi", "2Mi", "4Mi"),
    ])
}

/// Limits of a container; huge pages need memory besides.
fn limits(resource: &str, amount: &str) -> Value {
    let mut limits = json!({resource: amount});
    if resource.starts_with("hugepages") {
        limits["memory"] = json!("1Gi");
    }
    limits
}

fn request_removed(draw: &mut Draw) -> Laid {
    let (resource, amount, more) = resource(draw);
    let mut own = json!({"limits": limits(resource, amount)});
    if draw.bool() {
        own["requests"] = json!({resource: amount});
    }
    let pod = instead_of_own(&own);
    let mut resources = json!({"requests": {resource: null}});
    match draw.number(0..=3) {
        0 => resources["limits"] = limits(resource, more),
        1 => resources["requests"] = Value::Null,
        _ => {}
    }
    laid(
        pod,
        [patch(on_conflict(draw), json!({"resources": resources}))],
    )
}

/// Resources in place of those that the container has.
fn instead_of_own(resources: &Value) -> Value {
    json!([
        {"container": {"resources": null, "resizePolicy": null}},
        {"container": {"resources": resources}},
    ])
}

fn limit_removed(draw: &mut Draw) -> Laid {
    let (resource, amount, more) = resource(draw);
    let mut own = json!({"limits": limits(resource, amount)});
    if draw.chance(30) {
        own["requests"] = json!({resource: amount});
    }
    let pod = instead_of_own(&own);
    let limit = match draw.number(0..=2) {
        0 => json!(more),
        _ => json!(null),
    };
    laid(
        pod,
        [patch(
            "Replace",
            json!({"resources": {"limits": {resource: limit}}}),
        )],
    )
}

fn pod_request_removed(draw: &mut Draw) -> Laid {
    let pod = json!({"spec": {
        "os": null, "resources": {"limits": {"cpu": "32", "memory": "64Gi"}},
    }});
    let requests = match draw.number(0..=2) {
        0 => json!({"cpu": null}),
        1 => json!({"memory": null}),
        _ => Value::Null,
    };
    laid(
        pod,
        [spec(
            on_conflict(draw),
            json!({"resources": {"requests": requests}}),
        )],
    )
}

fn rounded(draw: &mut Draw) -> Laid {
    let amounts = [
        "100u",
        "1500u",
        "10Ei",
        "1e23",
        "100000000000000000000000",
        "0.0001",
        "1.5m",
        "1n",
        "2Ei",
        "9223372036854775808",
        "0.5",
        "12e-1",
        "1e3",
    ];
    let amount = draw.one_of(&amounts);
    let name = draw.one_of(&["cpu", "memory", "ephemeral-storage"]);
    let field = draw.one_of(&["limits", "requests"]);
    let on_conflict = on_conflict(draw);
    let rule = match draw.number(0..=2) {
        0 => spec(
            on_conflict,
            json!({"volumes": [
                {"name": "sized", "emptyDir": {"sizeLimit": amount}},
            ]}),
        ),
        1 => spec(
            on_conflict,
            json!({"volumes": [{"name": "claimed", "ephemeral": {
                "volumeClaimTemplate": {"spec": {
                    "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": amount}},
                }},
            }}]}),
        ),
        _ => patch(on_conflict, json!({"resources": {field: {name: amount}}})),
    };
    laid(json!({"container": {"resources": null}}), [rule])
}

fn beyond(draw: &mut Draw) -> Laid {
    let amount = draw.one_of(&[
        "1Ei",
        "9223372036854776",
        "9223372036854775",
        "1Pi",
        "8Pi",
        "1e3",
        "1",
    ]);
    let resources = json!({"limits": {"example.com/x": amount}});
    laid(
        json!({"container": {"resources": null}}),
        [patch(on_conflict(draw), json!({"resources": resources}))],
    )
}

fn filled_in(draw: &mut Draw) -> Laid {
    let (resource, amount) = draw.one_of(&[("cpu", "1"), ("memory", "1Gi"), ("cpu", "50m")]);
    let field = draw.one_of(&["limits", "requests"]);
    let mut resources = json!({field: {resource: amount}});
    if draw.bool() {
        resources["limits"] = json!({resource: "1"});
        resources["requests"] = json!({resource: "1"});
    }
    laid(
        json!({"container": {"resources": null}}),
        [patch("Report", json!({"resources": resources}))],
    )
}

fn added(draw: &mut Draw) -> Laid {
    let mut sidecar = json!({"name": "sidecar", "image": "sidecar:1"});
    match draw.number(0..=3) {
        0 => {}
        1 => sidecar["resources"] = json!({"limits": {"cpu": "4", "memory": "8Gi"}}),
        2 => sidecar["resources"] = json!({"requests": {"cpu": "600m"}}),
        _ => {
            sidecar["resources"] = json!({
                "limits": {"cpu": "200m", "memory": "64Mi"},
                "requests": {"cpu": "100m", "memory": "64Mi"},
            });
        }
    }
    let list = draw.one_of(&["containers", "initContainers"]);
    laid(json!({}), [spec("Report", json!({list: [sidecar]}))])
}
