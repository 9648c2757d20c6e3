//! The ways in which a test cluster can fail its test.

use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use thiserror::Error;

use crate::Program;

/// Why there is no cluster, or why it did not do what it was asked for.
#[derive(Debug, Error)]
pub enum Error {
    /// A program has not been built yet.
    #[error("there is no {program} in {}: run `make control-plane`", folder.display())]
    Missing {
        /// The program's file name.
        program: &'static str,
        /// The folder that was looked into last.
        folder: PathBuf,
    },

    /// A program could not be started or signalled.
    #[error("{program}: {source}")]
    Process {
        /// The program's file name.
        program: &'static str,
        /// What the system said.
        source: io::Error,
    },

    /// A program ended by itself.
    #[error("{program} ended ({status}); its log ends with:\n{log}")]
    Ended {
        /// The program.
        program: Program,
        /// How it ended.
        status: ExitStatus,
        /// The last lines that it wrote.
        log: String,
    },

    /// A program runs, and does not do its work.
    #[error("{program} is not ready after {} s ({reason}); its log ends with:\n{log}", after.as_secs())]
    NotReady {
        /// The program.
        program: Program,
        /// How long it was waited for.
        after: Duration,
        /// What was missing in the end.
        reason: String,
        /// The last lines that it wrote.
        log: String,
    },

    /// The cluster was not made with this program.
    #[error("the cluster has no {0}: it was built without")]
    NotPart(Program),

    /// What was asked for needs the program running, or not running.
    #[error("{program} {state}")]
    State {
        /// The program.
        program: Program,
        /// In which state it is instead.
        state: &'static str,
    },

    /// A file of the cluster could not be written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// No port of the range was free.
    #[error("no free port between {first} and {last} on 127.0.0.1")]
    NoPort {
        /// The lowest port that was tried.
        first: u16,
        /// The highest.
        last: u16,
    },

    /// A certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),

    /// The API server refused what the cluster asked it for.
    #[error("cannot {what}: {source}")]
    Api {
        /// What the request was about.
        what: String,
        /// The client's error.
        source: Box<kube::Error>,
    },

    /// A kubeconfig of the cluster could not be read back.
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
