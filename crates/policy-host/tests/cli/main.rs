//! The command as a user runs it.

mod bench;
mod exit_codes;
mod folder;
mod run;
mod settings;
#[path = "../support/mod.rs"]
mod support;
