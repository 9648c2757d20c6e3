//! The command line.

use std::{
    io::{self, Write},
    net::IpAddr,
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anstream::{AutoStream, ColorChoice};
use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};

use crate::{
    Policy,
    cluster::{Cluster, Folder, Grant, Live},
    commands::{self, CommandError, bench, run, serve, settings},
    serve::{LogFormat, LogLevel},
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

/// Evaluate requests and show the change, the warnings and the Events.
///
/// A request file holds an `AdmissionReview`, an `AdmissionRequest`, or a Pod's manifest. From a
/// manifest a request to create the Pod is made. What the API server would fill in first
/// (defaults, the service account's token, tolerations) is not filled in, so a policy sees less
/// of the Pod than it would in a cluster.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,

    /// The policy's settings, in YAML or JSON [default: none].
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,

    /// A request or a Pod's manifest, in YAML or JSON. May be given several times.
    #[arg(long = "request", value_name = "FILE", required = true)]
    pub(crate) requests: Vec<PathBuf>,

    /// The namespace that a Pod's manifest is created in [default: the manifest's, or `default`].
    #[arg(long, value_name = "NAME")]
    pub(crate) namespace: Option<String>,

    #[command(flatten)]
    pub(crate) cluster: ClusterArgs,

    /// Write what the policy looked up to a file, for kwctl's
    /// `--replay-host-capabilities-interactions`.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Check settings only, or rules in a `ConfigMap`. Prints what is wrong with them.
#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,

    /// The policy's settings, in YAML or JSON.
    #[arg(long, value_name = "FILE", required_unless_present = "config_maps")]
    pub(crate) settings: Option<PathBuf>,

    /// The manifest of a `ConfigMap` of rules, in YAML or JSON. With `--settings` it is also checked
    /// whether the settings read it, and that no two rules have one name. May be given several
    /// times. Of the policies that there are, pod-injector can do this.
    #[arg(long = "configmap", value_name = "FILE")]
    pub(crate) config_maps: Vec<PathBuf>,
}

/// Serve a policy as an admission webhook that a kube-apiserver can call.
///
/// It answers `POST /validate/NAME` as policy-server does, and writes policy-server's log lines to
/// standard output. The address is printed on standard error once it is listened on. SIGTERM and
/// Ctrl-C end it, after the requests under way.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,

    /// The policy's settings, in YAML or JSON [default: none].
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) cluster: ClusterArgs,

    /// The policy's name, in the path and in the log.
    #[arg(long, value_name = "NAME", default_value = "clusterwide-pod-injector")]
    pub(crate) name: String,

    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) addr: IpAddr,

    /// The port to listen on. 0: a free one.
    #[arg(long, value_name = "PORT", default_value = "3000")]
    pub(crate) port: u16,

    /// The server's certificate, in PEM format [default: none, and plain HTTP].
    #[arg(long, value_name = "FILE", requires = "key_file")]
    pub(crate) cert_file: Option<PathBuf>,

    /// The certificate's private key, in PEM format.
    #[arg(long, value_name = "FILE", requires = "cert_file")]
    pub(crate) key_file: Option<PathBuf>,

    /// Answer `GET /readiness` on this port, by plain HTTP. 0: a free one [default: none].
    #[arg(long, value_name = "PORT")]
    pub(crate) readiness_probe_port: Option<u16>,

    /// The log's format.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_fmt: LogFmt,

    /// The least important lines in the log: trace, debug, info, warn or error.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub(crate) log_level: LogLevel,
}

/// Time a policy, and compare it with the least that a policy can cost.
///
/// The modules take turns at each request, so that whatever else the machine does slows them
/// alike. Times are medians and 99th percentiles. The parts of a request are: making an instance
/// of the module, the policy's own work, and the rest (writing the payload, reading the answer,
/// making the patch).
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,

    /// A module that does the least there is to do for a change.
    #[arg(long, value_name = "WASM")]
    pub(crate) floor: Option<PathBuf>,

    /// A module that does nothing.
    #[arg(long, value_name = "WASM")]
    pub(crate) noop: Option<PathBuf>,

    /// The settings, in YAML or JSON, given to all modules [default: none].
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,

    /// A request or a Pod's manifest, in YAML or JSON. May be given several times.
    #[arg(long = "request", value_name = "FILE", required = true)]
    pub(crate) requests: Vec<PathBuf>,

    /// Evaluate each request so often with each module [default: 1000].
    #[arg(long, value_name = "N", conflicts_with = "seconds", value_parser = value_parser!(u32).range(1..=10_000_000))]
    pub(crate) iterations: Option<u32>,

    /// Go on for so long, all requests and modules together.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=86_400))]
    pub(crate) seconds: Option<u32>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// The cluster that the policy may ask for objects [default: none, and every look-up is denied].
#[derive(Debug, Args)]
pub(crate) struct ClusterArgs {
    /// A folder of manifests, of which everything is granted.
    #[arg(long, value_name = "FOLDER", conflicts_with = "kubeconfig")]
    cluster: Option<PathBuf>,

    /// A kubeconfig; everything is granted that its current user may get.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// Do not grant the policy something: the host call `kubernetes/get_resource`, or a kind such as
    /// `v1/ConfigMap`, as if it were not in contextAwareResources. May be given several times.
    #[arg(long, value_name = "WHAT")]
    deny: Vec<Grant>,

    /// Let the API server refuse a kind such as `v1/ConfigMap` to the host itself, as for lack of an
    /// RBAC rule. May be given several times.
    #[arg(long, value_name = "KIND")]
    forbid: Vec<Grant>,

    /// Let each look-up take so many milliseconds longer.
    #[arg(long, value_name = "MILLISECONDS", default_value = "0", value_parser = value_parser!(u64).range(..=60_000))]
    lookup_delay: u64,
}

impl ClusterArgs {
    /// Puts it around a policy.
    pub(crate) fn give(&self, policy: Policy) -> Result<Policy, CommandError> {
        let cluster = match (&self.cluster, &self.kubeconfig) {
            (Some(folder), _) => Cluster::new(Folder::read(folder)?),
            (_, Some(file)) => Cluster::new(Live::of_kubeconfig(file)?),
            (None, None) => return Ok(policy),
        };
        let cluster = self.deny.iter().cloned().fold(cluster, Cluster::denying);
        let cluster = self
            .forbid
            .iter()
            .cloned()
            .fold(cluster, Cluster::forbidding);
        let delay = Duration::from_millis(self.lookup_delay);
        Ok(policy.with_cluster(cluster.with_delay(delay)))
    }
}

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// The policy's module.
    #[arg(long = "policy", value_name = "WASM")]
    pub(crate) path: PathBuf,

    /// The seconds that the policy may take for a request, as policy-server's option.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = value_parser!(u64).range(1..=3600))]
    policy_timeout: u64,
}

impl PolicyArgs {
    pub(crate) fn time_out(&self) -> Duration {
        Duration::from_secs(self.policy_timeout)
    }
}

#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// For people, or for programs: a JSON document on a line of its own for each request.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,

    /// When to use colours. `auto`: on a terminal, unless `NO_COLOR` is set.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    #[default]
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum LogFmt {
    /// As policy-server's `text`.
    #[default]
    Text,
    /// As policy-server's `json`.
    Json,
    /// As policy-server's `otlp`, which is its text in colours.
    ColoredText,
}

impl From<LogFmt> for LogFormat {
    fn from(format: LogFmt) -> Self {
        match format {
            LogFmt::Text => Self::Text,
            LogFmt::Json => Self::Json,
            LogFmt::ColoredText => Self::ColoredText,
        }
    }
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
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
        // Its log is written from many threads.
        Command::Serve(args) => serve::serve(args),
        Command::Run(args) => run::run(&args, &mut out),
        Command::Settings(args) => settings::settings(&args, &mut out),
        Command::Bench(args) => bench::bench(&args, &mut out),
    };
    let done = done.and_then(|verdict| Ok(out.flush().map(|()| verdict)?));
    match done {
        Ok(verdict) => verdict.into(),
        // Whoever read our output has seen enough.
        Err(CommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            anstream::eprintln!("policy-host: {error}");
            commands::UNUSABLE.into()
        }
    }
}
