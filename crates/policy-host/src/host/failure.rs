//! The ways in which a policy can fail its host.

use thiserror::Error;

/// Why there is no answer of the policy that the host could use. To the API server each of these
/// is a rejection with code 500. The texts are the host's, since users and logs meet those.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// The module's initialization failed. policy-server answers with an HTTP error here, and what
    /// becomes of the request is up to the webhook's `failurePolicy`; this host says rejected.
    #[error("internal server error: {0}")]
    Instantiation(String),

    /// The policy was interrupted.
    #[error("Policy execution interrupted because it exceeded the allowed execution time")]
    TimedOut,

    /// The policy returned a waPC error, panicked or trapped.
    #[error("internal server error: {0}")]
    Guest(String),

    /// The policy's answer is not what a policy answers.
    #[error("internal server error: invalid response from policy: {0}")]
    UnreadableAnswer(String),
}

/// By these words alone the runtime tells that it interrupted a call, or an initialization.
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
