//! Rules in a `ConfigMap`, on the way from whoever writes them to whoever looks for what came of
//! them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, thread};

use serde_json::{Value, json};
use test_cluster::{Cluster, ServingCertificate};

use crate::support::{
    Admission, Host, Said, kubectl,
    policy_server::{PolicyServer, Programs},
    stamp, wait_for,
};

fn settings() -> Value {
    json!({"rulesFrom": [{"configMap": {"name": "rules"}}]})
}

const LABEL: &str = "- name: label\n  inject: {pod: {metadata: {labels: {injected: \"yes\"}}}}\n";
const MISSPELT: &str = "- name: misspelt\n  inject: {pod: {spec: {hostnme: web}}}\n";

#[tokio::test]
async fn policy_host() {
    let host = |cluster: &Cluster, certificate: &ServingCertificate| {
        Host::policy_host_with_cluster(certificate, &settings(), cluster.kubeconfig())
    };
    follows_the_config_map(&Admission::with("rules", host).await);
}

/// The same in Kubewarden's own host, and on to `kubectl describe`.
#[tokio::test]
async fn policy_server() {
    let Some(programs) = Programs::find("rules_from::policy_server") else {
        return;
    };
    let host = |cluster: &Cluster, certificate: &ServingCertificate| {
        let kubeconfig = cluster.kubeconfig();
        Host::PolicyServer(PolicyServer::start(
            &programs,
            certificate,
            kubeconfig,
            &settings(),
        ))
    };
    let admission = Admission::with("rules-kw", host).await;
    follows_the_config_map(&admission);
    if let Some(relay) = Relay::start(admission.cluster.kubeconfig()) {
        a_broken_rule_is_described(&admission, relay);
    }
}

fn follows_the_config_map(admission: &Admission) {
    let namespace = &admission.injected;
    apply_rules(admission, "");
    // The host hands out what it has found for some seconds more.
    let create = |name: &str| -> Value {
        let create = ["create", "--output=json", "-f", "-"];
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"containers": [{"name": "app", "image": "i"}]},
        });
        admission
            .kubectl(namespace, &create, &pod.to_string())
            .expect_success()
            .json()
    };
    let mut number = 0;
    let mut next = |what: &str, holds: &dyn Fn(&Value) -> bool| {
        wait_for(what, || {
            number += 1;
            holds(&create(&format!("{}-{number}", what.replace(' ', "-")))).then_some(())
        });
    };
    next("no rule", &|pod| stamp(pod).is_none());
    apply_rules(admission, LABEL);
    next("the rule", &|pod| {
        pod["metadata"]["labels"]["injected"] == "yes"
    });
    apply_rules(admission, &format!("{LABEL}{MISSPELT}"));
    next("the broken rule", &|pod| {
        let stamp = stamp(pod).unwrap_or_default();
        stamp["applied"] == json!(["label"]) && stamp["failed"][0]["reason"] == "RulesUnavailable"
    });
}

fn apply_rules(admission: &Admission, rules: &str) {
    let rules = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "rules"},
        "data": {"rules.yaml": rules},
    });
    let apply = ["apply", "-f", "-"];
    admission
        .kubectl(&admission.injected, &apply, &rules.to_string())
        .expect_success();
}

/// With the broken rule in the `ConfigMap`.
fn a_broken_rule_is_described(admission: &Admission, mut relay: Relay) {
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "i"}]},
            },
        },
    });
    let namespace = &admission.injected;
    admission
        .kubectl(namespace, &["create", "-f", "-"], &deployment.to_string())
        .expect_success();
    let mut handed_over = 0;
    for object in ["deployment/web", "pod --selector=app=web"] {
        let args: Vec<&str> = ["describe"].into_iter().chain(object.split(' ')).collect();
        let described = wait_for("the Event to be described", || {
            let log = admission.host.log().text();
            relay.write(&log[handed_over..]);
            handed_over = log.len();
            let said: Said = admission.kubectl(namespace, &args, "").expect_success();
            said.stdout
                .contains("RulesUnavailable")
                .then_some(said.stdout)
        });
        for word in ["pod-injector", "hostnme: unknown field"] {
            assert!(described.contains(word), "{described}");
        }
    }
    let events = [
        "get",
        "events",
        "--output=json",
        "--field-selector=reason=RulesUnavailable",
    ];
    let events = [&["--namespace", namespace], &events[..]].concat();
    let events = kubectl(admission.cluster, &events, "")
        .expect_success()
        .json();
    assert!(
        events["items"]
            .as_array()
            .is_some_and(|events| events.len() >= 2),
        "{events:#}"
    );
}

/// event-relay, which ends with its test.
struct Relay(Child);

impl Relay {
    /// Starts it, if it was built: it is when all is tested.
    fn start(kubeconfig: &Path) -> Option<Self> {
        let Some(program) = built("event-relay") else {
            eprintln!(
                "rules_from::policy_server: event-relay is not built, so no Event is written"
            );
            return None;
        };
        let mut child = Command::new(program)
            .args([
                "--stdin",
                "--policy",
                "clusterwide-pod-injector",
                "--wait-for-pod",
                "5s",
            ])
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .env_remove("POD_NAMESPACE")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut log = child.stderr.take().expect("it is piped");
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Some(Self(child))
    }

    fn write(&mut self, text: &str) {
        let input = self.0.stdin.as_mut().expect("it is piped");
        input.write_all(text.as_bytes()).expect("the relay reads");
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program of this workspace, beside the tests.
fn built(program: &str) -> Option<PathBuf> {
    let tests = env::current_exe().ok()?;
    let path = tests.parent()?.parent()?.join(program);
    path.is_file().then_some(path)
}
