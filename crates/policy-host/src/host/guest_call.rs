//! The result of one call into a policy.

use std::time::Duration;

use super::{failure::Failure, log::LogRecord};
use crate::cluster::Exchange;

/// The result of calling one of a policy's functions.
#[derive(Debug)]
pub struct Call {
    /// The bytes of the answer.
    pub answer: Result<Vec<u8>, Failure>,
    /// The log records that the policy wrote.
    pub logs: Vec<LogRecord>,
    /// Denied and failed host calls, and unreadable log records.
    pub host_errors: Vec<String>,
    /// The objects that the policy looked up.
    pub lookups: Vec<Exchange>,
    /// The time it took to make the instance.
    pub instantiate: Duration,
    /// The time that the policy itself took.
    pub guest: Duration,
}
