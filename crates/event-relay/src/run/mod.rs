//! The parts put together.

mod own_log;
mod pipeline;
mod signals;

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, info, warn};

use self::pipeline::Pipeline;
use crate::cli::Cli;
use crate::cluster::lease::{Election, Positions, Role};
use crate::cluster::stamped::Scope;
use crate::cluster::{Api, ConnectError, connect};
use crate::dry_run::Printer;
use crate::event::Author;
use crate::index::Index;
use crate::metrics::Metrics;
use crate::policies::{Policies, Word};
use crate::progress::{HELD, Progress};
use crate::report::Report;
use crate::serve::{Ready, listen, serve};
use crate::source::intake::Intake;
use crate::source::pods::Pods;
use crate::source::refused::Summary;
use crate::source::stdin::Pressure;
use crate::source::{file, pods, stdin};
use crate::stop::{Stop, stop};
use crate::store::{Store, Table};
use crate::trust::Trust;
use crate::writer::{Context, Resolver};

/// Older records are refused, in a cluster that keeps Events for an hour.
const MAX_AGE: Duration = Duration::from_mins(50);
/// Giving the Lease back may take so long.
const RELEASE: Duration = Duration::from_secs(1);
/// Reports between the sources and the confirmer.
const CHANNEL: usize = 1024;

/// The relay can't go on.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{what}: {error}")]
    Io { what: String, error: io::Error },
}

/// Runs what the command line says.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    own_log::begin(&cli);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            error!("the relay can't start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(run(cli)).unwrap_or_else(|error| {
        error!("{error}");
        ExitCode::FAILURE
    });
    // A thread may wait for input that never comes.
    runtime.shutdown_background();
    code
}

/// What every way to run has in common.
struct Relay {
    cli: Cli,
    progress: Progress,
    metrics: Metrics,
    ready: Ready,
    trust: Trust,
    identity: String,
    stop: Stop,
}

async fn run(cli: Cli) -> Result<ExitCode, RunError> {
    let progress = Progress::default();
    let metrics = Metrics::new(progress.clone());
    let ready = Ready::default();
    if let Some(address) = cli.listen {
        let listener = listen(address).await;
        let listener =
            listener.map_err(|error| io_error(&format!("can't listen on {address}"), error))?;
        tokio::spawn(serve(listener, metrics.clone(), ready.clone()));
    }
    tokio::spawn(Summary::new(metrics.clone()).run());
    let (stopper, stop) = stop();
    let signals = signals::listen(stopper).map_err(|error| io_error("signals", error))?;
    tokio::spawn(signals);
    let relay = Relay {
        trust: Trust {
            policies: policies(&cli),
            formats: cli.log_format.into(),
            max_age: cli.max_age.or_else(|| (!cli.dry_run).then_some(MAX_AGE)),
        },
        identity: cli.identity.clone().unwrap_or_else(host_name),
        cli,
        progress,
        metrics,
        ready,
        stop,
    };
    Box::pin(relay.run()).await
}

impl Relay {
    async fn run(self) -> Result<ExitCode, RunError> {
        let from_pods = follows_pods(&self.cli);
        let api = if has_cluster(&self.cli) {
            let client = connect(self.cli.kubeconfig.as_ref(), self.cli.context.clone()).await?;
            Some(Api::new(client, self.metrics.clone()))
        } else {
            None
        };
        let table = Table::default();
        let store = match &api {
            Some(api) if !self.cli.dry_run => Store::Cluster(api.clone()),
            _ => Store::Here(table.clone()),
        };
        let index = Index::default();
        let (printed, print) = stop();
        let printer = Printer::new(table, self.cli.output, anstream::stdout());
        let printer = self.cli.dry_run.then(|| tokio::spawn(printer.run(print)));
        let context = Context {
            store,
            author: Author {
                instance: self.identity.clone(),
            },
            resolver: match &api {
                Some(api) => Resolver::Cluster(api.clone(), index),
                None => Resolver::Nowhere,
            },
            metrics: self.metrics.clone(),
            trust: self.trust.clone(),
            wait_for_pod: self.cli.wait_for_pod,
            progress: self.progress.clone(),
        };
        match api {
            Some(api) if from_pods && self.cli.dry_run => {
                self.ready.set(true);
                self.lead(&api, &context, Positions::new(), self.stop.clone())
                    .await;
            }
            Some(api) if from_pods => self.in_turn(&api, &context).await,
            _ => self.read(context).await?,
        }
        printed.stop();
        if let Some(Ok(Err(error))) = async { Some(printer?.await) }.await
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            return Err(io_error("standard output", error));
        }
        if !from_pods {
            // All of them once more: whoever waits for the end may not have seen what came before.
            Summary::new(self.metrics.clone()).tell();
        }
        let dropped = self.metrics.dropped_in_all();
        if dropped > 0 && !from_pods {
            warn!(records = dropped, "some records have no Event");
            return Ok(ExitCode::from(3));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Reads standard input or a file.
    async fn read(&self, context: Context) -> Result<(), RunError> {
        let (sender, receiver) = mpsc::channel(HELD);
        let intake = self.intake(sender);
        let (ended, end) = oneshot::channel();
        let file = self.cli.file.clone();
        let host = host_name();
        // Where nobody but a person waits for us, nothing need be dropped.
        let pressure = if self.cli.dry_run {
            Pressure::Wait
        } else {
            Pressure::Drop
        };
        let stop = self.stop.clone();
        std::thread::spawn(move || {
            let result = match &file {
                Some(path) => file::follow(&intake, path, &stop),
                None => stdin::read(&intake, &host, pressure),
            };
            // Nobody listens any more when the relay was told to stop.
            let _ = ended.send(result);
        });
        self.ready.set(true);
        let pipeline = self.pipeline(&context, None);
        let left = pipeline.run(receiver, self.stop.clone()).await;
        if left > 0 {
            warn!(
                records = left,
                "told to stop before all records were dealt with"
            );
            if self.cli.file.is_none() {
                self.metrics.dropped("shutdown", left);
            }
        }
        if self.stop.is_stopped() {
            return Ok(());
        }
        let what = self
            .cli
            .file
            .as_deref()
            .map_or("standard input".to_owned(), path_text);
        end.await
            .unwrap_or(Ok(()))
            .map_err(|error| io_error(&what, error))
    }

    /// Follows the policy-servers' pods whenever this replica is the one to work.
    async fn in_turn(&self, api: &Api, context: &Context) {
        let namespace = self.cli.lease_namespace.clone();
        let election = Election {
            // Of its own: it must not wait for the writer's requests.
            api: api.apart(),
            namespace: namespace.unwrap_or_else(|| self.cli.namespace.clone()),
            name: self.cli.lease.clone(),
            identity: self.identity.clone(),
            progress: self.progress.clone(),
            metrics: self.metrics.clone(),
            ready: self.ready.clone(),
        };
        let (sender, mut role) = watch::channel(Role::Standby);
        let (resigned, resign) = stop();
        let work = async {
            loop {
                let positions = tokio::select! {
                    positions = leads(&mut role) => positions,
                    () = self.stop.stopped() => break,
                };
                self.progress.begin_anew();
                let (stopper, stop) = stop();
                let mut role = role.clone();
                tokio::select! {
                    () = self.lead(api, context, positions, stop) => {}
                    () = async {
                        tokio::select! {
                            () = stands_by(&mut role) => {}
                            () = self.stop.stopped() => {}
                        }
                        stopper.stop();
                        std::future::pending::<()>().await;
                    } => {}
                }
                if self.stop.is_stopped() {
                    break;
                }
            }
            resigned.stop();
        };
        tokio::join!(work, election.run(&sender, &resign));
        let release = tokio::time::timeout(RELEASE, election.release()).await;
        match release {
            Ok(Ok(())) => info!("stopped"),
            Ok(Err(error)) => info!("stopped; the Lease was not given back: {error}"),
            Err(_) => info!("stopped; the Lease was not given back in time"),
        }
    }

    /// Follows the policy-servers' pods until it is told to stop.
    async fn lead(&self, api: &Api, context: &Context, positions: Positions, stop: Stop) {
        let (sender, receiver) = mpsc::channel(CHANNEL);
        let pods = Pods {
            namespace: self.cli.namespace.clone(),
            selector: self.cli.selector.clone(),
            positions: positions.clone(),
        };
        let sources = async {
            if self.cli.no_logs {
                // As long as this is held, records may come.
                let _records = sender;
                pending::<()>().await;
            } else {
                pods::follow(api.clone(), pods, self.intake(sender)).await;
            }
            // Their end is not the writer's.
            pending::<Infallible>().await
        };
        let pipeline = self.pipeline(context, Some(&positions));
        tokio::select! {
            left = pipeline.run(receiver, stop) => if left > 0 {
                info!(records = left, "left for the next replica");
            },
            never = sources => match never {},
        }
    }

    fn pipeline<'a>(&self, context: &'a Context, positions: Option<&'a Positions>) -> Pipeline<'a> {
        Pipeline {
            context,
            scope: Scope {
                namespaces: self.cli.watch_namespaces.clone(),
                max_age: self.trust.max_age,
            },
            read_logs: !self.cli.no_logs,
            positions,
        }
    }

    fn intake(&self, reports: mpsc::Sender<Report>) -> Intake {
        Intake {
            trust: self.trust.clone(),
            metrics: self.metrics.clone(),
            progress: self.progress.clone(),
            reports,
        }
    }
}

/// Whether the logs of the policy-servers' pods are followed.
fn follows_pods(cli: &Cli) -> bool {
    !cli.stdin && cli.file.is_none()
}

/// Whether there is a cluster to ask.
fn has_cluster(cli: &Cli) -> bool {
    follows_pods(cli) || !cli.dry_run || cli.kubeconfig.is_some()
}

/// Which policies may report. Where no cluster is asked, no pod can confirm anything.
fn policies(cli: &Cli) -> Policies {
    if has_cluster(cli) {
        Policies::new(&cli.policies, Word::Confirmed)
    } else {
        Policies::new(&cli.policies, Word::Believed).believed()
    }
}

async fn leads(role: &mut watch::Receiver<Role>) -> Positions {
    match role
        .wait_for(|role| *role != Role::Standby)
        .await
        .as_deref()
    {
        Ok(Role::Leader(positions)) => positions.clone(),
        _ => std::future::pending().await,
    }
}

async fn stands_by(role: &mut watch::Receiver<Role>) {
    // An error says that the election is over.
    let _ = role.wait_for(|role| *role == Role::Standby).await;
}

fn io_error(what: &str, error: io::Error) -> RunError {
    RunError::Io {
        what: what.to_owned(),
        error,
    }
}

fn path_text(path: &Path) -> String {
    path.display().to_string()
}

/// The host's name, which in a pod is the pod's.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let name = name.unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        "event-relay".to_owned()
    } else {
        name
    }
}
