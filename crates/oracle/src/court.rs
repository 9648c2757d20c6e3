//! The control plane that judges pairs: its API server calls the policy in some of its namespaces.
//! See [`Court::open`].

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use generator::{Ground, objects};
use kube::Client;
use serde_json::{Value, json};
use test_cluster::Cluster;

use crate::{
    Error, Given, api,
    bench::{Bench, Namespaces},
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

impl<'c> Court<'c> {
    /// Installs the policy, and what the generator's pods refer to.
    ///
    /// # Errors
    /// Returns [`Error::Webhook`] when the webhook can't be served, [`Error::Api`] when the API
    /// server refuses an object, and [`Error::NeverCalled`] when it does not call the webhook
    /// within 30 seconds.
    pub async fn open(cluster: &'c Cluster, injector: Arc<Injector>) -> Result<Self, Error> {
        let certificate = cluster.serving_certificate()?;
        let webhook = Webhook::start(injector, &certificate).await?;
        let court = Self { cluster, webhook };
        let client = cluster.client()?;
        api::ensure(
            &client,
            "/apis/node.k8s.io/v1/runtimeclasses",
            &objects::runtime_class(),
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
                // The longest that the API server allows: the oracle measures no speed.
                "timeoutSeconds": 30,
            }],
        })
    }

    /// Waits until the API server calls the webhook: it learns of a new one with a delay.
    async fn wait(&self) -> Result<(), Error> {
        const TRIES: usize = 300;
        let bench = self.bench().await?;
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web"},
            "spec": {"containers": [{"name": "app", "image": "shop"}]},
        });
        let injected = &bench.at(Ground::Plain).injected;
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
        for ground in Ground::ALL {
            let pair = self.namespaces(&client, ground).await?;
            namespaces.insert(ground, pair);
        }
        Ok(Bench {
            client,
            webhook: &self.webhook,
            namespaces,
        })
    }

    async fn namespaces(&self, client: &Client, ground: Ground) -> Result<Namespaces, Error> {
        let alone = self.cluster.namespace("alone").await?;
        let injected = self.cluster.namespace("injected").await?;
        for namespace in [&alone, &injected] {
            let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
            api::ensure(client, &path, &objects::service_account(namespace)).await?;
            if ground.level().is_enforced() {
                api::label(client, namespace, objects::labels(ground.level())).await?;
            }
            limit(client, namespace, ground).await?;
        }
        let port = self.webhook.port().to_string();
        api::label(client, &injected, json!({INJECTED: port})).await?;
        Ok(Namespaces { alone, injected })
    }

    /// The size of the cluster's store in bytes, as the API server measures it.
    ///
    /// # Errors
    /// Returns [`Error::Api`] when the API server does not answer.
    pub async fn store_bytes(&self) -> Result<Option<u64>, Error> {
        const NAME: &str = "apiserver_storage_size_bytes";
        let text = api::metrics(&self.cluster.client()?).await?;
        let line = text.lines().find(|line| line.starts_with(NAME));
        let value = line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is a number of bytes"
        )]
        Ok(value.map(|bytes| bytes as u64))
    }
}

/// Gives a namespace the limits of its kind.
async fn limit(client: &Client, namespace: &str, ground: Ground) -> Result<(), Error> {
    let core = format!("/api/v1/namespaces/{namespace}");
    match ground {
        Ground::LimitRange => {
            let path = format!("{core}/limitranges");
            api::ensure(client, &path, &objects::limit_range(namespace)).await
        }
        Ground::Quota => {
            let quota = objects::resource_quota(namespace);
            let path = format!("{core}/resourcequotas");
            api::ensure(client, &path, &quota).await?;
            // The quota admission plugin refuses all pods while the status is empty.
            let path = format!("{path}/{}", objects::LIMITS);
            let status = json!({"hard": quota["spec"]["hard"], "used": objects::nothing_used()});
            api::set_status(client, &path, &status).await
        }
        _ => Ok(()),
    }
}
