//! The relay against a real control plane.

mod support;

use std::io::Write;

use serde_json::{Value, json};
use support::log::Failure;
use support::relay::Relay;
use support::{apply, events, kubectl, permissions, told, wait};
use test_cluster::{Cluster, Shared};

static CLUSTER: Shared = Shared::new(|| Cluster::builder().workloads());

const REQUEST_LABEL: &str = "pod-injector.kubewarden.io/request";

/// What a pod of a workload is made from; it carries the stamp of an admission.
fn template(request: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "web", REQUEST_LABEL: request}},
        "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
    })
}

fn deployment(name: &str, request: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template(request)},
    })
}

/// The first pod of a namespace: its name, and its controller as the policy would name it.
fn pod_and_controller(cluster: &Cluster, namespace: &str) -> (String, [String; 4]) {
    wait("a pod", || {
        let json = kubectl(cluster, &["get", "pods", "-n", namespace, "-o", "json"]);
        let list: Value = serde_json::from_str(&json).expect("JSON");
        let pod = list["items"].get(0)?;
        let owner = &pod["metadata"]["ownerReferences"][0];
        let controller = ["apiVersion", "kind", "name", "uid"]
            .map(|key| owner[key].as_str().unwrap_or_default().to_owned());
        Some((pod["metadata"]["name"].as_str()?.to_owned(), controller))
    })
}

#[tokio::test]
async fn an_operator_sees_the_failure_where_they_look() {
    let cluster = CLUSTER.get().await;
    let servers = cluster.namespace("kubewarden").await.expect("a namespace");
    let team = cluster.namespace("team").await.expect("a namespace");
    let account = permissions::account(cluster, &servers).await;
    let mut log = tempfile::NamedTempFile::new().expect("a file");
    cluster
        .serve_log(&servers, "policy-server-default", log.path())
        .await
        .expect("a log");
    apply(
        cluster,
        &servers,
        &json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "policy-server-default", "labels": {"kubewarden/policy-server": "default"}},
            "spec": {"containers": [{"name": "policy-server", "image": "example.com/policy-server:1"}]},
        }),
    );
    let relay = Relay::start(
        account.kubeconfig(),
        &[
            "--namespace",
            &servers,
            "--lease-namespace",
            &servers,
            "--identity",
            "relay-1",
        ],
    );
    relay.wait_for_log("reading a policy-server's log");

    apply(cluster, &team, &deployment("web", "request-1"));
    let (pod, controller) = pod_and_controller(cluster, &team);
    let failure = Failure::new(&team, "request-1").of(controller.each_ref().map(String::as_str));
    log.write_all(failure.kubelet_line().as_bytes())
        .expect("it is written");

    let found = wait("both Events", || {
        let events = events(cluster, &team);
        (events.len() == 2).then_some(events)
    });
    assert_eq!(
        told(&found),
        [("Deployment/web".to_owned(), 1), (format!("Pod/{pod}"), 1)]
    );
    for (kind, name) in [("pod", pod.as_str()), ("deployment", "web")] {
        let described = kubectl(cluster, &["describe", kind, name, "-n", &team]);
        let (_, table) = described.split_once("Events:").expect("it has Events");
        assert!(table.contains("InjectionConflict"), "{described}");
        assert!(table.contains("pod-injector"), "{described}");
        assert!(
            table.contains("env HTTP_PROXY of container \"app\" is already set"),
            "{described}"
        );
    }
    let of_pod = kubectl(
        cluster,
        &["events", "-n", &team, "--for", &format!("pod/{pod}")],
    );
    assert!(of_pod.contains("InjectionConflict"), "{of_pod}");
    assert_eq!(found[0]["reportingInstance"], "relay-1");

    assert!(relay.metric("event_relay_failures_total") >= 1.0);
    assert!(relay.get("/readyz").starts_with("HTTP/1.1 200"));
    let (status, took) = relay.terminate();
    assert!(status.success(), "{status}");
    assert!(took.as_secs() < 5, "{took:?}");
}

/// A line read again, by the same relay or by another one, changes nothing.
#[tokio::test]
async fn counts_are_exact_over_replays() {
    let cluster = CLUSTER.get().await;
    let servers = cluster.namespace("kubewarden").await.expect("a namespace");
    let team = cluster.namespace("team").await.expect("a namespace");
    let account = permissions::account(cluster, &servers).await;
    apply(
        cluster,
        &team,
        &json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template("request-0"), "serviceName": "db"},
        }),
    );
    let (pod, controller) = pod_and_controller(cluster, &team);
    let lines: Vec<String> = (0..2000)
        .map(|n| {
            let failure = Failure::new(&team, &format!("request-{n}"))
                .of(controller.each_ref().map(String::as_str));
            // The one that there is, and others that never come to be.
            let name = if n == 0 {
                pod.clone()
            } else {
                format!("db-{n}")
            };
            failure.of_pod(&name).line() + "\n"
        })
        .collect();
    let arguments = ["--stdin", "--wait-for-pod", "1s"];
    for part in [&lines[..1200], &lines[..], &lines[500..]] {
        let mut relay = Relay::start(account.kubeconfig(), &arguments);
        for line in part {
            relay.write(line);
        }
        assert_eq!(relay.finish().code(), Some(0));
    }
    let expected = [
        ("Pod/db-0".to_owned(), 1),
        ("StatefulSet/db".to_owned(), 2000),
    ];
    assert_eq!(told(&events(cluster, &team)), expected);
}
