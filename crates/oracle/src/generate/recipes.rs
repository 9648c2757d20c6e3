//! Collisions that chance alone makes too seldom: what a pod has, and what a rule does to it that
//! the API server would refuse. Each is laid over a pair that is drawn as any other.

use std::sync::LazyLock;

use kubernetes_pod::validation::Cause;
use serde_json::{Value, json};

use super::disturb::UNKNOWN_FIELD;
use super::vocabulary::{CONTAINERS, RUNTIME_CLASS};

/// One collision.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// What the API server would refuse.
    #[cfg_attr(not(test), expect(dead_code, reason = "it tells what a recipe is for"))]
    pub(crate) cause: Cause,
    /// Laid over the pod: `metadata`, `spec` and, for its first container, `container`.
    pub(crate) pod: Value,
    /// The rule's `inject`.
    pub(crate) inject: Value,
}

impl Recipe {
    /// The setting under which the rule may be given.
    pub(crate) fn unknown_fields(&self) -> &'static str {
        let text = self.inject.to_string();
        // A stopSignal is behind a feature gate that is off by default.
        if text.contains(UNKNOWN_FIELD) || text.contains("stopSignal") {
            "Allow"
        } else {
            "Refuse"
        }
    }
}

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// All of them.
pub(crate) static RECIPES: LazyLock<Vec<Recipe>> = LazyLock::new(|| {
    [volumes(), containers(), resources(), pods(), values()]
        .into_iter()
        .flatten()
        .collect()
});

fn recipe(cause: Cause, pod: Value, inject: Value) -> Recipe {
    Recipe { cause, pod, inject }
}

/// A rule that patches containers.
#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
fn patch(patch: Value) -> Value {
    json!({"containers": [{"patch": patch}]})
}

/// The same, of those that go on running.
#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
fn patch_running(patch: Value) -> Value {
    json!({"containers": [{"kinds": ["Container"], "patch": patch}]})
}

#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
fn spec(spec: Value) -> Value {
    json!({"pod": {"spec": spec}})
}

fn volumes() -> Vec<Recipe> {
    let block = json!({"name": "blk", "persistentVolumeClaim": {"claimName": "disk"}});
    let claim = json!({"volumeClaimTemplate": {"spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
    }}});
    let device = json!([{"name": "blk", "devicePath": "/dev/blk1"}]);
    let at_token = json!([{"name": "blk", "devicePath": TOKEN_PATH}]);
    vec![
        recipe(
            Cause::DeviceTwice,
            json!({
                "spec": {"volumes": [block], "hostUsers": null},
                "container": {"volumeDevices": [{"name": "blk", "devicePath": "/dev/blk0"}]},
            }),
            patch(json!({"volumeDevices": device})),
        ),
        recipe(
            Cause::DeviceAtToken,
            json!({"spec": {
                "volumes": [block], "automountServiceAccountToken": null, "hostUsers": null,
            }}),
            spec(json!({"containers": [
                {"name": "disk", "image": "disk:1", "volumeDevices": at_token},
            ]})),
        ),
        recipe(
            Cause::FileNeedsEmptyDir,
            json!({"spec": {"volumes": [{"name": "files", "configMap": {"name": "main"}}]}}),
            patch(json!({"env": [{"name": "FROM_FILE", "valueFrom": {
                "fileKeyRef": {"volumeName": "files", "path": "env", "key": "KEY"},
            }}]})),
        ),
        recipe(
            Cause::EphemeralClaimName,
            json!({"metadata": {"name": "web".repeat(83), "generateName": null}}),
            spec(json!({"volumes": [{"name": "own-claim", "ephemeral": claim}]})),
        ),
        recipe(
            Cause::ClaimOfEphemeralVolume,
            json!({
                "metadata": {"name": "web", "generateName": null},
                "spec": {"volumes": [{"name": "own", "ephemeral": claim}]},
            }),
            spec(json!({"volumes": [
                {"name": "same", "persistentVolumeClaim": {"claimName": "web-own"}},
            ]})),
        ),
    ]
}

fn containers() -> Vec<Recipe> {
    let all_removed = CONTAINERS.map(|name| json!({"name": name, "$patch": "delete"}));
    let sleep = json!({"preStop": {"sleep": {"seconds": 50}}});
    let host_process = |host_process: bool| json!({"securityContext": {"windowsOptions": {"hostProcess": host_process}}});
    let windows = |context: Value| {
        let mut spec = json!({"os": {"name": "windows"}, "hostNetwork": true, "hostUsers": null});
        if let (Some(spec), Some(context)) = (spec.as_object_mut(), context.as_object()) {
            spec.extend(context.clone());
        }
        json!({"spec": spec})
    };
    vec![
        recipe(
            Cause::SleepTooLong,
            json!({"spec": {"terminationGracePeriodSeconds": 5}}),
            patch_running(json!({"lifecycle": sleep})),
        ),
        recipe(
            Cause::StopSignalOfWindows,
            json!({"spec": {"os": {"name": "windows"}}}),
            patch_running(json!({"lifecycle": {"stopSignal": "SIGHUP"}})),
        ),
        recipe(
            Cause::HostProcessDiffers,
            windows(host_process(true)),
            patch(host_process(false)),
        ),
        recipe(
            Cause::HostProcessSome,
            windows(json!({})),
            spec(json!({"containers": [{
                "name": "on-host", "image": "host:1",
                "securityContext": {"windowsOptions": {"hostProcess": true}},
            }]})),
        ),
        recipe(
            Cause::NoContainers,
            json!({}),
            spec(json!({"containers": all_removed})),
        ),
        recipe(
            Cause::NoSource,
            json!({}),
            patch(json!({"env": [{"name": "EMPTY", "valueFrom": {}}]})),
        ),
    ]
}

fn resources() -> Vec<Recipe> {
    let gpu = json!({"limits": {"example.com/gpu": "1"}, "requests": {"example.com/gpu": "1"}});
    vec![
        recipe(
            Cause::RequestNotLimit,
            json!({"container": {"resources": gpu}}),
            patch(json!({"resources": {"requests": {"example.com/gpu": "2"}}})),
        ),
        recipe(
            Cause::HugePagesAlone,
            json!({"container": {"resources": null}}),
            patch(json!({"resources": {"limits": {"hugepages-2Mi": "2Mi"}}})),
        ),
        recipe(
            Cause::HugePagesDivide,
            json!({}),
            patch(json!({"resources": {"limits": {"hugepages-2Mi": "3Mi", "memory": "1Gi"}}})),
        ),
        recipe(
            Cause::ExtendedFraction,
            json!({}),
            patch(json!({"resources": {"limits": {"example.com/gpu": "500m"}}})),
        ),
        recipe(
            Cause::ResourceClaimTwice,
            json!({
                "spec": {"resourceClaims": [{"name": "dev", "resourceClaimName": "main"}]},
                "container": {"resources": {"claims": [
                    {"name": "dev", "request": "one"}, {"name": "dev", "request": "two"},
                ]}},
            }),
            patch(json!({"resources": {"claims": [{"name": "dev", "request": "one"}]}})),
        ),
        recipe(
            Cause::PodResourceName,
            json!({}),
            spec(json!({"resources": {"limits": {"example.com/gpu": "1"}}})),
        ),
        recipe(
            Cause::PodResourceClaims,
            json!({}),
            spec(json!({"resources": {"claims": [{"name": "dev"}]}})),
        ),
        recipe(
            Cause::PodRequestTooSmall,
            json!({"spec": {"os": null, "resources": {"requests": {"cpu": "20", "memory": "40Gi"}}}}),
            spec(json!({"containers": [
                {"name": "hungry", "image": "shop:2.1", "resources": {"requests": {"cpu": "30"}}},
            ]})),
        ),
        recipe(
            Cause::PodLimitTooSmall,
            json!({"spec": {"os": null, "resources": {"limits": {"cpu": "32"}}}}),
            spec(json!({"containers": [{
                "name": "hungry", "image": "shop:2.1",
                "resources": {"limits": {"cpu": "40"}, "requests": {"cpu": "1"}},
            }]})),
        ),
    ]
}

fn pods() -> Vec<Recipe> {
    let searches = |count: usize, length: usize| -> Vec<String> {
        (0..count)
            .map(|number| format!("{number}.{}a", "x.".repeat(length / 2)))
            .collect()
    };
    let spread = |selector: Value| {
        json!([{
            "topologyKey": "example.com/rack", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1,
            "labelSelector": {"matchLabels": selector}, "matchLabelKeys": ["app"],
        }])
    };
    vec![
        recipe(
            Cause::AnnotationsSize,
            json!({"metadata": {"annotations": {"example.com/manifest": "x".repeat(150 * 1024)}}}),
            json!({"pod": {"metadata": {"annotations": {
                "example.com/large": "y".repeat(120 * 1024),
            }}}}),
        ),
        recipe(
            Cause::Nameservers,
            json!({"spec": {"dnsConfig": {"nameservers": ["10.0.0.10"]}}}),
            spec(json!({"dnsConfig": {"nameservers": ["10.0.0.11", "10.0.0.12", "10.0.0.13"]}})),
        ),
        recipe(
            Cause::Searches,
            json!({"spec": {"dnsConfig": {"searches": ["example.com"]}}}),
            spec(json!({"dnsConfig": {"searches": searches(32, 4)}})),
        ),
        recipe(
            Cause::SearchesLength,
            json!({"spec": {"dnsConfig": {"searches": ["example.com"]}}}),
            spec(json!({"dnsConfig": {"searches": searches(10, 200)}})),
        ),
        recipe(
            Cause::ProcessNamespace,
            json!({"spec": {"hostPID": true, "hostUsers": null, "os": null}}),
            spec(json!({"shareProcessNamespace": true})),
        ),
        recipe(
            Cause::GatesWithNode,
            json!({"spec": {"nodeName": "node-1", "schedulingGates": null}}),
            spec(json!({"schedulingGates": [{"name": "example.com/wait"}]})),
        ),
        recipe(
            Cause::RuntimeClassSelector,
            json!({"spec": {
                "runtimeClassName": RUNTIME_CLASS,
                "nodeSelector": {"runtime": "sandboxed"},
            }}),
            spec(json!({"nodeSelector": {"runtime": "another"}})),
        ),
        recipe(
            Cause::LabelKeyTwice,
            json!({
                "metadata": {"labels": {"app": "shop"}},
                "spec": {"topologySpreadConstraints": spread(json!({"team": "a"}))},
            }),
            spec(json!({"topologySpreadConstraints": spread(json!({"app": "shop"}))})),
        ),
        recipe(
            Cause::MinDomains,
            json!({}),
            spec(json!({"topologySpreadConstraints": [{
                "topologyKey": "example.com/rack", "whenUnsatisfiable": "ScheduleAnyway",
                "maxSkew": 1, "minDomains": 2,
            }]})),
        ),
    ]
}

/// What is wrong in any pod: the policy's check of its settings refuses it.
fn values() -> Vec<Recipe> {
    let affinity = |term: Value| {
        let terms = json!({"requiredDuringSchedulingIgnoredDuringExecution": [term]});
        spec(json!({"affinity": {"podAffinity": terms}}))
    };
    let toleration = |toleration: Value| spec(json!({"tolerations": [toleration]}));
    let probe = |kind: &str, field: &str| {
        patch_running(json!({kind: {field: 3, "exec": {"command": ["true"]}}}))
    };
    let profile = |profile: Value| patch(json!({"securityContext": {"seccompProfile": profile}}));
    let refused = |cause, inject| recipe(cause, json!({}), inject);
    vec![
        refused(
            Cause::TolerationOfEverything,
            toleration(json!({"operator": "Equal", "value": "a"})),
        ),
        refused(
            Cause::TolerationValue,
            toleration(json!({"key": "a", "operator": "Exists", "value": "a"})),
        ),
        refused(
            Cause::TolerationSeconds,
            toleration(json!({"key": "a", "effect": "NoSchedule", "tolerationSeconds": 1})),
        ),
        refused(
            Cause::LabelKeysNeedSelector,
            affinity(json!({"topologyKey": "zone", "matchLabelKeys": ["app"]})),
        ),
        refused(
            Cause::LabelKeyMismatch,
            affinity(json!({
                "topologyKey": "zone", "labelSelector": {},
                "matchLabelKeys": ["app"], "mismatchLabelKeys": ["app"],
            })),
        ),
        recipe(
            Cause::ProfileDiffers,
            json!({"metadata": {"annotations": {
                "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
            }}}),
            spec(json!({"securityContext": {"seccompProfile": {"type": "Unconfined"}}})),
        ),
        refused(
            Cause::NoHandler,
            patch_running(json!({"livenessProbe": {UNKNOWN_FIELD: {"port": 80}}})),
        ),
        refused(
            Cause::NoSource,
            spec(json!({"resourceClaims": [{"name": "claim", UNKNOWN_FIELD: "template"}]})),
        ),
        refused(
            Cause::SuccessThreshold,
            probe("livenessProbe", "successThreshold"),
        ),
        refused(
            Cause::ReadinessGracePeriod,
            probe("readinessProbe", "terminationGracePeriodSeconds"),
        ),
        refused(
            Cause::ProfileNeedsPath,
            profile(json!({"type": "Localhost"})),
        ),
        refused(
            Cause::ProfileWithPath,
            profile(json!({"type": "RuntimeDefault", "localhostProfile": "a.json"})),
        ),
    ]
}

/// Lays a part over a value: objects are merged, lists get longer, a member that is `null` goes.
pub(crate) fn lay_over(value: &mut Value, part: &Value) {
    match (value, part) {
        (Value::Object(members), Value::Object(parts)) => {
            for (key, part) in parts {
                if part.is_null() {
                    members.remove(key);
                } else {
                    lay_over(members.entry(key.as_str()).or_insert(Value::Null), part);
                }
            }
        }
        (Value::Array(items), Value::Array(more)) => items.extend(more.iter().cloned()),
        (_, Value::Null) => {}
        (value, part) => *value = part.clone(),
    }
}
