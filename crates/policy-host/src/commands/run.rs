//! `policy-host run`.

use std::{fs, io::Write};

use super::{CommandError, Outcome, Verdict, check_settings, load, progress, read_settings};
use crate::{
    cli::{Output, RunArgs},
    cluster::session,
    input::read_request,
    show::{json, text},
};

/// Evaluates the requests. All input is read before anything is written.
pub(crate) fn run(args: &RunArgs, out: &mut impl Write) -> Outcome {
    let namespace = args.namespace.as_deref();
    let requests = args
        .requests
        .iter()
        .map(|path| Ok((path.display().to_string(), read_request(path, namespace)?)))
        .collect::<Result<Vec<_>, CommandError>>()?;
    let settings_path = args.settings.as_deref();
    let settings = read_settings(settings_path)?;
    let policy = args.cluster.give(load(&args.policy)?)?;
    check_settings(&policy, &settings, settings_path)?;

    let bar = progress::bar(requests.len() as u64, "evaluating");
    let outcomes: Vec<_> = requests
        .iter()
        .map(|(_, request)| {
            let outcome = policy.evaluate(request, &settings);
            bar.inc(1);
            outcome
        })
        .collect();
    bar.finish_and_clear();
    if let Some(path) = &args.record {
        let lookups = outcomes.iter().flat_map(|outcome| outcome.lookups.clone());
        let lookups: Vec<_> = lookups.collect();
        fs::write(path, session(&lookups)).map_err(|source| CommandError::Record {
            file: path.display().to_string(),
            source,
        })?;
    }

    for (index, ((file, request), outcome)) in requests.iter().zip(&outcomes).enumerate() {
        match args.output.output {
            Output::Json => writeln!(out, "{}", json::document(file, outcome))?,
            Output::Text => {
                if index > 0 {
                    writeln!(out, "\n")?;
                }
                text::write(out, file, request, &settings, outcome)?;
            }
        }
    }
    let all = outcomes.iter().all(|outcome| outcome.allowed);
    Ok(if all { Verdict::Good } else { Verdict::Bad })
}
