//! What the commands do.

pub(crate) mod bench;
pub(crate) mod progress;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod settings;

use std::{io, path::Path, process::ExitCode};

use thiserror::Error;

use crate::{
    Policy, PolicyError, Settings,
    bench::BenchError,
    cli::PolicyArgs,
    cluster::{FolderError, LiveError},
    input::{self, InputError},
    serve::{ServeError, TlsError},
    show::plain::plain,
};

/// The exit code where there is no verdict.
pub(crate) const UNUSABLE: u8 = 2;

/// What a command found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Everything was accepted.
    Good,
    /// Something was not.
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

/// Why a command came to no verdict.
#[derive(Debug, Error)]
pub(crate) enum CommandError {
    /// A request or settings can't be used.
    #[error(transparent)]
    Input(#[from] InputError),

    /// The module can't be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),

    /// The policy refuses its settings, so that policy-server would reject every request.
    #[error("{file}: the policy refuses these settings:\n{message}")]
    Settings {
        /// The file, or that there was none.
        file: String,
        /// What the policy said.
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

    /// What was looked up can't be written down.
    #[error("{file}: {source}")]
    Record {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },

    /// The output can't be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

pub(crate) type Outcome = Result<Verdict, CommandError>;

fn load(args: &PolicyArgs) -> Result<Policy, PolicyError> {
    Ok(Policy::load(&args.path)?.with_time_out(args.time_out()))
}

fn read_settings(path: Option<&Path>) -> Result<Settings, InputError> {
    path.map_or_else(|| Ok(Settings::default()), read_settings_file)
}

/// Reads settings, and warns where kwctl would read other ones in the same file.
fn read_settings_file(path: &Path) -> Result<Settings, InputError> {
    let settings = input::read_settings(path)?;
    for difference in input::readings(path)? {
        let file = plain(&path.display().to_string());
        anstream::eprintln!("policy-host: warning: {file}: {}", plain(&difference));
    }
    Ok(settings)
}

/// Settings are checked before the first request, as kwctl and policy-server do.
fn check_settings(
    policy: &Policy,
    settings: &Settings,
    path: Option<&Path>,
) -> Result<(), CommandError> {
    let outcome = policy.validate_settings(settings);
    if outcome.valid {
        return Ok(());
    }
    Err(CommandError::Settings {
        file: path.map_or_else(
            || "no --settings".to_owned(),
            |path| path.display().to_string(),
        ),
        message: outcome.message.unwrap_or_else(|| NO_MESSAGE.to_owned()),
    })
}

const NO_MESSAGE: &str = "the policy gave no message";
