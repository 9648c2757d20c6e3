//! Standard input.

use std::io::{ErrorKind, Read};

use tracing::warn;

use super::intake::{Intake, Reader};
use crate::report::Report;

/// Read at once, in bytes.
const CHUNK: usize = 256 << 10;

/// What to do when reports come faster than Events can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressure {
    /// Stop reading. Whoever writes our input waits.
    Wait,
    /// Go on reading and drop reports: what writes our input is a policy-server, and if it waits,
    /// so do the pods that it is asked about.
    Drop,
}

/// Reads standard input to its end, on this thread.
///
/// # Errors
///
/// Standard input can't be read.
pub fn read(intake: &Intake, host: &str, pressure: Pressure) -> std::io::Result<()> {
    let mut reader = Reader::new(intake.clone(), format!("stdin@{host}"), false);
    let mut input = std::io::stdin().lock();
    let mut chunk = vec![0; CHUNK];
    loop {
        let reports = match input.read(&mut chunk) {
            Ok(0) => {
                send(intake, reader.finish(), pressure);
                return Ok(());
            }
            Ok(length) => reader.read(&chunk[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if !send(intake, reports, pressure) {
            return Ok(());
        }
    }
}

/// Whether anybody is still there to take reports.
fn send(intake: &Intake, reports: Vec<Report>, pressure: Pressure) -> bool {
    let mut dropped = 0;
    for report in reports {
        match pressure {
            Pressure::Wait => {
                if intake.reports.blocking_send(report).is_err() {
                    return false;
                }
            }
            Pressure::Drop => {
                if intake.progress.open().1 > crate::progress::HELD
                    || intake.reports.try_send(report).is_err()
                {
                    dropped += 1;
                }
            }
        }
    }
    if dropped > 0 {
        intake.metrics.dropped("queue_full", dropped);
        warn!(
            records = dropped,
            "records dropped: they come faster than Events can be written"
        );
    }
    !intake.reports.is_closed()
}
