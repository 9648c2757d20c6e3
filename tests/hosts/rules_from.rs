//! Rules in a `ConfigMap`, from the moment a user writes them to the Events and stamps that a user
//! finds.

use serde_json::{Value, json};
use test_cluster::{Cluster, ServingCertificate};

use crate::policy_server;
use crate::relay::Relay;
use crate::support::{Admission, Host, Said, kubectl, stamp, wait_for};

fn settings() -> Value {
    json!({"rulesFrom": [{"configMap": {"name": "rules"}}]})
}

const LABEL: &str = "- name: label\n  inject: {pod: {metadata: {labels: {injected: \"yes\"}}}}\n";
const MISSPELT: &str = "- name: misspelt\n  inject: {pod: {spec: {hostnme: web}}}\n";

/// In this project's host.
pub(crate) async fn in_policy_host() {
    let host = |cluster: &Cluster, certificate: &ServingCertificate| {
        Host::policy_host_with_cluster(certificate, &settings(), cluster.kubeconfig())
    };
    follows_the_config_map(&Admission::with("rules", host).await);
}

/// In Kubewarden's own host everything is the same.
pub(crate) async fn in_policy_server() {
    follows_the_config_map(&with_policy_server("rules-kw").await);
}

async fn with_policy_server(prefix: &str) -> Admission {
    let host = |cluster: &Cluster, certificate: &ServingCertificate| {
        policy_server::start(certificate, cluster.kubeconfig(), &settings())
    };
    Admission::with(prefix, host).await
}

fn follows_the_config_map(admission: &Admission) {
    apply_rules(admission, "");
    wait_for_pod(admission, "no rule", |pod| stamp(pod).is_none());
    apply_rules(admission, LABEL);
    wait_for_pod(admission, "the rule", |pod| {
        pod["metadata"]["labels"]["injected"] == "yes"
    });
    apply_rules(admission, &format!("{LABEL}{MISSPELT}"));
    wait_for_pod(admission, "the broken rule", |pod| {
        has_met_the_broken_rule(pod) && applied(pod) == json!(["label"])
    });
}

fn has_met_the_broken_rule(pod: &Value) -> bool {
    stamp(pod).is_some_and(|stamp| stamp["failed"][0]["reason"] == "RulesUnavailable")
}

fn applied(pod: &Value) -> Value {
    stamp(pod).unwrap_or_default()["applied"].take()
}

/// Creates pods until there is one that is as it should be: the host hands out what it has found
/// for some seconds more.
fn wait_for_pod(admission: &Admission, what: &str, holds: impl Fn(&Value) -> bool) {
    let create = ["create", "--output=json", "-f", "-"];
    let mut number = 0;
    wait_for(what, || {
        number += 1;
        let name = format!("{}-{number}", what.replace(' ', "-"));
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"containers": [{"name": "app", "image": "i"}]},
        });
        let created = admission.kubectl(&admission.injected, &create, &pod.to_string());
        holds(&created.expect_success().json()).then_some(())
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

/// The Event of a broken rule, made by event-relay of policy-server's log, in `kubectl describe`.
pub(crate) async fn a_broken_rule_is_described() {
    let admission = with_policy_server("rules-described").await;
    let mut relay = Relay::start(admission.cluster.kubeconfig());
    apply_rules(&admission, MISSPELT);
    wait_for_pod(&admission, "the broken rule", has_met_the_broken_rule);
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
