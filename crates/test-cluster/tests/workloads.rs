//! A cluster with controllers, a scheduler and nodes: workloads run, logs are read, and the
//! programs can be stopped and started again.

use std::{fs, process::Output, time::Duration};

use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job, core::v1::Pod};
use kube::{
    Api, ResourceExt,
    api::{ListParams, LogParams, PostParams},
};
use serde_json::{Value, json};
use test_cluster::{Cluster, Program, Shared};

static CLUSTER: Shared = Shared::new(|| Cluster::builder().workloads().audit_log());

/// Waits for as long as it may take on a busy machine.
async fn until<T>(what: &str, found: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = found().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("timed out waiting for: {what}");
}

fn template() -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "restartPolicy": "Always",
            "initContainers": [
                {"name": "prepare", "image": "example.com/prepare:1"},
                {"name": "proxy", "image": "example.com/proxy:1", "restartPolicy": "Always"},
            ],
            "containers": [{"name": "web", "image": "example.com/web:1"}],
        },
    })
}

#[tokio::test]
async fn the_pods_of_a_deployment_run() {
    let cluster = CLUSTER.get().await;
    let namespace = cluster.namespace("deployment").await.expect("a namespace");
    let client = cluster.client().expect("a client");
    let deployment: Deployment = serde_json::from_value(json!({
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": template(),
        },
    }))
    .expect("it is a deployment");
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), &namespace);
    deployments
        .create(&PostParams::default(), &deployment)
        .await
        .expect("it is valid");
    until("the deployment is available", async || {
        let status = deployments.get("web").await.ok()?.status?;
        (status.available_replicas == Some(2)).then_some(())
    })
    .await;
    let pods: Api<Pod> = Api::namespaced(client, &namespace);
    let pods = pods.list(&ListParams::default()).await.expect("a list");
    for pod in pods {
        let spec = pod.spec.clone().unwrap_or_default();
        assert_eq!(spec.node_name.as_deref(), Some("node-0"));
        let status = pod.status.clone().unwrap_or_default();
        assert_eq!(
            status.phase.as_deref(),
            Some("Running"),
            "{}",
            pod.name_any()
        );
    }
}

#[tokio::test]
async fn a_job_completes() {
    let cluster = CLUSTER.get().await;
    let namespace = cluster.namespace("job").await.expect("a namespace");
    let job: Job = serde_json::from_value(json!({
        "metadata": {"name": "once"},
        "spec": {"template": {"spec": {
            "restartPolicy": "Never",
            "containers": [{"name": "work", "image": "example.com/work:1"}],
        }}},
    }))
    .expect("it is a job");
    let jobs: Api<Job> = Api::namespaced(cluster.client().expect("a client"), &namespace);
    jobs.create(&PostParams::default(), &job)
        .await
        .expect("it is valid");
    until("the job is complete", async || {
        let status = jobs.get("once").await.ok()?.status?;
        (status.succeeded == Some(1)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_log_is_served_from_a_file() {
    let cluster = CLUSTER.get().await;
    let namespace = cluster.namespace("log").await.expect("a namespace");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("web.log");
    let line = |text: &str| format!("2026-11-23T19:26:03.123456789Z stdout F {text}\n");
    fs::write(&file, line("one") + &line("two")).expect("a file");
    cluster
        .serve_log(&namespace, "web", &file)
        .await
        .expect("it has nodes");

    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "web", "image": "example.com/web:1"}]},
    }))
    .expect("it is a pod");
    let pods: Api<Pod> = Api::namespaced(cluster.client().expect("a client"), &namespace);
    pods.create(&PostParams::default(), &pod)
        .await
        .expect("it is valid");
    until("the log is there", async || {
        let log = pods.logs("web", &LogParams::default()).await.ok()?;
        (log == "one\ntwo\n").then_some(())
    })
    .await;
    let output = kubectl(cluster, &["logs", "web", "--namespace", &namespace]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "one\ntwo\n");

    // As a test of what follows logs needs it: written to while it is read.
    let following = LogParams {
        follow: true,
        since_seconds: None,
        ..LogParams::default()
    };
    let stream = pods.log_stream("web", &following).await.expect("a stream");
    fs::write(&file, line("one") + &line("two") + &line("three")).expect("a file");
    let lines: Vec<_> = read_lines(stream, 3).await;
    assert_eq!(lines, ["one", "two", "three"]);
}

async fn read_lines(stream: impl futures::AsyncBufRead + Unpin, count: usize) -> Vec<String> {
    use futures::{AsyncBufReadExt, StreamExt, TryStreamExt};
    let lines = stream.lines().take(count).try_collect();
    tokio::time::timeout(Duration::from_secs(30), lines)
        .await
        .expect("the lines arrive")
        .expect("the stream holds")
}

fn kubectl(cluster: &Cluster, arguments: &[&str]) -> Output {
    let output = cluster
        .kubectl()
        .expect("kubectl")
        .args(arguments)
        .output()
        .expect("kubectl starts");
    assert!(output.status.success(), "{output:?}");
    output
}

/// On a cluster of its own: what is stopped here would be missed by the other tests.
#[tokio::test]
async fn programs_stop_and_start_and_hang_and_go_on() {
    let cluster = Cluster::builder().start().await.expect("a cluster");
    let namespace = cluster.namespace("kept").await.expect("a namespace");
    let client = cluster.client().expect("a client");
    let namespaces: Api<k8s_openapi::api::core::v1::Namespace> = Api::all(client);
    let get = async || {
        let get = namespaces.get(&namespace);
        let in_time = tokio::time::timeout(Duration::from_secs(1), get).await;
        in_time.is_ok_and(|result| result.is_ok())
    };
    assert!(get().await);

    for program in [Program::ApiServer, Program::Etcd] {
        let before = cluster.pid(program).expect("it is part of the cluster");
        cluster.stop(program).await.expect("it runs");
        assert_eq!(cluster.pid(program).expect("it is part of it"), None);
        assert!(!get().await, "{program} is stopped");
        cluster.start(program).await.expect("it starts again");
        assert_ne!(cluster.pid(program).expect("it is part of it"), before);
        until("the data is still there", async || {
            get().await.then_some(())
        })
        .await;
    }

    cluster.pause(Program::ApiServer).expect("it runs");
    assert!(!get().await, "it hangs");
    cluster.resume(Program::ApiServer).expect("it is paused");
    until("it goes on", async || get().await.then_some(())).await;

    cluster.kill(Program::ApiServer).await.expect("it runs");
    let error = cluster.stop(Program::ApiServer).await;
    let error = error.expect_err("it does not run").to_string();
    assert_eq!(error, "kube-apiserver does not run");
    let error = cluster.start(Program::Kwok).await;
    let error = error.expect_err("it was built without").to_string();
    assert!(error.starts_with("the cluster has no kwok"), "{error}");
}

#[tokio::test]
async fn the_audit_log_has_every_request() {
    let cluster = CLUSTER.get().await;
    let namespace = cluster.namespace("audit").await.expect("a namespace");
    let access = cluster.service_account(&namespace, "curious").await;
    let client = access.expect("a token").client().expect("a client");
    let pods: Api<Pod> = Api::namespaced(client, &namespace);
    let refused = pods.list(&ListParams::default()).await;
    refused.expect_err("it may not list pods");
    let user = format!("system:serviceaccount:{namespace}:curious");
    until("the request is in the audit log", async || {
        let log = fs::read_to_string(cluster.audit_log()).ok()?;
        let mut events = log.lines().filter_map(|l| serde_json::from_str(l).ok());
        events.find(|event: &Value| {
            event["user"]["username"] == *user && event["responseStatus"]["code"] == 403
        })
    })
    .await;
}
