//! The cluster, and the policy installed in a namespace of it.

#![allow(
    dead_code,
    unused_imports,
    reason = "each test binary uses a part of it"
)]

pub(crate) mod host;
mod kubectl;

use std::{
    thread,
    time::{Duration, Instant},
};

use k8s_openapi::ByteString;
use serde_json::{Value, json};
use test_cluster::{Cluster, ServingCertificate, Shared};

pub(crate) use host::Host;
pub(crate) use kubectl::{Said, kubectl, kubectl_as};

/// With everything that it takes for a Deployment to become running pods.
static CLUSTER: Shared = Shared::new(|| Cluster::builder().workloads().audit_log());

/// The longest wait for something that takes seconds on an idle machine.
const WAIT_LIMIT: Duration = Duration::from_mins(2);

/// Two namespaces that are the same but for the policy, which is installed in one of them.
pub(crate) struct Admission {
    pub(crate) cluster: &'static Cluster,
    /// The namespace with the policy.
    pub(crate) injected: String,
    /// The one without.
    pub(crate) plain: String,
    pub(crate) host: Host,
}

impl Admission {
    /// The policy with these settings, in policy-host.
    pub(crate) async fn new(prefix: &str, settings: &Value) -> Self {
        let host = |_: &Cluster, certificate: &_| Host::policy_host(certificate, settings);
        Self::with(prefix, host).await
    }

    /// The same in a host of one's own choice.
    pub(crate) async fn with(
        prefix: &str,
        host: impl FnOnce(&Cluster, &ServingCertificate) -> Host,
    ) -> Self {
        let cluster = CLUSTER.get().await;
        let namespace = async |suffix: &str| {
            let name = format!("{prefix}-{suffix}");
            cluster.namespace(&name).await.expect("a namespace")
        };
        let certificate = cluster.serving_certificate().expect("a certificate");
        let admission = Self {
            cluster,
            injected: namespace("injected").await,
            plain: namespace("plain").await,
            host: host(cluster, &certificate),
        };
        admission.install(&certificate.authority);
        admission
    }

    /// Installs the webhook, and waits until the API server calls it.
    fn install(&self, authority: &str) {
        let namespace = json!({"kubernetes.io/metadata.name": self.injected});
        let webhook = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": self.injected},
            "webhooks": [{
                "name": self.webhook(),
                "admissionReviewVersions": ["v1"],
                "clientConfig": {"url": self.host.url(), "caBundle": ByteString(authority.into())},
                "failurePolicy": "Fail",
                "sideEffects": "NoneOnDryRun",
                // The most there may be: the machine may be busy with other tests.
                "timeoutSeconds": 30,
                "reinvocationPolicy": "Never",
                "namespaceSelector": {"matchLabels": namespace},
                // For tests that can't do with two namespaces.
                "objectSelector": {"matchExpressions": [
                    {"key": "policy", "operator": "NotIn", "values": ["no"]},
                ]},
                // More than the policy asks for, which leaves the rest alone.
                "rules": [{
                    "apiGroups": [""], "apiVersions": ["v1"],
                    "resources": ["pods", "pods/binding", "pods/ephemeralcontainers"],
                    "operations": ["CREATE", "UPDATE", "DELETE"],
                }],
            }],
        });
        kubectl(self.cluster, &["create", "-f", "-"], &webhook.to_string()).expect_success();
        let probe = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "probe", "namespace": self.injected},
            "spec": {"containers": [{"name": "probe", "image": "i"}]},
        });
        let dry = ["create", "--dry-run=server", "-f", "-"];
        wait_for("the API server to call the webhook", || {
            kubectl(self.cluster, &dry, &probe.to_string()).expect_success();
            self.host
                .log()
                .text()
                .contains("finished processing request")
                .then_some(())
        });
    }

    /// The webhook's name, which the API server puts before the keys of audit annotations.
    pub(crate) fn webhook(&self) -> String {
        format!("{}.pod-injector.example.com", self.injected)
    }

    /// Both namespaces, the one without the policy first.
    pub(crate) fn namespaces(&self) -> [&str; 2] {
        [&self.plain, &self.injected]
    }

    /// Runs kubectl in a namespace.
    pub(crate) fn kubectl(&self, namespace: &str, args: &[&str], stdin: &str) -> Said {
        let args = [&["--namespace", namespace], args].concat();
        kubectl(self.cluster, &args, stdin)
    }

    /// Runs kubectl in both namespaces and compares the verdicts. They are the same, and so is the
    /// reason where it is a refusal. What was said is given back, of the plain namespace first.
    pub(crate) fn both(&self, what: &str, args: &[&str], stdin: &str) -> [Said; 2] {
        let [plain, injected] = self
            .namespaces()
            .map(|namespace| self.kubectl(namespace, args, stdin));
        assert_eq!(
            plain.success, injected.success,
            "{what}\nwithout the policy: {plain}\nwith it: {injected}"
        );
        [plain, injected]
    }

    /// An object, as it is stored.
    pub(crate) fn get(&self, namespace: &str, args: &[&str]) -> Value {
        let args = [&["get", "--output=json"], args].concat();
        self.kubectl(namespace, &args, "").expect_success().json()
    }

    /// The policy's log records so far, of all requests in the namespace with the policy.
    pub(crate) fn records(&self) -> Vec<Value> {
        let text = self.host.log().text();
        let lines = text.lines().filter_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            (line["target"] == "policy_log").then_some(line)
        });
        lines
            .map(|line| {
                let data = line["fields"]["data"].as_str().unwrap_or_default();
                serde_json::from_str(data).unwrap_or_else(|_| panic!("no JSON: {data}"))
            })
            .collect()
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        // Its host goes as well, and pods of other tests' namespaces never needed it.
        let args = ["delete", "--wait=false", "mutatingwebhookconfiguration"];
        kubectl(self.cluster, &[&args[..], &[&self.injected]].concat(), "");
    }
}

/// The annotation that the policy leaves on a pod, read.
pub(crate) fn stamp(pod: &Value) -> Option<Value> {
    let stamp = &pod["metadata"]["annotations"]["pod-injector.kubewarden.io/status"];
    let stamp = stamp.as_str()?;
    Some(serde_json::from_str(stamp).unwrap_or_else(|_| panic!("no JSON: {stamp}")))
}

/// The names of the rules that failed on a pod, by its stamp.
pub(crate) fn failed_rules(pod: &Value) -> Vec<String> {
    let stamp = stamp(pod).unwrap_or_default();
    let failed = stamp["failed"].as_array().cloned().unwrap_or_default();
    let name = |failed: &Value| failed["rule"].as_str().unwrap_or_default().to_owned();
    failed.iter().map(name).collect()
}

/// Asks again and again until there is an answer.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + WAIT_LIMIT;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "timed out waiting for {what}");
        thread::sleep(Duration::from_millis(200));
    }
}
