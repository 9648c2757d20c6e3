//! Pods as large as the API server takes them, in the shapes that are slow where the work is not
//! linear in the pod: in the real module in the real waPC host, they are done in time.

use std::fmt::Display;
use std::sync::LazyLock;
use std::time::Duration;

use policy_host::Policy;
use rstest::rstest;
use serde_json::{Map, Value, json};

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let module = test_modules::module(test_modules::Package::PodInjector);
    let policy = Policy::load(&module).expect("the policy's module is a policy");
    // Linear work takes some tens of milliseconds, and work that is not takes minutes.
    policy.with_time_out(Duration::from_secs(20))
});

fn many(count: usize, item: impl Fn(usize) -> Value) -> Value {
    (0..count).map(item).collect()
}

fn keys(count: usize) -> Value {
    let members = (0..count).map(|index| (key(index), json!("v")));
    Value::Object(members.collect::<Map<String, Value>>())
}

fn key(index: impl Display) -> String {
    format!("k{index}")
}

#[rstest]
#[case::containers_after_one_that_goes(
    json!({"spec": {"containers": many(20_000, |index| json!({"name": key(index)}))}}),
    json!({
        "pod": {"spec": {"containers": [{"name": "k0", "$patch": "delete"}]}},
        "containers": [{"patch": {"env": [{"name": "A"}]}}],
    }),
)]
#[case::mounts_after_one_that_goes(
    json!({"spec": {
        "volumes": [{"name": "v"}],
        "containers": [{"name": "c", "volumeMounts": many(30_000, |index| {
            json!({"name": "v", "mountPath": key(index)})
        })}],
    }}),
    json!({"containers": [{"patch": {"volumeMounts": [
        {"mountPath": "k0", "$patch": "delete"}, {"mountPath": "/new", "name": "v"},
    ]}}]}),
)]
#[case::variables_after_a_new_one(
    json!({"spec": {"containers": [{"name": "c", "env": many(40_000, |index| {
        json!({"name": key(index)})
    })}]}}),
    json!({"containers": [{"patch": {"env": [{"name": "A"}]}}]}),
)]
#[case::devices_and_a_volume_that_goes(
    json!({"spec": {
        "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}, {"name": "w"}],
        "containers": [{"name": "c", "volumeDevices": many(30_000, |index| {
            json!({"name": "v", "devicePath": key(index)})
        })}],
    }}),
    json!({"pod": {"spec": {"volumes": [{"name": "w", "$patch": "delete"}]}}}),
)]
#[case::claims_of_volumes(
    json!({"spec": {
        "containers": [{"name": "c"}],
        "volumes": many(16_000, |index| match index % 2 {
            0 => json!({"name": key(index), "ephemeral": {}}),
            _ => json!({"name": key(index), "persistentVolumeClaim": {"claimName": key(index)}}),
        }),
    }}),
    json!({"pod": {"spec": {"volumes": [{"name": "new", "emptyDir": {}}]}}}),
)]
#[case::claims_of_resources(
    json!({"spec": {
        "containers": [{"name": "c", "resources": {"claims": many(20_000, |index| {
            json!({"name": key(index), "request": "r"})
        })}}],
        "resourceClaims": many(20_000, |index| json!({"name": key(index)})),
    }}),
    json!({"containers": [{"patch": {"resources": {"limits": {"cpu": "1"}}}}]}),
)]
#[case::labels_of_a_spread_constraint(
    json!({
        "metadata": {"labels": keys(20_000)},
        "spec": {
            "containers": [{"name": "c"}],
            "topologySpreadConstraints": [{
                "labelSelector": {"matchLabels": keys(10_000)},
                "matchLabelKeys": many(20_000, |index| json!(key(index + 20_000))),
            }],
        },
    }),
    json!({"pod": {"metadata": {"labels": {"new": "v"}}}}),
)]
#[case::node_selector_of_a_runtime_class(
    json!({"spec": {
        "runtimeClassName": "r", "containers": [{"name": "c"}], "nodeSelector": keys(40_000),
    }}),
    json!({"pod": {"spec": {"nodeSelector": {"new": "v"}}}}),
)]
fn is_done_in_time(#[case] pod: Value, #[case] inject: Value) {
    let payload = json!({
        "request": {
            "uid": "u", "operation": "CREATE", "namespace": "n", "name": "p",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "object": with_name(pod),
        },
        "settings": {"rules": [{"name": "rule", "inject": inject}]},
    });
    let call = POLICY.call("validate", payload.to_string().as_bytes());
    let answer = call.answer.unwrap_or_else(|error| panic!("{error}"));
    let answer: Value = serde_json::from_slice(&answer).expect("the answer is JSON");
    assert_eq!(answer["accepted"], json!(true));
    assert!(answer["mutated_object"].is_object(), "the rule matches");
}

fn with_name(mut pod: Value) -> Value {
    pod["metadata"]["name"] = json!("p");
    pod
}
