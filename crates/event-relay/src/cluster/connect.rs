//! Finding the cluster.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

/// How long nothing may come on a connection while something is waited for.
const READ_TIMEOUT: Duration = Duration::from_mins(6);

/// The cluster can't be told, or the client can't be made for it.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The kubeconfig can't be read.
    #[error("the kubeconfig can't be used: {0}")]
    Kubeconfig(#[from] KubeconfigError),
    /// Neither a kubeconfig nor a service account.
    #[error("no cluster: there is no kubeconfig and no service account ({0})")]
    NoCluster(#[from] kube::config::InferConfigError),
    /// Certificates or credentials that can't be used.
    #[error("the cluster's certificates or credentials can't be used: {0}")]
    Client(#[from] kube::Error),
}

/// Connects to the cluster of a kubeconfig; without one to that of `KUBECONFIG`, of
/// `~/.kube/config`, or of the service account of the pod that this runs in.
///
/// # Errors
///
/// See [`ConnectError`]. The API server need not answer yet.
pub async fn connect(
    kubeconfig: Option<&PathBuf>,
    context: Option<String>,
) -> Result<Client, ConnectError> {
    let options = KubeConfigOptions {
        context,
        ..KubeConfigOptions::default()
    };
    let mut config = match kubeconfig {
        Some(path) => {
            Config::from_custom_kubeconfig(Kubeconfig::read_from(path)?, &options).await?
        }
        None if options.context.is_some() => Config::from_kubeconfig(&options).await?,
        None => Config::infer().await?,
    };
    config.connect_timeout = Some(Duration::from_secs(10));
    // Bookmarks come each minute, and a log that is silent is opened anew: a connection on which
    // nothing comes for longer is dead.
    config.read_timeout = Some(READ_TIMEOUT);
    // The relay retries by itself. A layer below it would send a write again whose first answer is
    // lost, and hide that from the counts and from the metrics.
    config.default_retry = false;
    Ok(Client::try_from(config)?)
}
