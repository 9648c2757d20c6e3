//! The command `policy-host`; see `policy_host::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    policy_host::cli::main()
}
