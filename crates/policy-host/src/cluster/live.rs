//! A real cluster.

use std::{
    collections::BTreeMap,
    io,
    panic::resume_unwind,
    path::Path,
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use kube::{
    Api, Client, Config, ResourceExt,
    api::DynamicObject,
    config::{KubeConfigOptions, Kubeconfig},
    core::GroupVersionKind,
    discovery::{self, Scope},
};
use serde_json::Value;
use thiserror::Error;
use tokio::runtime::{Builder, Runtime};

use super::{
    objects::Objects,
    question::{Question, words},
};

/// How long a found object is cached, as in policy-server.
const CACHED: Duration = Duration::from_secs(5);

/// A cluster whose API server is asked. Found objects are cached for five seconds, as in
/// policy-server; absent objects are not cached.
pub struct Live {
    client: Client,
    /// Lives as long as the cluster.
    runtime: Option<Runtime>,
    cache: Mutex<BTreeMap<Question, (Instant, Value)>>,
}

/// Why a cluster can't be used.
#[derive(Debug, Error)]
pub enum LiveError {
    /// The kubeconfig can't be used.
    #[error("the kubeconfig can't be used: {0}")]
    Kubeconfig(#[from] kube::config::KubeconfigError),
    /// The client can't be created.
    #[error("the cluster can't be reached: {0}")]
    Client(#[from] kube::Error),
    /// The runtime can't be created.
    #[error("the cluster can't be reached: {0}")]
    Runtime(#[from] io::Error),
}

impl Live {
    /// The cluster of a kubeconfig's current context.
    ///
    /// # Errors
    /// Returns an error if the file can't be used. The cluster is not contacted yet.
    pub fn of_kubeconfig(path: &Path) -> Result<Self, LiveError> {
        let kubeconfig = Kubeconfig::read_from(path)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let client = async {
            let options = KubeConfigOptions::default();
            let config = Config::from_custom_kubeconfig(kubeconfig, &options).await?;
            Ok::<_, LiveError>(Client::try_from(config)?)
        };
        // In a separate thread, since this one may belong to a runtime.
        let client = thread::scope(|scope| {
            let thread = scope.spawn(|| runtime.block_on(client));
            thread.join().unwrap_or_else(|panic| resume_unwind(panic))
        })?;
        Ok(Self {
            client,
            runtime: Some(runtime),
            cache: Mutex::default(),
        })
    }
}

impl Objects for Live {
    fn get(&self, question: &Question) -> Result<Value, String> {
        // Held while the API server is asked: one question at a time, as in policy-server.
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, object)) = cache.get(question)
            && since.elapsed() < CACHED
            && !question.disable_cache
        {
            return Ok(object.clone());
        }
        let (sender, receiver) = mpsc::sync_channel(1);
        let asking = ask(self.client.clone(), question.clone());
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move {
                // If this fails, the caller no longer waits for the answer.
                let _ = sender.send(asking.await);
            });
        }
        let object = receiver.recv().map_err(|error| error.to_string())??;
        cache.insert(question.clone(), (Instant::now(), object.clone()));
        Ok(object)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn ask(client: Client, question: Question) -> Result<Value, String> {
    let (group, version) = question
        .api_version
        .rsplit_once('/')
        .unwrap_or(("", &question.api_version));
    let kind = GroupVersionKind::gvk(group, version, &question.kind);
    let (resource, capabilities) = discovery::pinned_kind(&client, &kind)
        .await
        .map_err(|error| words(&error))?;
    let api: Api<DynamicObject> = match (capabilities.scope, &question.namespace) {
        (Scope::Cluster, _) => Api::all_with(client, &resource),
        (Scope::Namespaced, Some(namespace)) => Api::namespaced_with(client, namespace, &resource),
        (Scope::Namespaced, None) => return Err(question.no_namespace()),
    };
    let found = api.get_opt(&question.name).await;
    let mut object = found
        .map_err(|error| words(&error))?
        .ok_or_else(|| question.absent())?;
    object.managed_fields_mut().clear();
    serde_json::to_value(object).map_err(|error| error.to_string())
}
