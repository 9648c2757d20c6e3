//! The seam to the host: everything that the policy gets or gives besides its payload and answer.

use std::time::Duration;

/// What the policy asks of its host.
pub trait Host {
    /// Hands an Event record to the host's log.
    ///
    /// # Errors
    /// The host refused it.
    fn log(&self, record: &[u8]) -> Result<(), HostError>;

    /// The time, in seconds since 1970.
    fn now(&self) -> i64;

    /// The time since the request came in.
    fn elapsed(&self) -> Duration;
}

/// A host that can be asked for objects of the cluster in the middle of things. The real one is
/// asked at the top only, see [`crate::admission::session`].
pub trait Cluster: Host {
    /// Looks up an object.
    ///
    /// # Errors
    /// The host's words for why there is none.
    fn get_resource(&self, question: &[u8]) -> Result<Vec<u8>, String>;
}

/// The host did not take a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy's host did not take the record")]
pub struct HostError;

/// The host call that looks up an object: binding, namespace and operation.
pub const GET_RESOURCE: (&str, &str, &str) = ("kubewarden", "kubernetes", "get_resource");
