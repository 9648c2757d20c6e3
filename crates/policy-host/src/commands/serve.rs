//! `policy-host serve`.

use std::{io, net::IpAddr, path::PathBuf, sync::Arc};

use clap::{Args, ValueEnum};
use tokio::signal;

use super::{
    args::PolicyArgs,
    cluster_args::ClusterArgs,
    inputs::{check_settings, load, read_settings},
    result::{CommandError, CommandResult, Verdict},
};
use crate::serve::{Bound, Log, LogFormat, LogLevel, Options, Tls, runtime};

/// Serve a policy as an admission webhook that a kube-apiserver can call.
///
/// It answers `POST /validate/NAME` as policy-server does, and writes policy-server's log lines to
/// standard output. It prints its address on standard error once it listens. SIGTERM and Ctrl-C end
/// it after the requests that are being answered.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    policy: PolicyArgs,

    /// The policy's settings, in YAML or JSON [default: none].
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,

    #[command(flatten)]
    cluster: ClusterArgs,

    /// The policy's name, in the path and in the log.
    #[arg(long, value_name = "NAME", default_value = "clusterwide-pod-injector")]
    name: String,

    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    addr: IpAddr,

    /// The port to listen on. 0: a free one.
    #[arg(long, value_name = "PORT", default_value = "3000")]
    port: u16,

    /// The server's certificate, in PEM format [default: none, and plain HTTP].
    #[arg(long, value_name = "FILE", requires = "key_file")]
    cert_file: Option<PathBuf>,

    /// The certificate's private key, in PEM format.
    #[arg(long, value_name = "FILE", requires = "cert_file")]
    key_file: Option<PathBuf>,

    /// Answer `GET /readiness` on this port, by plain HTTP. 0: a free one [default: none].
    #[arg(long, value_name = "PORT")]
    readiness_probe_port: Option<u16>,

    /// The log's format.
    #[arg(long, value_enum, default_value_t)]
    log_fmt: LogFmt,

    /// The least important lines in the log: trace, debug, info, warn or error.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: LogLevel,
}

/// The format of the log.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum LogFmt {
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

/// Serves until SIGTERM or Ctrl-C.
pub(crate) fn serve(args: ServeArgs) -> CommandResult {
    let settings = read_settings(args.settings.as_deref())?;
    let tls = match (&args.cert_file, &args.key_file) {
        (Some(certificate), Some(key)) => Some(Tls::load(certificate, key)?),
        _ => None,
    };
    let policy = args.cluster.give(load(&args.policy)?)?;
    check_settings(&policy, &settings, args.settings.as_deref())?;
    let bound = Bound::new(Options {
        addr: (args.addr, args.port).into(),
        tls,
        readiness: args
            .readiness_probe_port
            .map(|port| (args.addr, port).into()),
        ..Options::new(
            args.name,
            Arc::new(policy),
            settings,
            Log::new(args.log_fmt.into(), io::stdout()).with_level(args.log_level),
        )
    })?;
    runtime()?.block_on(async {
        // Signals are caught before the address is printed.
        let stop = stop_signal()?;
        anstream::eprintln!("policy-host: serving {}", bound.url());
        if let Some(addr) = bound.readiness_addr() {
            anstream::eprintln!("policy-host: readiness probe http://{addr}/readiness");
        }
        Ok::<_, CommandError>(bound.run(stop).await?)
    })?;
    Ok(Verdict::Good)
}

/// A future that ends with SIGTERM or Ctrl-C.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// A future that ends with Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a signal handler, only killing the process ends it.
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
