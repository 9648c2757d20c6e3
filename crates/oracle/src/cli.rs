//! The `oracle` command. See [`main`].

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anstream::{eprintln, println};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use policy_host::Policy;
use test_cluster::Cluster;

use crate::{
    Error, Given,
    court::Court,
    run::{Finding, Outcome, Run},
};

/// Tries the policy on random pods and rules that collide with them, with a real kube-apiserver as
/// the judge: a pod that is accepted without the policy must be accepted with it, and what an
/// applied rule did must be so in the stored pod.
#[derive(Debug, Parser)]
#[command(name = "oracle")]
struct Cli {
    /// The policy's module
    #[arg(long, value_name = "FILE", default_value = "policy.wasm")]
    policy: PathBuf,

    /// How many pairs of a pod and its rules to try
    #[arg(long, short = 'n', default_value_t = 1000)]
    pairs: u64,

    /// The seed of all pairs: the same seed makes the same pairs
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// The number of the first pair
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    first: u64,

    /// How many to try at the same time
    #[arg(long, default_value_t = 4)]
    tasks: usize,

    /// Of how many pairs the stored pod of one is created anew from itself; 0 for none
    #[arg(long, value_name = "PAIRS", default_value_t = 10)]
    round_trip_every: u64,

    /// How many broken pairs to make small, one of each kind; 0 for none
    #[arg(long, value_name = "PAIRS", default_value_t = 20)]
    shrink: usize,

    /// Where to write the broken pairs that were made small, as cases for the end-to-end tests
    #[arg(long, value_name = "FOLDER")]
    cases: Option<PathBuf>,

    /// Print the first pair, and try nothing
    #[arg(long)]
    show: bool,
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.show {
        let pair = generator::pair(cli.seed, cli.first);
        for part in [&pair.pod, &pair.settings] {
            println!(
                "---\n{}",
                yaml_serde::to_string(part).unwrap_or_default().trim_end()
            );
        }
        return ExitCode::SUCCESS;
    }
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Error::Webhook)
        .and_then(|runtime| runtime.block_on(run(cli)));
    match outcome {
        Ok(outcome) if outcome.findings.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(cli: Cli) -> Result<Outcome, Error> {
    // The oracle measures no speed, and the machine may be busy.
    const TIME_OUT: Duration = Duration::from_secs(20);
    let policy = Policy::load(&cli.policy)?.with_time_out(TIME_OUT);
    let cluster = Cluster::builder().controllers().start().await?;
    let injector = move |request: &_, given: &Given| given.ask(&policy, request);
    let court = Court::open(&cluster, Arc::new(injector)).await?;
    let run = Run {
        seed: cli.seed,
        first: cli.first,
        pairs: cli.pairs,
        tasks: cli.tasks,
        round_trip_every: cli.round_trip_every,
        shrink: cli.shrink,
        cases: cli.cases,
    };
    let started = Instant::now();
    let bar = bar(cli.pairs);
    let judged = run.judge(&court, |_| bar.inc(1)).await;
    bar.finish_and_clear();
    // A run that ended early may have no API server any longer.
    let store = court.store_bytes().await.ok().flatten();
    let took = started.elapsed();
    match judged {
        Ok(outcome) => {
            report(&outcome, &run, took, store);
            Ok(outcome)
        }
        Err(ended) => {
            report(&ended.outcome, &run, took, store);
            Err(ended.source)
        }
    }
}

/// A progress bar on standard error. It is hidden where standard error is no terminal.
fn bar(pairs: u64) -> ProgressBar {
    let bar = ProgressBar::new(pairs).with_message("judging pairs");
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}  {eta} left") {
        bar.set_style(style);
    }
    bar
}

#[expect(clippy::print_stdout, reason = "it is what the command is for")]
fn report(outcome: &Outcome, run: &Run, took: Duration, store: Option<u64>) {
    const MEBIBYTE: u64 = 1 << 20;
    let mut subjects: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in &outcome.findings {
        let of = subjects.entry(finding.breach.subject()).or_default();
        of.push(finding);
    }
    for findings in subjects.values() {
        let shown = findings.iter().find(|finding| finding.folder.is_some());
        let Some(finding) = shown.or(findings.first()) else {
            continue;
        };
        let (number, count) = (finding.pair.number, findings.len());
        println!(
            "seed {} pair {number} ({count} of this kind): {}",
            run.seed, finding.breach
        );
        if let Some(folder) = &finding.folder {
            println!("  {}", folder.display());
        }
    }
    println!(
        "seed {}, pairs from {}, {} s, store of {} MiB",
        run.seed,
        run.first,
        took.as_secs(),
        store.unwrap_or_default() / MEBIBYTE
    );
    print!("{}", outcome.summary);
}
