//! The oracle's command.

use std::process::ExitCode;

fn main() -> ExitCode {
    oracle::cli::main()
}
