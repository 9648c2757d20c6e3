//! Installs what an operator would install: the policy in its server, and event-relay.

use std::error::Error;
use std::process::{Child, Command};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use policy_host::serve::{Log, LogFormat, Options, Server, Tls};
use policy_host::{Policy, input};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use test_cluster::Cluster;
use tokio::runtime::Runtime;

use crate::cli::{Cli, say};
use crate::kubectl::{Kubectl, said, wait_for};
use crate::kubelet_log::KubeletLog;

/// Kubewarden's namespace.
const HOME: &str = "kubewarden";
/// The policy's name in policy-server.
const POLICY: &str = "clusterwide-pod-injector";
/// The policy-server's pod.
const SERVER: &str = "policy-server-default";

/// The programs beside the cluster. They are stopped when this value is dropped.
pub(crate) struct Stage {
    _relay: Program,
    _server: Server,
    _log: NamedTempFile,
}

/// A program that is stopped when this value is dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // The program may have ended before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Stage {
    /// Installs everything.
    pub(crate) fn set(
        cluster: &Cluster,
        runtime: &Runtime,
        cli: &Cli,
    ) -> Result<Self, Box<dyn Error>> {
        let kubectl = Kubectl::new(cluster);
        kubectl.create_namespace(HOME)?;
        say("the policy is served, and the API server told to ask it")?;
        let log = NamedTempFile::new()?;
        runtime.block_on(cluster.serve_log(HOME, SERVER, log.path()))?;
        kubectl.create(&server_pod())?;
        let certificate = cluster.serving_certificate()?;
        let options = Options::new(
            POLICY,
            Arc::new(Policy::load(&cli.policy)?),
            input::read_settings(&cli.settings)?,
            Log::new(LogFormat::Json, KubeletLog(log.reopen()?)),
        );
        let tls = Tls::from_pem(&certificate.certificate, &certificate.key)?;
        let server = Server::start(options.with_tls(tls))?;
        kubectl.create(&webhook(server.url(), &certificate.authority))?;

        say("event-relay's chart is installed, and its program runs with the chart's rights")?;
        let mut helm = cluster.helm()?;
        helm.args(["install", "event-relay"]).arg(&cli.chart);
        helm.args(["-n", HOME, "--wait", "--set", "trust.logFormat=json"]);
        said(&mut helm)?;
        let account = runtime.block_on(cluster.service_account(HOME, "event-relay"))?;
        let relay = Command::new(&cli.relay)
            .args(["--namespace", HOME, "--lease-namespace", HOME])
            .args(["--policy", POLICY, "--log-format", "json"])
            .args(["--identity", "event-relay-0", "--log-level", "warn"])
            .arg("--kubeconfig")
            .arg(account.kubeconfig())
            .spawn()?;
        let relay = Program(relay);
        let holder = ["get", "lease", "event-relay", "-n", HOME, "-o", "name"];
        wait_for("event-relay's Lease", || {
            Ok(kubectl.run(&holder).ok().map(drop))
        })?;
        Ok(Self {
            _relay: relay,
            _server: server,
            _log: log,
        })
    }
}

/// The pod that has the log of the policy's server.
fn server_pod() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": SERVER,
            "namespace": HOME,
            "labels": {"kubewarden/policy-server": "default"},
        },
        "spec": {"containers": [{"name": "policy-server", "image": "policy-server"}]},
    })
}

/// The webhook configuration that Kubewarden's controller makes of a `ClusterAdmissionPolicy`.
fn webhook(url: &str, authority: &str) -> Value {
    let kept = json!({"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": [HOME]});
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": POLICY},
        "webhooks": [{
            "name": "pod-injector.kubewarden.admission",
            "admissionReviewVersions": ["v1"],
            "clientConfig": {"url": url, "caBundle": BASE64.encode(authority)},
            "failurePolicy": "Fail",
            "sideEffects": "None",
            "namespaceSelector": {"matchExpressions": [kept]},
            "rules": [{
                "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"],
                "operations": ["CREATE"],
            }],
        }],
    })
}
