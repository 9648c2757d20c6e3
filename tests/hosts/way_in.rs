//! What becomes of a Deployment, and what an operator sees of a rule that failed on it.

use std::fs;

use serde_json::{Value, json};

use crate::policy_server;
use crate::support::{Admission, failed_rules, stamp, wait_for};

/// Two rules that are applied and one that fails on every pod.
fn settings() -> Value {
    json!({"rules": [
        {"name": "proxy", "inject": {"containers": [{"patch": {
            "env": [{"name": "HTTP_PROXY", "value": "http://proxy:3128"}],
        }}]}},
        {"name": "cache", "inject": {
            "containers": [{"patch": {"volumeMounts": [{"name": "cache", "mountPath": "/cache"}]}}],
            "pod": {"spec": {
                "volumes": [{"name": "cache", "emptyDir": {}}],
                "initContainers": [{
                    "name": "warm-up", "image": "example.com/warm-up:1", "restartPolicy": "Always",
                }],
            }},
        }},
        {"name": "registry", "inject": {"containers": [{"patch": {"image": "example.com/other:1"}}]}},
    ]})
}

const WARNING: &str = r#"rule "registry" was not applied: "#;

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
            },
        },
    })
}

/// In this project's host.
pub(crate) async fn in_policy_host() {
    whole_way_in(&Admission::new("way-in", &settings()).await);
}

/// In Kubewarden's own host everything is the same.
pub(crate) async fn in_policy_server() {
    let admission = Admission::with("way-in-kw", |cluster, certificate| {
        policy_server::start(certificate, cluster.kubeconfig(), &settings())
    });
    whole_way_in(&admission.await);
}

fn whole_way_in(admission: &Admission) {
    let namespace = &admission.injected;
    let applied = admission.kubectl(namespace, &["apply", "-f", "-"], &deployment().to_string());
    applied.expect_success();
    let pods = wait_for("the Deployment's pods to run", || {
        let pods = admission.get(namespace, &["pods", "--selector=app=web"]);
        let pods = pods["items"].as_array().cloned().unwrap_or_default();
        let running = |pod: &Value| pod["status"]["phase"] == "Running";
        (pods.len() == 2 && pods.iter().all(running)).then_some(pods)
    });
    for pod in &pods {
        is_injected(pod);
    }
    has_a_record_of_each(admission, &pods);
    warns_in_kubectl(admission);
    annotates_the_audit_log(admission);
}

fn is_injected(pod: &Value) {
    let app = &pod["spec"]["containers"][0];
    assert_eq!(app["env"][0]["value"], "http://proxy:3128", "{pod:#}");
    let mounts = app["volumeMounts"].as_array().expect("a list");
    let cache = json!({"name": "cache", "mountPath": "/cache"});
    assert!(mounts.contains(&cache), "{pod:#}");
    // The rule that failed left nothing.
    assert_eq!(app["image"], "example.com/app:1", "{pod:#}");
    assert_eq!(pod["spec"]["initContainers"][0]["name"], "warm-up");
    assert_eq!(failed_rules(pod), ["registry"]);
    let stamp = stamp(pod).expect("it is stamped");
    assert_eq!(stamp["applied"], json!(["proxy", "cache"]));
    assert_eq!(stamp["failed"][0]["reason"], "InjectionConflict");
}

/// Each pod's failure is in the host's log, with what it takes to find the pod and its workload.
fn has_a_record_of_each(admission: &Admission, pods: &[Value]) {
    let records = admission.records();
    for pod in pods {
        let request = &pod["metadata"]["labels"]["pod-injector.kubewarden.io/request"];
        let record = records.iter().find(|record| {
            let annotations = &record["event"]["metadata"]["annotations"];
            annotations["pod-injector.kubewarden.io/request-uid"] == *request
        });
        let event =
            &record.unwrap_or_else(|| panic!("no record of {request} in {records:#?}"))["event"];
        assert_eq!(event["reason"], "InjectionConflict");
        assert_eq!(event["metadata"]["namespace"], admission.injected.as_str());
        assert_eq!(
            event["related"]["uid"],
            pod["metadata"]["ownerReferences"][0]["uid"]
        );
    }
}

fn warns_in_kubectl(admission: &Admission) {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare"},
        "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
    });
    let create = ["create", "-f", "-"];
    let created = admission.kubectl(&admission.injected, &create, &pod.to_string());
    let created = created.expect_success();
    let warnings = created.warnings();
    assert!(
        warnings.len() == 1 && warnings[0].starts_with(WARNING),
        "{created}"
    );
    assert_eq!(created.stdout, "pod/bare created\n");
}

fn annotates_the_audit_log(admission: &Admission) {
    let annotation = |entry: &Value, key: &str| {
        let key = format!("{}/{key}", admission.webhook());
        entry["annotations"][key].as_str().map(str::to_owned)
    };
    let entry = wait_for("the audit log", || {
        let log = fs::read_to_string(admission.cluster.audit_log()).ok()?;
        let entries = log.lines().map(serde_json::from_str::<Value>);
        entries.flatten().find(|entry| {
            let object = &entry["objectRef"];
            object["namespace"] == admission.injected.as_str() && object["name"] == "bare"
        })
    });
    assert_eq!(
        annotation(&entry, "applied-rules").as_deref(),
        Some("proxy,cache"),
        "{entry:#}"
    );
    assert_eq!(
        annotation(&entry, "failed-rules").as_deref(),
        Some("registry")
    );
}
