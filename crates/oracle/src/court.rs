//! Where pairs are judged: a control plane whose API server calls the policy in some of its
//! namespaces.

use std::{sync::Arc, time::Duration};

use kube::Client;
use policy_host::Settings;
use serde_json::{Value, json};
use test_cluster::Cluster;

use crate::{
    Error, api,
    generate::vocabulary::{OVERHEAD, RUNTIME_CLASS, RUNTIME_NODES, SERVICE_ACCOUNT},
    seen::Injector,
    webhook::Webhook,
};

/// The label of the namespaces in which the API server calls the policy, with the webhook's port:
/// a cluster may have several courts.
const INJECTED: &str = "oracle.example.com/injected";

/// A control plane with the policy installed in it.
pub struct Court<'c> {
    cluster: &'c Cluster,
    pub(crate) webhook: Webhook,
}

/// Two namespaces that differ in that the API server calls the policy in one of them, for one pair
/// at a time.
pub(crate) struct Bench<'c> {
    pub(crate) client: Client,
    pub(crate) webhook: &'c Webhook,
    pub(crate) alone: String,
    pub(crate) injected: String,
}

impl<'c> Court<'c> {
    /// Installs the policy, and what the generator's pods refer to.
    ///
    /// # Errors
    /// When the webhook can't be served or the API server does not take it.
    pub async fn open(cluster: &'c Cluster, injector: Arc<Injector>) -> Result<Self, Error> {
        let certificate = cluster.serving_certificate()?;
        let webhook = Webhook::start(injector, &certificate).await?;
        let court = Self { cluster, webhook };
        let client = cluster.client()?;
        let [cpu, memory] = OVERHEAD;
        let (key, value) = RUNTIME_NODES;
        let runtime_class = json!({
            "apiVersion": "node.k8s.io/v1",
            "kind": "RuntimeClass",
            "metadata": {"name": RUNTIME_CLASS},
            "handler": "runsc",
            "overhead": {"podFixed": {cpu.0: cpu.1, memory.0: memory.1}},
            "scheduling": {
                "nodeSelector": {key: value},
                "tolerations": [{"key": key, "operator": "Exists"}],
            },
        });
        api::ensure(
            &client,
            "/apis/node.k8s.io/v1/runtimeclasses",
            &runtime_class,
        )
        .await?;
        let path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
        let configuration = court.configuration(&certificate.authority);
        api::ensure(&client, path, &configuration).await?;
        court.wait().await?;
        Ok(court)
    }

    fn configuration(&self, authority: &str) -> Value {
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": format!("pod-injector-{}", self.webhook.port())},
            "webhooks": [{
                "name": "pod-injector.kubewarden.io",
                "admissionReviewVersions": ["v1"],
                "clientConfig": {
                    "url": self.webhook.url(),
                    "caBundle": k8s_openapi::ByteString(authority.into()),
                },
                "failurePolicy": "Fail",
                "namespaceSelector": {"matchLabels": {INJECTED: self.webhook.port().to_string()}},
                "rules": [{
                    "apiGroups": [""],
                    "apiVersions": ["v1"],
                    "operations": ["CREATE"],
                    "resources": ["pods"],
                }],
                "sideEffects": "None",
                // The longest: nothing here is about speed.
                "timeoutSeconds": 30,
            }],
        })
    }

    /// The API server learns of a new webhook a little later.
    async fn wait(&self) -> Result<(), Error> {
        const TRIES: usize = 300;
        let bench = self.bench().await?;
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web"},
            "spec": {"containers": [{"name": "app", "image": "shop"}]},
        });
        self.webhook.open(&bench.injected, Settings::default());
        for _ in 0..TRIES {
            api::create(&bench.client, &bench.injected, &pod, true).await?;
            if self.webhook.seen(&bench.injected).is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(Error::NeverCalled)
    }

    /// A place to judge one pair at a time.
    pub(crate) async fn bench(&self) -> Result<Bench<'_>, Error> {
        let client = self.cluster.client()?;
        let alone = self.cluster.namespace("alone").await?;
        let injected = self.cluster.namespace("injected").await?;
        for namespace in [&alone, &injected] {
            let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": SERVICE_ACCOUNT}});
            let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
            api::ensure(&client, &path, &account).await?;
        }
        let port = self.webhook.port().to_string();
        api::label(&client, &injected, INJECTED, &port).await?;
        Ok(Bench {
            client,
            webhook: &self.webhook,
            alone,
            injected,
        })
    }
}
