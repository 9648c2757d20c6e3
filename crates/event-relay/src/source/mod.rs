//! Where the log lines come from.

mod container;
mod continuity;
pub mod file;
pub mod finder;
pub mod intake;
mod line;
pub mod pods;
pub mod refused;
pub mod stdin;
