//! Why a run has no result. A broken promise is a result, and no error.

use std::{io, path::PathBuf};

use policy_host::PolicyError;
use thiserror::Error;

/// Why a run has no result.
#[derive(Debug, Error)]
pub enum Error {
    /// The control plane did not start or stopped.
    #[error(transparent)]
    Cluster(#[from] test_cluster::Error),

    /// The policy's module can't be loaded.
    #[error(transparent)]
    Policy(#[from] PolicyError),

    /// The API server did not answer, or not as expected.
    #[error("could not {what}: {source}")]
    Api {
        /// What it was asked for.
        what: String,
        /// What the client said.
        source: Box<kube::Error>,
    },

    /// The webhook can't be served.
    #[error("the webhook: {0}")]
    Webhook(#[from] io::Error),

    /// The API server refused a pod and did not ask the policy at all.
    #[error("the API server did not call the webhook for pair {number}: {message}")]
    NotCalled {
        /// The pair's number.
        number: u64,
        /// What the API server said.
        message: String,
    },

    /// The webhook was installed, and the API server never called it.
    #[error("the API server does not call the webhook")]
    NeverCalled,

    /// A `ReplicaSet` has no pod, and its controller does not say why.
    #[error("kube-controller-manager made no pod for the ReplicaSet {name}")]
    NoPod {
        /// The name of the `ReplicaSet`.
        name: String,
    },

    /// A case could not be written.
    #[error("{}: {source}", path.display())]
    Case {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A task of the run ended before its time.
    #[error("a task of the run ended: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl Error {
    /// An [`Error::Api`] about this request.
    pub(crate) fn api(what: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        |source| Self::Api {
            what: what.into(),
            source: Box::new(source),
        }
    }
}
