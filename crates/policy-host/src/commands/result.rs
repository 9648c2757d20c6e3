//! What a command ends with: a verdict or an error.

use std::{io, process::ExitCode};

use thiserror::Error;

use crate::{
    PolicyError,
    bench::BenchError,
    cluster::{FolderError, LiveError},
    input::InputError,
    serve::{ServeError, TlsError},
};

/// The exit code of a command that fails: wrong usage or unreadable input.
pub(crate) const UNUSABLE: u8 = 2;

/// What a command found out about its requests or settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All requests or settings were accepted.
    Good,
    /// A request or a setting was not accepted.
    Bad,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Good => Self::SUCCESS,
            Verdict::Bad => Self::FAILURE,
        }
    }
}

/// Why a command failed.
#[derive(Debug, Error)]
pub(crate) enum CommandError {
    /// A request or settings can't be used.
    #[error(transparent)]
    Input(#[from] InputError),

    /// The module can't be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),

    /// The policy refuses its settings: policy-server would reject every request.
    #[error("{file}: the policy refuses these settings:\n{message}")]
    Settings {
        /// The settings' file, or `no --settings`.
        file: String,
        /// The policy's message.
        message: String,
    },

    /// The bench can't be run.
    #[error(transparent)]
    Bench(#[from] BenchError),

    /// The certificate can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),

    /// The policy can't be served.
    #[error(transparent)]
    Serve(#[from] ServeError),

    /// The folder of manifests can't be used.
    #[error(transparent)]
    Folder(#[from] FolderError),

    /// The cluster can't be used.
    #[error(transparent)]
    Cluster(#[from] LiveError),

    /// The recorded look-ups can't be written.
    #[error("{file}: {source}")]
    Record {
        /// The file.
        file: String,
        /// The system's error.
        source: io::Error,
    },

    /// The output can't be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

/// The result of a command.
pub(crate) type CommandResult = Result<Verdict, CommandError>;
