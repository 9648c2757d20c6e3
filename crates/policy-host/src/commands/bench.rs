//! `policy-host bench`.

use std::{io::Write, path::Path, time::Duration};

use super::{CommandError, Outcome, Verdict, check_settings, load, progress, read_settings};
use crate::{
    Policy, PolicyError,
    bench::{self, Contender, Effort, Role, Subject, report},
    cli::{BenchArgs, Output},
    input::read_request,
};

/// How often each request is evaluated with each module if nothing is said.
const ITERATIONS: u32 = 1000;

/// Measures, and prints the table.
pub(crate) fn bench(args: &BenchArgs, out: &mut impl Write) -> Outcome {
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
