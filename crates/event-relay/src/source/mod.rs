//! Where the log lines come from.

pub mod file;
pub mod finder;
pub mod intake;
pub mod pods;
pub mod stdin;
