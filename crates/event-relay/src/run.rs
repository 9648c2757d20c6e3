//! The parts put together.

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, info, warn};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Cli, OwnLog};
use crate::cluster::lease::{Election, Positions, Role};
use crate::cluster::{Api, ConnectError, connect};
use crate::dry_run::Printer;
use crate::event::Author;
use crate::metrics::Metrics;
use crate::missed::Missed;
use crate::progress::Progress;
use crate::serve::{Ready, listen, serve};
use crate::source::intake::Intake;
use crate::source::pods::Pods;
use crate::source::refused::Summary;
use crate::source::stdin::Pressure;
use crate::source::{file, pods, stdin};
use crate::stop::{Stop, Stopper, stop};
use crate::store::{Store, Table};
use crate::trust::Trust;
use crate::writer::{Context, HELD, Resolver, Writer};

/// Older records are refused, in a cluster that keeps Events for an hour.
const MAX_AGE: Duration = Duration::from_mins(50);
/// After SIGTERM, writing goes on for so long.
const GRACE: Duration = Duration::from_millis(3500);
/// Giving the Lease back may take so long.
const RELEASE: Duration = Duration::from_secs(1);
/// Reports between the sources and the writer.
const CHANNEL: usize = 1024;
/// Missed records are looked for when the logs have most likely been read to their ends.
const CATCH_UP: Duration = Duration::from_secs(5);

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
    log(&cli);
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

fn log(cli: &Cli) {
    let level = tracing::Level::from(cli.log_level);
    let targets = Targets::new()
        .with_target(env!("CARGO_CRATE_NAME"), level)
        // The relay itself says when connections begin to fail and when they don't any more.
        .with_target("kube_client", LevelFilter::OFF)
        .with_default(level.min(tracing::Level::INFO));
    let builder = fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_target(false);
    match cli.log {
        OwnLog::Text => builder
            .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
            .finish()
            .with(targets)
            .init(),
        OwnLog::Json => builder
            .json()
            .flatten_event(true)
            .finish()
            .with(targets)
            .init(),
    }
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
    tokio::spawn(listen_for_signals(stopper)?);
    let relay = Relay {
        trust: Trust {
            policies: cli.policies.clone(),
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
        let from_pods = !self.cli.stdin && self.cli.file.is_none();
        let api = if from_pods || !self.cli.dry_run || self.cli.kubeconfig.is_some() {
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
        let (printed, print) = stop();
        let printer = Printer::new(table, self.cli.output, anstream::stdout());
        let printer = self.cli.dry_run.then(|| tokio::spawn(printer.run(print)));
        let context = Context {
            store,
            author: Author {
                instance: self.identity.clone(),
            },
            resolver: api.clone().map_or(Resolver::Nowhere, Resolver::Cluster),
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
        let left = Writer::new(context)
            .run(receiver, self.stop.clone(), GRACE)
            .await;
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
            positions,
        };
        let missed = Missed {
            api: api.clone(),
            trust: self.trust.clone(),
            metrics: self.metrics.clone(),
            progress: self.progress.clone(),
            reports: sender.clone(),
        };
        let writer = Writer::new(context.clone()).run(receiver, stop, GRACE);
        let sources = async {
            let missed = async {
                tokio::time::sleep(CATCH_UP).await;
                missed.find().await;
            };
            tokio::join!(pods::follow(api.clone(), pods, self.intake(sender)), missed);
            // Their end is not the writer's.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            left = writer => if left > 0 {
                info!(records = left, "left for the next replica");
            },
            () = sources => {}
        }
    }

    fn intake(&self, reports: mpsc::Sender<crate::report::Report>) -> Intake {
        Intake {
            trust: self.trust.clone(),
            metrics: self.metrics.clone(),
            progress: self.progress.clone(),
            reports,
        }
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

fn listen_for_signals(stopper: Stopper) -> Result<impl Future<Output = ()>, RunError> {
    let no_signals = |error| io_error("signals", error);
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("told to stop");
        stopper.stop();
        // The stopper lives as long as the relay.
        std::future::pending::<()>().await;
    })
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
