//! Where pairs are judged: a control plane whose API server calls the policy in some of its
//! namespaces.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use kube::Client;
use serde_json::{Value, json};
use test_cluster::Cluster;

use crate::{
    Error, Given, api,
    generate::{Level, vocabulary::SERVICE_ACCOUNT},
    given,
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

/// For each Pod Security level two namespaces that differ in that the API server calls the policy in
/// one of them, for one pair at a time.
pub(crate) struct Bench<'c> {
    pub(crate) client: Client,
    pub(crate) webhook: &'c Webhook,
    namespaces: BTreeMap<Level, Namespaces>,
}

/// Two namespaces, without the policy and with it.
pub(crate) struct Namespaces {
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
        api::ensure(
            &client,
            "/apis/node.k8s.io/v1/runtimeclasses",
            &given::runtime_class(),
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
        let injected = &bench.at(Level::Privileged).injected;
        self.webhook.open(injected, Given::default());
        for _ in 0..TRIES {
            api::create(&bench.client, injected, &pod, true).await?;
            if self.webhook.seen(injected).is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(Error::NeverCalled)
    }

    /// A place to judge one pair at a time.
    pub(crate) async fn bench(&self) -> Result<Bench<'_>, Error> {
        let client = self.cluster.client()?;
        let mut namespaces = BTreeMap::new();
        for level in [Level::Privileged, Level::Baseline, Level::Restricted] {
            let pair = self.namespaces(&client, level).await?;
            namespaces.insert(level, pair);
        }
        Ok(Bench {
            client,
            webhook: &self.webhook,
            namespaces,
        })
    }

    async fn namespaces(&self, client: &Client, level: Level) -> Result<Namespaces, Error> {
        let alone = self.cluster.namespace("alone").await?;
        let injected = self.cluster.namespace("injected").await?;
        for namespace in [&alone, &injected] {
            let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": SERVICE_ACCOUNT}});
            let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
            api::ensure(client, &path, &account).await?;
            if level != Level::Privileged {
                api::label(client, namespace, given::labels(level)).await?;
            }
        }
        let port = self.webhook.port().to_string();
        api::label(client, &injected, json!({INJECTED: port})).await?;
        Ok(Namespaces { alone, injected })
    }
}

impl Bench<'_> {
    /// The namespaces that enforce a level.
    pub(crate) fn at(&self, level: Level) -> &Namespaces {
        &self.namespaces[&level]
    }
}
