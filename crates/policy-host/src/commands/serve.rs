//! `policy-host serve`.

use std::{io, sync::Arc};

use tokio::signal;

use super::{CommandError, Outcome, Verdict, check_settings, load, read_settings};
use crate::{
    cli::ServeArgs,
    serve::{Bound, Log, Options, Tls, runtime},
};

/// Serves until a signal says that it is enough.
pub(crate) fn serve(args: ServeArgs) -> Outcome {
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
        // Before anyone is told that the server is there.
        let enough = enough()?;
        anstream::eprintln!("policy-host: serving {}", bound.url());
        if let Some(addr) = bound.readiness_addr() {
            anstream::eprintln!("policy-host: readiness probe http://{addr}/readiness");
        }
        Ok::<_, CommandError>(bound.run(enough).await?)
    })?;
    Ok(Verdict::Good)
}

/// A future that ends with SIGTERM or Ctrl-C.
#[cfg(unix)]
fn enough() -> io::Result<impl Future<Output = ()>> {
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
fn enough() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without the signal, only killing it is left.
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
