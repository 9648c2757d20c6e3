//! The kubelet's part: what a pod says about its container becomes a process of this machine.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use test_cluster::{Access, Cluster};

use crate::support::relay::get;
use crate::support::wait;

/// Where a pod finds the token of its service account.
pub(crate) const SECRETS: &str = "var/run/secrets/kubernetes.io/serviceaccount";

/// The only container of a pod.
pub(crate) struct Container {
    pod: Value,
}

impl Container {
    /// The container of this pod.
    pub(crate) fn of(pod: Value) -> Self {
        let containers = pod["spec"]["containers"].as_array();
        assert_eq!(containers.map(Vec::len), Some(1), "one container: {pod}");
        Self { pod }
    }

    /// The pod's name.
    pub(crate) fn pod(&self) -> &str {
        text(&self.pod["metadata"]["name"])
    }

    fn spec(&self) -> &Value {
        &self.pod["spec"]["containers"][0]
    }

    /// Its program with its arguments, and nothing else around it than what the pod says.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        self.complete(&mut command);
        command
    }

    /// Adds the arguments and the environment to what runs the program.
    pub(crate) fn complete(&self, command: &mut Command) {
        assert!(self.spec()["command"].is_null(), "the image has no other");
        command.env_clear();
        let arguments = self.spec()["args"].as_array().expect("arguments");
        command.args(arguments.iter().map(text));
        for variable in self.spec()["env"].as_array().into_iter().flatten() {
            let value = match variable["valueFrom"]["fieldRef"]["fieldPath"].as_str() {
                None => &variable["value"],
                Some("metadata.name") => &self.pod["metadata"]["name"],
                Some("metadata.namespace") => &self.pod["metadata"]["namespace"],
                Some(path) => panic!("{path} is not known here"),
            };
            command.env(text(&variable["name"]), text(value));
        }
    }

    /// The way into the cluster that the pod's own service account has, if its token is mounted.
    pub(crate) async fn access(&self, cluster: &Cluster) -> Access {
        let mounts = self.spec()["volumeMounts"].as_array();
        let mut paths = mounts
            .into_iter()
            .flatten()
            .map(|mount| &mount["mountPath"]);
        assert!(
            paths.any(|path| text(path).trim_start_matches('/') == SECRETS),
            "no token is mounted: {mounts:?}"
        );
        let namespace = text(&self.pod["metadata"]["namespace"]);
        let account = text(&self.pod["spec"]["serviceAccountName"]);
        let access = cluster.service_account(namespace, account).await;
        access.expect("a token")
    }

    /// The address that a probe asks, and the path.
    fn probe(&self, name: &str) -> (String, &str) {
        let probe = &self.spec()[name]["httpGet"];
        let ports = self.spec()["ports"].as_array().expect("ports");
        let port = ports.iter().find(|port| port["name"] == probe["port"]);
        let port = &port.expect("the probe's port")["containerPort"];
        (format!("127.0.0.1:{port}"), text(&probe["path"]))
    }

    /// Waits until the kubelet would find it ready and alive.
    pub(crate) fn wait_until_ready(&self) {
        for name in ["readinessProbe", "livenessProbe"] {
            let (address, path) = self.probe(name);
            wait(name, || {
                std::net::TcpStream::connect(&address).ok()?;
                let answer = get(&address, path);
                answer.starts_with("HTTP/1.1 200").then_some(())
            });
        }
    }

    /// What it tells Prometheus.
    pub(crate) fn metrics(&self) -> String {
        let (address, _) = self.probe("livenessProbe");
        get(&address, "/metrics")
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
