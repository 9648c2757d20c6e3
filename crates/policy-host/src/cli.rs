//! The command line.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anstream::AutoStream;
use clap::{Parser, Subcommand};

use crate::commands::{
    args::Color,
    bench::{self, BenchArgs},
    result::{CommandError, UNUSABLE},
    run::{self, RunArgs},
    serve::{self, ServeArgs},
    settings::{self, SettingsArgs},
};

/// Runs a Kubewarden policy as policy-server does, and shows what it did.
///
/// Exit codes: 0 accepted or valid, 1 rejected or invalid, 2 wrong usage or unreadable input.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(RunArgs),
    Settings(SettingsArgs),
    Serve(ServeArgs),
    Bench(BenchArgs),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    let color = match &command {
        Command::Run(RunArgs { output, .. }) | Command::Bench(BenchArgs { output, .. }) => {
            output.color
        }
        Command::Settings(_) | Command::Serve(_) => Color::Auto,
    };
    let mut out = AutoStream::new(io::stdout(), color.into());
    let done = match command {
        // The server writes its log from many threads, and takes standard output itself.
        Command::Serve(args) => serve::serve(args),
        Command::Run(args) => run::run(&args, &mut out),
        Command::Settings(args) => settings::settings(&args, &mut out),
        Command::Bench(args) => bench::bench(&args, &mut out),
    };
    let done = done.and_then(|verdict| Ok(out.flush().map(|()| verdict)?));
    match done {
        Ok(verdict) => verdict.into(),
        // The reader of the output has closed the pipe.
        Err(CommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            anstream::eprintln!("policy-host: {error}");
            UNUSABLE.into()
        }
    }
}
