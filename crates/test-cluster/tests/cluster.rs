//! The cluster that other tests are given: it does what a real one does.

use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::{
    Api,
    api::{ListParams, PostParams},
};
use serde_json::json;
use test_cluster::{Cluster, Shared};

static CLUSTER: Shared = Shared::new(Cluster::builder);

fn pod(name: &str, image: &str) -> Pod {
    serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "app", "image": image}]},
    }))
    .expect("it is a pod")
}

#[tokio::test]
async fn admits_and_defaults_a_pod_in_a_new_namespace() {
    let cluster = CLUSTER.get().await;
    let namespace = cluster.namespace("pods").await.expect("a namespace");
    let pods: Api<Pod> = Api::namespaced(cluster.client().expect("a client"), &namespace);
    let pod = pods
        .create(&PostParams::default(), &pod("app", "example.com/app:1"))
        .await
        .expect("the pod is valid");
    let spec = pod.spec.expect("a pod has a spec");
    assert_eq!(spec.service_account_name.as_deref(), Some("default"));
    assert_eq!(spec.dns_policy.as_deref(), Some("ClusterFirst"));
}

#[tokio::test]
async fn refuses_an_invalid_pod() {
    let cluster = CLUSTER.get().await;
    let namespace = cluster.namespace("pods").await.expect("a namespace");
    let pods: Api<Pod> = Api::namespaced(cluster.client().expect("a client"), &namespace);
    let refusal = pods
        .create(&PostParams::default(), &pod("app", " spaces "))
        .await
        .expect_err("an image can't have spaces around it")
        .to_string();
    assert!(refusal.contains("spec.containers[0].image"), "{refusal}");
}

#[tokio::test]
async fn namespaces_are_apart() {
    let cluster = CLUSTER.get().await;
    let one = cluster.namespace("same").await.expect("a namespace");
    let other = cluster.namespace("same").await.expect("a namespace");
    assert_ne!(one, other);
}

#[tokio::test]
async fn kubectl_reports_the_pinned_version() {
    let cluster = CLUSTER.get().await;
    let output = cluster
        .kubectl()
        .expect("kubectl")
        .args(["version", "--output=json"])
        .output()
        .expect("kubectl starts");
    let version: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let server = version["serverVersion"]["gitVersion"].as_str();
    assert_eq!(version["clientVersion"]["gitVersion"].as_str(), server);
    assert!(server.is_some_and(|v| v.starts_with("v1.")), "{version}");
}

#[tokio::test]
async fn a_service_account_may_do_only_what_it_was_given() {
    let cluster = CLUSTER.get().await;
    let namespace = cluster.namespace("rbac").await.expect("a namespace");
    let access = cluster
        .service_account(&namespace, "reader")
        .await
        .expect("a token");
    let maps: Api<ConfigMap> = Api::namespaced(access.client().expect("a client"), &namespace);
    let list = async || maps.list(&ListParams::default()).await;

    let refusal = list().await.expect_err("it has no rights yet").to_string();
    let name = format!("system:serviceaccount:{namespace}:reader");
    assert!(refusal.contains(&name), "{refusal}");

    let role = ["role", "reader", "--verb=list", "--resource=configmaps"];
    let account = format!("--serviceaccount={namespace}:reader");
    let binding = ["rolebinding", "reader", "--role=reader", &account];
    for arguments in [&role, &binding] {
        let status = cluster
            .kubectl()
            .expect("kubectl")
            .args(["create", "--namespace", &namespace])
            .args(arguments)
            .status()
            .expect("kubectl starts");
        assert!(status.success(), "kubectl create {arguments:?}: {status}");
    }
    // Until the API server's own cache knows of the binding.
    for _ in 0..100 {
        if list().await.is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the role binding gave no right");
}
