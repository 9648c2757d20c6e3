//! Arguments that several commands share.

use std::{path::PathBuf, time::Duration};

use anstream::ColorChoice;
use clap::{Args, ValueEnum, value_parser};

/// The policy's module and its time limit.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// The policy's module.
    #[arg(long = "policy", value_name = "WASM")]
    pub(crate) path: PathBuf,

    /// The time limit of a request in seconds, like policy-server's option of this name.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = value_parser!(u64).range(1..=3600))]
    policy_timeout: u64,
}

impl PolicyArgs {
    /// The time limit of a request.
    pub(crate) fn time_out(&self) -> Duration {
        Duration::from_secs(self.policy_timeout)
    }
}

/// How a command writes its output.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// For people, or for programs: a JSON document on a line of its own for each request.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,

    /// When to use colours. `auto`: on a terminal, unless `NO_COLOR` is set.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) color: Color,
}

/// The format of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    #[default]
    Text,
    Json,
}

/// When the output is in colours.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}
