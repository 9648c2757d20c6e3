//! `policy-host run`.

use std::{fs, io::Write, path::PathBuf};

use clap::Args;

use super::{
    args::{Output, OutputArgs, PolicyArgs},
    cluster_args::ClusterArgs,
    inputs::{check_settings, load, read_settings},
    progress,
    result::{CommandError, CommandResult, Verdict},
};
use crate::{
    cluster::session,
    input::read_request,
    show::{json, text},
};

/// Evaluate requests and show the change, the warnings and the Events.
///
/// A request file holds an `AdmissionReview`, an `AdmissionRequest`, or a Pod's manifest. A
/// manifest becomes a request that creates the Pod. The API server would first fill in defaults,
/// the service account's token and tolerations; policy-host does not, so that a policy sees less of
/// the Pod than in a cluster.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    policy: PolicyArgs,

    /// The policy's settings, in YAML or JSON [default: none].
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,

    /// A request or a Pod's manifest, in YAML or JSON. May be given several times.
    #[arg(long = "request", value_name = "FILE", required = true)]
    requests: Vec<PathBuf>,

    /// The namespace that a Pod's manifest is created in [default: the manifest's, or `default`].
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,

    #[command(flatten)]
    cluster: ClusterArgs,

    /// Record the policy's look-ups in a file, for kwctl's
    /// `--replay-host-capabilities-interactions`.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Evaluates the requests. All input is read before anything is written.
pub(crate) fn run(args: &RunArgs, out: &mut impl Write) -> CommandResult {
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
