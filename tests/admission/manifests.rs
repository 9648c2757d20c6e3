//! `kubectl create -f` of many kinds of manifest, with and without the policy.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Admission, failed_rules, stamp, wait_for};

/// Rules that fail on every pod, for two reasons.
const FAILING: [&str; 2] = ["another-image", "missing-volume"];

fn failing_rules() -> Vec<Value> {
    let mount = json!({"name": "not-in-any-pod", "mountPath": "/not-in-any-pod"});
    vec![
        json!({"name": FAILING[0], "inject": {"containers": [{"patch": {"image": "not-in-any-pod:1"}}]}}),
        json!({"name": FAILING[1], "inject": {"containers": [{"patch": {"volumeMounts": [mount]}}]}}),
    ]
}

/// Rules that are applied to nearly every pod, and those that fail on every one.
fn mixed() -> Value {
    let mut rules = vec![
        json!({"name": "env", "prepend": ["env"], "inject": {"containers": [{"patch": {
            "env": [{"name": "INJECTED", "value": "yes"}],
        }}]}}),
        json!({"name": "sidecar", "inject": {"pod": {"spec": {"containers": [{
            "name": "injected-sidecar", "image": "example.com/injected:1",
        }]}}}}),
        json!({"name": "init", "prepend": ["initContainers"], "inject": {"pod": {"spec": {
            "initContainers": [{"name": "injected-init", "image": "example.com/injected-init:1"}],
        }}}}),
        json!({"name": "volume", "inject": {
            "containers": [{"patch": {"volumeMounts": [{"name": "injected", "mountPath": "/injected"}]}}],
            "pod": {"spec": {"volumes": [{"name": "injected", "emptyDir": {}}]}},
        }}),
        json!({"name": "label", "inject": {"pod": {"metadata": {"labels": {"injected": "yes"}}}}}),
        json!({"name": "grace", "inject": {"pod": {"spec": {"terminationGracePeriodSeconds": 45}}}}),
    ];
    rules.extend(failing_rules());
    json!({"rules": rules})
}

fn only_failing() -> Value {
    json!({"rules": failing_rules()})
}

fn manifests(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/admission/manifests")
        .join(folder);
    let files = fs::read_dir(&folder).expect("there are manifests");
    let mut files: Vec<_> = files
        .map(|file| file.expect("the folder can be read").path())
        .collect();
    files.sort();
    files
}

#[rstest]
#[case::mixed("mixed", mixed(), true)]
#[case::every_rule_fails("failing", only_failing(), false)]
#[tokio::test]
async fn pods_are_admitted_as_without_the_policy(
    #[case] name: &str,
    #[case] settings: Value,
    #[case] some_are_applied: bool,
) {
    let admission = Admission::new(&format!("pods-{name}"), &settings).await;
    let mut applied = 0;
    for file in manifests("pods") {
        let what = file.display().to_string();
        let create = ["create", "--output=json", "-f", &what];
        let [plain, injected] = admission.both(&what, &create, "");
        for (plain, injected) in pods(&plain.expect_success().stdout)
            .iter()
            .zip(&pods(&injected.expect_success().stdout))
        {
            let Some(stamp) = stamp(injected) else {
                let skip = &injected["metadata"]["annotations"]["pod-injector.kubewarden.io/skip"];
                assert_eq!(skip, "true", "{what}: {injected:#}");
                continue;
            };
            for rule in FAILING {
                let failed = failed_rules(injected);
                assert!(
                    failed.iter().any(|failed| failed == rule),
                    "{what}: {stamp}"
                );
            }
            let rules = stamp["applied"].as_array().map_or(0, Vec::len);
            applied += rules;
            if rules == 0 {
                assert_eq!(comparable(plain), comparable(injected), "{what}");
            }
        }
    }
    assert_eq!(applied > 0, some_are_applied);
}

#[tokio::test]
async fn pods_are_refused_as_without_the_policy() {
    let admission = Admission::new("refused", &mixed()).await;
    for file in manifests("refused") {
        let what = file.display().to_string();
        let create = ["create", "-f", &what];
        let [plain, injected] = admission.both(&what, &create, "");
        assert!(!plain.success, "{what}: {plain}");
        // The reason is the author's own: nothing that a rule added is in it.
        for word in ["injected", "not-in-any-pod"] {
            let complaint = injected.complaint().replace(&admission.injected, "");
            assert!(!complaint.contains(word), "{what}: {injected}");
        }
    }
    // What a pod's author may write is no line of the log.
    let forged = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        line["fields"]["message"] == "forged"
    };
    assert!(!admission.host.log().text().lines().any(forged));
}

#[rstest]
#[case::mixed("mixed", mixed())]
#[case::every_rule_fails("failing", only_failing())]
#[tokio::test]
async fn workloads_run_as_without_the_policy(#[case] name: &str, #[case] settings: Value) {
    let admission = Admission::new(&format!("work-{name}"), &settings).await;
    for file in manifests("workloads") {
        let what = file.display().to_string();
        let [plain, _] = admission.both(&what, &["create", "-f", &what], "");
        plain.expect_success();
    }
    // Its own time may be a minute away.
    let job = ["create", "job", "now", "--from=cronjob/cron-job"];
    admission.both("a CronJob's Job", &job, "");
    let kinds = [
        ("deployment", 2),
        ("replica-set", 2),
        ("replication-controller", 1),
        ("stateful-set", 2),
        ("daemon-set", 1),
        ("job", 2),
        ("cron-job", 1),
    ];
    for (kind, expected) in kinds {
        let selector = format!("--selector=of={kind}");
        for namespace in admission.namespaces() {
            let running = || {
                let pods = admission.get(namespace, &["pods", &selector]);
                let pods = pods["items"].as_array().cloned().unwrap_or_default();
                let runs = |pod: &&Value| {
                    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
                    ["Running", "Succeeded"].contains(&phase)
                };
                (pods.iter().filter(runs).count() >= expected).then_some(pods)
            };
            let pods = wait_for(
                &format!("{expected} pods of {kind} in {namespace}"),
                running,
            );
            for pod in pods {
                let stamped = stamp(&pod).is_some();
                assert_eq!(stamped, namespace == admission.injected, "{pod:#}");
            }
        }
    }
}

/// The pods that kubectl says it has created: one object, or several one after the other.
fn pods(stdout: &str) -> Vec<Value> {
    let objects = serde_json::Deserializer::from_str(stdout).into_iter::<Value>();
    objects
        .flat_map(|object| {
            let object = object.expect("kubectl writes JSON");
            match object["items"].as_array() {
                Some(items) => items.clone(),
                None => vec![object],
            }
        })
        .collect()
}

/// A pod's spec, without the name that the API server makes for the token's volume.
fn comparable(pod: &Value) -> String {
    const TOKEN: &str = "kube-api-access-";
    let spec = pod["spec"].to_string();
    let mut parts = spec.split(TOKEN);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + TOKEN + &part[5..])
}
