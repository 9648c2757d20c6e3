//! The command `event-relay`; see `event_relay::run`.

use std::process::ExitCode;

fn main() -> ExitCode {
    event_relay::run::main()
}
