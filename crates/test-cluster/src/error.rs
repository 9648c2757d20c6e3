//! The errors of a test cluster.

use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use thiserror::Error;

use crate::Program;

/// Why a cluster can't be started or used.
#[derive(Debug, Error)]
pub enum Error {
    /// A program is missing.
    #[error("there is no {program} in {}: run `make control-plane`", folder.display())]
    Missing {
        /// The program's file name.
        program: &'static str,
        /// The folder that was searched last.
        folder: PathBuf,
    },

    /// A program can't be started or signalled.
    #[error("{program}: {source}")]
    Process {
        /// The program's file name.
        program: &'static str,
        /// The system's error.
        source: io::Error,
    },

    /// A program ended unexpectedly.
    #[error("{program} ended ({status}); its log ends with:\n{log}")]
    Ended {
        /// The program.
        program: Program,
        /// The exit status.
        status: ExitStatus,
        /// The last lines of its log.
        log: String,
    },

    /// A program runs but is not ready.
    #[error("{program} is not ready after {} s ({reason}); its log ends with:\n{log}", after.as_secs())]
    NotReady {
        /// The program.
        program: Program,
        /// The time that was waited.
        after: Duration,
        /// The last reason.
        reason: String,
        /// The last lines of its log.
        log: String,
    },

    /// The cluster does not have this program.
    #[error("the cluster has no {0}: it was built without")]
    NotPart(Program),

    /// The program is in the wrong state.
    #[error("{program} {state}")]
    State {
        /// The program.
        program: Program,
        /// The program's state.
        state: &'static str,
    },

    /// A file of the cluster can't be written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },

    /// No port of the range is free.
    #[error("no free port between {first} and {last} on 127.0.0.1")]
    NoPort {
        /// The lowest port that was tried.
        first: u16,
        /// The highest port that was tried.
        last: u16,
    },

    /// A certificate can't be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),

    /// The API server refused a request.
    #[error("cannot {what}: {source}")]
    Api {
        /// The purpose of the request.
        what: String,
        /// The client's error.
        source: Box<kube::Error>,
    },

    /// A kubeconfig of the cluster can't be read.
    #[error("the cluster's own kubeconfig: {0}")]
    Kubeconfig(#[source] Box<kube::config::KubeconfigError>),
}

impl Error {
    /// Whether another program took a port between its choice and its use.
    pub(crate) fn is_port_taken(&self) -> bool {
        matches!(self, Self::Ended { log, .. } if log.contains("address already in use"))
    }

    pub(crate) fn api(what: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        let what = what.into();
        |source| Self::Api {
            what,
            source: Box::new(source),
        }
    }

    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::File { path, source }
    }
}
