//! The commands, each with its arguments.

pub(crate) mod args;
pub(crate) mod bench;
mod cluster_args;
mod inputs;
mod progress;
pub(crate) mod result;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod settings;
