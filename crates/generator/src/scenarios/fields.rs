//! Single fields that the API server drops, replaces or refuses.

use serde_json::{Value, json};

use super::scenario::{Laid, Need, Scenario, laid, on_conflict, patch, rule, scenario, spec};
use crate::draw::Draw;

pub(super) fn all() -> Vec<Scenario> {
    vec![
        scenario("zero in place of a default", Need::Plain, zero),
        scenario("field behind a feature gate", Need::Plain, gated),
        scenario("search domain with underscores", Need::Plain, searches),
        scenario("negative grace period", Need::Plain, grace_period),
        scenario("numbers in a ConfigMap of rules", Need::Spelled, numbers),
    ]
}

fn zero(draw: &mut Draw) -> Laid {
    let timing = draw.one_of(&[
        "failureThreshold",
        "periodSeconds",
        "successThreshold",
        "timeoutSeconds",
    ]);
    let probe = draw.one_of(&["livenessProbe", "readinessProbe", "startupProbe"]);
    let volume = |name: &str, source: Value| {
        spec(
            "Replace",
            json!({"volumes": [{"name": "zero", name: source}]}),
        )
    };
    let has_probe = json!({"container": {probe: {
        "tcpSocket": {"port": 80}, "periodSeconds": 7, "timeoutSeconds": 3,
    }}});
    let on_conflict = on_conflict(draw);
    let rule = match draw.number(0..=9) {
        0..=3 => return laid(has_probe, [patch(on_conflict, json!({probe: {timing: 0}}))]),
        4 => patch(on_conflict, json!({"terminationMessagePath": ""})),
        5 => patch(
            on_conflict,
            json!({"livenessProbe": {"httpGet": {"port": 80, "path": ""}}}),
        ),
        6 => patch(
            on_conflict,
            json!({"env": [{"name": "POD", "valueFrom": {
                "fieldRef": {"apiVersion": "", "fieldPath": "metadata.name"},
            }}]}),
        ),
        7 => volume(
            "rbd",
            json!({"monitors": ["10.0.0.1"], "image": "a", "pool": "", "user": "", "keyring": ""}),
        ),
        8 => volume(
            "scaleIO",
            json!({
                "gateway": "https://gw", "system": "s", "volumeName": "v", "secretRef": {"name": "s"},
                "fsType": "", "storageMode": "",
            }),
        ),
        _ => spec(on_conflict, json!({"schedulerName": "", "dnsPolicy": ""})),
    };
    laid(json!({}), [rule])
}

fn gated(draw: &mut Draw) -> Laid {
    let projected = |source: Value| {
        let volume = json!({"name": "projected", "projected": {"sources": [source]}});
        (json!({}), spec("Replace", json!({"volumes": [volume]})))
    };
    let (pod, rule) = match draw.number(0..=5) {
        0 => (
            json!({}),
            spec(
                "Report",
                json!({"schedulingGroup": {"podGroupName": "group"}}),
            ),
        ),
        1 => (
            json!({"spec": {"os": {"name": "linux"}}}),
            patch("Replace", json!({"lifecycle": {"stopSignal": "SIGTERM"}})),
        ),
        2 => projected(json!({"clusterTrustBundle": {"name": "roots", "path": "roots.pem"}})),
        3 => projected(json!({"clusterTrustBundle": {
            "signerName": "example.com/signer", "labelSelector": {}, "path": "roots.pem",
        }})),
        4 => projected(json!({"podCertificate": {
            "signerName": "example.com/signer", "keyType": "ED25519",
            "credentialBundlePath": "bundle.pem",
        }})),
        _ => projected(json!({"podCertificate": {
            "signerName": "example.com/signer", "keyType": "ED25519", "keyPath": "key.pem",
            "certificateChainPath": "chain.pem", "maxExpirationSeconds": 3600,
        }})),
    };
    Laid {
        unknown_fields: draw.bool(),
        ..laid(pod, [rule])
    }
}

fn searches(draw: &mut Draw) -> Laid {
    let domains = [
        "a_",
        "_",
        "__a",
        "a_.b",
        "_a",
        "_a._b.example.com",
        "a.b_",
        "a_b",
        "_a_",
        "-a",
        "a-",
        "A.b",
        "a.",
        ".",
        "a..b",
        "1.2",
    ];
    let some: Vec<&str> = (0..draw.number(1..=2))
        .map(|_| draw.one_of(&domains))
        .collect();
    laid(
        json!({}),
        [spec(
            on_conflict(draw),
            json!({"dnsConfig": {"searches": some}}),
        )],
    )
}

fn grace_period(draw: &mut Draw) -> Laid {
    let seconds = draw.one_of(&[-1, -1, -30, 0, 1]);
    let own = draw.one_of(&[None, Some(60)]);
    laid(
        json!({"spec": {"terminationGracePeriodSeconds": own}}),
        [spec(
            on_conflict(draw),
            json!({"terminationGracePeriodSeconds": seconds}),
        )],
    )
}

/// Many whole numbers, which the surroundings then spell.
fn numbers(draw: &mut Draw) -> Laid {
    let user = draw.one_of(&[0, 0, 100, 1000]);
    let entry = json!([{"kinds": ["Container"], "patch": {
        "securityContext": {"runAsUser": user, "runAsGroup": 100},
        "ports": [{"containerPort": draw.one_of(&[80, 8000, 100])}],
    }}]);
    let metadata =
        json!({"annotations": {"example.com/number": draw.one_of(&["80", "true", "note"])}});
    let spec = json!({"securityContext": {"fsGroup": draw.one_of(&[0, 100]), "supplementalGroups": [0, 3000]}});
    laid(
        json!({"spec": {"os": null}}),
        [
            rule("Replace", json!({"containers": entry})),
            rule(
                "Replace",
                json!({"pod": {"metadata": metadata, "spec": spec}}),
            ),
        ],
    )
}
