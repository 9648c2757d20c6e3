//! The ways in which a run can fail. That a pod is lost is none of them: that is a result.

use std::{io, path::PathBuf};

use policy_host::PolicyError;
use thiserror::Error;

/// Why there is no result.
#[derive(Debug, Error)]
pub enum Error {
    /// The control plane.
    #[error(transparent)]
    Cluster(#[from] test_cluster::Error),

    /// The policy's module.
    #[error(transparent)]
    Policy(#[from] PolicyError),

    /// The API server did not answer.
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
    /// An answer that did not come.
    pub(crate) fn api(what: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        |source| Self::Api {
            what: what.into(),
            source: Box::new(source),
        }
    }
}
