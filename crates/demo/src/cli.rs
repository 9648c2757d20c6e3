//! The command line: its arguments and its output.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Parser;

/// Shows the way from a Deployment to the Event that says why its pods were not injected into.
#[derive(Debug, Parser)]
pub(crate) struct Cli {
    /// The policy's module.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,

    /// The policy's settings.
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: PathBuf,

    /// A Deployment, in YAML.
    #[arg(long, value_name = "FILE")]
    pub(crate) deployment: PathBuf,

    /// event-relay's chart.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) chart: PathBuf,

    /// event-relay's program.
    #[arg(long, value_name = "FILE")]
    pub(crate) relay: PathBuf,
}

/// Prints the next step.
pub(crate) fn say(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "\n# {text}")
}
