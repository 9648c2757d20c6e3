//! SIGTERM and SIGINT.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use crate::stop::Stopper;

/// Listens for them. The future says stop when one comes, and never ends.
///
/// # Errors
///
/// The process can't have handlers of signals.
pub(super) fn listen(stopper: Stopper) -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
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
