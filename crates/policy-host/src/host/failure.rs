//! The failures of a policy. See [`Failure`].

use thiserror::Error;

/// Why the host has no usable answer of a policy. The API server gets a rejection with code 500.
/// The messages are those of policy-server.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// The module's initialization failed. policy-server answers with an HTTP error, and the
    /// webhook's `failurePolicy` decides; this host reports a rejection.
    #[error("internal server error: {0}")]
    Instantiation(String),

    /// The policy was interrupted.
    #[error("Policy execution interrupted because it exceeded the allowed execution time")]
    TimedOut,

    /// The policy returned a waPC error, panicked or trapped.
    #[error("internal server error: {0}")]
    Guest(String),

    /// The policy's answer can't be read.
    #[error("internal server error: invalid response from policy: {0}")]
    UnreadableAnswer(String),
}

/// The runtime's message for an interrupted call or initialization.
const INTERRUPTED: &str = "interrupted, execution deadline exceeded";

impl Failure {
    pub(crate) fn instantiation(error: &impl ToString) -> Self {
        Self::timed_out(&error.to_string())
            .unwrap_or_else(|| Self::Instantiation(error.to_string()))
    }

    pub(crate) fn guest(error: &impl ToString) -> Self {
        Self::timed_out(&error.to_string()).unwrap_or_else(|| Self::Guest(error.to_string()))
    }

    fn timed_out(error: &str) -> Option<Self> {
        error.contains(INTERRUPTED).then_some(Self::TimedOut)
    }
}
