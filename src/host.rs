//! The seam to the host: everything that the policy gets or gives besides its payload and answer.

use std::time::{SystemTime, UNIX_EPOCH};

use event_record::HOST_CALL;

/// What the policy asks of its host.
pub trait Host {
    /// Hands an Event record to the host's log.
    ///
    /// # Errors
    /// The host refused it.
    fn log(&self, record: &[u8]) -> Result<(), HostError>;

    /// The time, in seconds since 1970.
    fn now(&self) -> i64;
}

/// The host did not take a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy's host did not take the record")]
pub struct HostError;

/// The Kubewarden host that runs this module.
#[derive(Debug, Clone, Copy)]
pub struct Kubewarden;

impl Host for Kubewarden {
    fn log(&self, record: &[u8]) -> Result<(), HostError> {
        let (binding, namespace, operation) = HOST_CALL;
        wapc_guest::host_call(binding, namespace, operation, record)
            .map(drop)
            .map_err(|_| HostError)
    }

    fn now(&self) -> i64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_secs()).ok())
            .unwrap_or_default()
    }
}
