//! The relay's own log.

use std::io;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Cli, OwnLog};

/// Begins it, as the command line says.
pub(super) fn begin(cli: &Cli) {
    let level = tracing::Level::from(cli.log_level);
    let targets = Targets::new()
        .with_target(env!("CARGO_CRATE_NAME"), level)
        // The relay itself says when connections begin to fail and when they don't any more.
        .with_target("kube_client", LevelFilter::OFF)
        .with_default(level.min(tracing::Level::INFO));
    let builder = fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_target(false);
    match cli.log {
        OwnLog::Text => builder
            .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
            .finish()
            .with(targets)
            .init(),
        OwnLog::Json => builder
            .json()
            .flatten_event(true)
            .finish()
            .with(targets)
            .init(),
    }
}
