//! Where the log lines come from.

mod container;
pub mod file;
pub mod finder;
pub mod intake;
pub mod pods;
pub mod stdin;
