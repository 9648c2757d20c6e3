//! `policy-host bench`.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, value_parser};

use super::{
    args::{Output, OutputArgs, PolicyArgs},
    inputs::{check_settings, load, read_settings},
    progress,
    result::{CommandError, CommandResult, Verdict},
};
use crate::{
    Policy, PolicyError,
    bench::{self, Contender, Effort, Role, Subject, report},
    input::read_request,
};

/// Time a policy, and compare it with the least that a policy can cost.
///
/// The modules take turns at each request, so that other work on the machine slows all of them
/// alike. Times are medians and 99th percentiles. The parts of a request are: making an instance
/// of the module, the policy's own work, and the rest (writing the payload, reading the answer,
/// making the patch).
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    policy: PolicyArgs,

    /// A module that makes a change with the least possible work.
    #[arg(long, value_name = "WASM")]
    floor: Option<PathBuf>,

    /// A module that does nothing.
    #[arg(long, value_name = "WASM")]
    noop: Option<PathBuf>,

    /// The settings, in YAML or JSON, given to all modules [default: none].
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,

    /// A request or a Pod's manifest, in YAML or JSON. May be given several times.
    #[arg(long = "request", value_name = "FILE", required = true)]
    requests: Vec<PathBuf>,

    /// Evaluate each request this many times with each module [default: 1000].
    #[arg(long, value_name = "N", conflicts_with = "seconds", value_parser = value_parser!(u32).range(1..=10_000_000))]
    iterations: Option<u32>,

    /// Measure for this many seconds, all requests and modules together.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=86_400))]
    seconds: Option<u32>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// How often each request is evaluated with each module by default.
const ITERATIONS: u32 = 1000;

/// Measures, and prints the table.
pub(crate) fn bench(args: &BenchArgs, out: &mut impl Write) -> CommandResult {
    let subjects = args
        .requests
        .iter()
        .map(|path| {
            Ok(Subject {
                name: path.display().to_string(),
                request: read_request(path, None)?,
            })
        })
        .collect::<Result<Vec<_>, CommandError>>()?;
    let settings_path = args.settings.as_deref();
    let settings = read_settings(settings_path)?;
    let policy = load(&args.policy)?;
    check_settings(&policy, &settings, settings_path)?;

    let mut contenders = vec![Contender {
        role: Role::Policy,
        policy,
    }];
    for (role, path) in [(Role::Floor, &args.floor), (Role::Noop, &args.noop)] {
        if let Some(path) = path {
            let policy = yardstick(path, args.policy.time_out())?;
            contenders.push(Contender { role, policy });
        }
    }
    let effort = match (args.iterations, args.seconds) {
        (_, Some(seconds)) => Effort::Time(Duration::from_secs(seconds.into())),
        (iterations, None) => Effort::Iterations(iterations.unwrap_or(ITERATIONS)),
    };

    let bar = progress::bar(bench::STEPS, "measuring");
    let report = bench::measure(&contenders, &subjects, &settings, effort, |step| {
        bar.set_position(step);
    })?;
    bar.finish_and_clear();

    match args.output.output {
        Output::Json => writeln!(out, "{}", report::json(&report))?,
        Output::Text => writeln!(out, "{}", report::text(&report))?,
    }
    Ok(Verdict::Good)
}

fn yardstick(path: &Path, time_out: Duration) -> Result<Policy, PolicyError> {
    Ok(Policy::load(path)?.with_time_out(time_out))
}
