//! The chart, installed into namespaces of a test's own beside a policy-server's pod and a team's
//! workloads.

use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::NamedTempFile;
use test_cluster::Cluster;

use crate::container::{Container, text};
use crate::support::log::Failure;
use crate::support::{apply, kubectl, wait};

const REQUEST_LABEL: &str = "pod-injector.kubewarden.io/request";

/// The chart's folder.
pub(crate) fn chart() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../deploy/event-relay"
    ))
}

/// The alerts' groups in the chart's `PrometheusRule`, with these values.
pub(crate) fn groups(cluster: &Cluster, values: &[&str]) -> Value {
    let mut helm = cluster.helm().expect("helm");
    helm.args(["template", "event-relay"]).arg(chart());
    helm.args(["--show-only", "templates/prometheusrule.yaml"]);
    helm.args(["--set", "prometheusRule.enabled=true"]);
    for value in values {
        helm.args(["--set", value]);
    }
    let mut rule: Value = yaml_serde::from_str(&output(&mut helm)).expect("YAML");
    rule["spec"].take()
}

/// What a program has to say, which must go well.
pub(crate) fn output(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("it starts");
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    assert!(
        status.success(),
        "{command:?}: {status}\n{stdout}{}",
        String::from_utf8_lossy(&stderr)
    );
    stdout
}

/// A release of the chart and what it is for.
pub(crate) struct Stage {
    pub(crate) cluster: &'static Cluster,
    /// The release's namespace, where pods must meet the strictest Pod Security level.
    pub(crate) home: String,
    /// The policy-servers' namespace.
    pub(crate) servers: String,
    /// Where pods are that rules fail on.
    pub(crate) team: String,
    /// What helm said.
    pub(crate) notes: String,
    log: NamedTempFile,
}

impl Stage {
    /// Installs the chart, and waits until helm says that all of it runs.
    pub(crate) async fn new(cluster: &'static Cluster) -> Self {
        let home = cluster.namespace("relay").await.expect("a namespace");
        let servers = cluster.namespace("servers").await.expect("a namespace");
        let team = cluster.namespace("team").await.expect("a namespace");
        let level = "pod-security.kubernetes.io/enforce=restricted";
        kubectl(cluster, &["label", "namespace", &home, level]);
        let log = NamedTempFile::new().expect("a file");
        let served = cluster.serve_log(&servers, "policy-server-default", log.path());
        served.await.expect("a log");
        let server = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": "policy-server-default",
                "labels": {"kubewarden/policy-server": "default"},
            },
            "spec": {"containers": [{"name": "policy-server", "image": "example.com/server:1"}]},
        });
        apply(cluster, &servers, &server);

        let mut helm = cluster.helm().expect("helm");
        helm.args(["install", "event-relay"]).arg(chart());
        helm.args(["--namespace", &home, "--wait", "--timeout", "2m"]);
        // Two replicas on one machine, and not for all the world.
        let port = free_port();
        for value in [
            format!("policyServers.namespace={servers}"),
            "http.address=127.0.0.1".to_owned(),
            format!("http.port={port}"),
        ] {
            helm.args(["--set", &value]);
        }
        let notes = output(&mut helm);
        Self {
            cluster,
            home,
            servers,
            team,
            notes,
            log,
        }
    }

    /// The containers of the release's pods. All of them run, for the cluster.
    pub(crate) fn containers(&self) -> Vec<Container> {
        let pods = self.pods(&self.home, "app.kubernetes.io/instance=event-relay");
        pods.into_iter()
            .inspect(|pod| assert_eq!(pod["status"]["phase"], "Running", "{pod}"))
            .map(Container::of)
            .collect()
    }

    fn pods(&self, namespace: &str, selector: &str) -> Vec<Value> {
        let get = ["get", "pods", "-n", namespace, "-l", selector, "-o", "json"];
        let json = kubectl(self.cluster, &get);
        let mut list: Value = serde_json::from_str(&json).expect("kubectl prints JSON");
        let Value::Array(pods) = list["items"].take() else {
            panic!("no list: {json}");
        };
        pods
    }

    /// The policy-server reports a failure.
    pub(crate) fn report(&mut self, failure: &Failure) {
        let line = failure.kubelet_line();
        self.log.write_all(line.as_bytes()).expect("it is written");
    }

    /// Creates a Deployment of one pod. Gives the pod's name, and its failure.
    pub(crate) fn deployment(&self, name: &str) -> (String, Failure) {
        self.create(&json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": {"app": name}}, "template": template(name)},
        }));
        self.failure_of(name)
    }

    /// The same with a `StatefulSet`, whose pods have their names when webhooks are asked.
    pub(crate) fn stateful_set(&self, name: &str) -> (String, Failure) {
        self.create(&json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name},
            "spec": {
                "serviceName": name,
                "selector": {"matchLabels": {"app": name}},
                "template": template(name),
            },
        }));
        let (pod, failure) = self.failure_of(name);
        (pod.clone(), failure.of_pod(&pod))
    }

    /// The same with a `CronJob`, which is run once.
    pub(crate) fn cron_job(&self, name: &str) -> (String, Failure) {
        let mut template = template(name);
        template["spec"]["restartPolicy"] = json!("Never");
        self.create(&json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name},
            "spec": {
                "schedule": "0 0 1 1 *",
                "jobTemplate": {"spec": {"template": template}},
            },
        }));
        let from = format!("--from=cronjob/{name}");
        let job = format!("{name}-by-hand");
        kubectl(
            self.cluster,
            &["create", "job", "-n", &self.team, &job, &from],
        );
        self.failure_of(name)
    }

    fn create(&self, object: &Value) {
        apply(self.cluster, &self.team, object);
    }

    fn failure_of(&self, app: &str) -> (String, Failure) {
        let selector = format!("app={app}");
        let pod = wait("a pod", || self.pods(&self.team, &selector).pop());
        let owner = &pod["metadata"]["ownerReferences"][0];
        let owner = ["apiVersion", "kind", "name", "uid"].map(|key| text(&owner[key]));
        let name = text(&pod["metadata"]["name"]).to_owned();
        (name, Failure::new(&self.team, &request(app)).of(owner))
    }
}

/// What a pod is made from; it carries the stamp of a failure.
fn template(app: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": app, REQUEST_LABEL: request(app)}},
        "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
    })
}

fn request(app: &str) -> String {
    format!("request-{app}")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
