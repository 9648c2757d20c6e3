//! The interface to the host: everything besides the payload and the answer.

use std::time::Duration;

/// The host's functions that the policy uses.
pub trait Host {
    /// Hands an Event record to the host's log.
    ///
    /// # Errors
    /// Returns `HostError` if the host refuses the record.
    fn log(&self, record: &[u8]) -> Result<(), HostError>;

    /// The current time in seconds since 1970.
    fn now(&self) -> i64;

    /// The time since the request arrived.
    fn elapsed(&self) -> Duration;
}

/// A host that looks up objects in the call itself. In the module, only `guest.rs` may look up
/// objects; see [`crate::admission::session`].
pub trait Cluster: Host {
    /// Looks up an object.
    ///
    /// # Errors
    /// Returns the host's message if it does not return the object.
    fn get_resource(&self, question: &[u8]) -> Result<Vec<u8>, String>;
}

/// The host refused a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy's host did not take the record")]
pub struct HostError;

/// The host call that looks up an object: binding, namespace and operation.
pub const GET_RESOURCE: (&str, &str, &str) = ("kubewarden", "kubernetes", "get_resource");
