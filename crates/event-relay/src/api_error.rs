//! What can come of a request to the API server.

use std::time::Duration;

/// A request that was not answered as hoped.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Too many requests: 429, or 5xx with `Retry-After`.
    #[error("the API server asks to wait {} s", asked.as_secs())]
    Throttled {
        /// What the API server asks for.
        asked: Duration,
        /// The answer was not 429: the request may have been carried out all the same.
        may_be_done: bool,
    },
    /// No answer, or one that says nothing about the request: the connection was lost, a time-out,
    /// 5xx, or credentials that are being renewed. Whether the request was carried out is unknown.
    #[error("the API server can't be reached or can't answer: {0}")]
    Unavailable(String),
    /// Somebody else wrote in between.
    #[error("the object has been changed meanwhile")]
    Conflict,
    /// There is one already.
    #[error("the object exists already")]
    AlreadyExists,
    /// No such object, or for a new object: no such namespace.
    #[error("not found: {0}")]
    NotFound(String),
    /// The namespace is being deleted.
    #[error("the namespace is being deleted")]
    NamespaceTerminating,
    /// The relay lacks a permission. The API server's words name it.
    #[error("not allowed: {0}")]
    Forbidden(String),
    /// The same for the first moments: an API server that has just been started refuses everything
    /// until it has read who may do what.
    #[error("not allowed yet: {0}")]
    NotYetAllowed(String),
    /// A webhook or another admission plugin of the cluster refuses the object. The API server's
    /// words name the plugin.
    #[error("refused by an admission plugin: {0}")]
    Denied(String),
    /// The namespace's `ResourceQuota` has no room for another object.
    #[error("refused by a ResourceQuota: {0}")]
    Quota(String),
    /// The answer to a request for a log is an error text of the kubelet, with status 200.
    #[error("the kubelet gives no log: {0}")]
    NoLog(String),
    /// Anything else that the same request would meet again.
    #[error("refused with {code}: {message}")]
    Refused {
        /// The status.
        code: u16,
        /// The API server's words.
        message: String,
    },
}

impl ApiError {
    /// Whether the same request may go well later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Throttled { .. } | Self::Unavailable(_) | Self::NotYetAllowed(_) | Self::NoLog(_)
        )
    }

    /// Whether the request may have been carried out, although the answer is an error.
    pub fn may_be_done(&self) -> bool {
        match self {
            Self::Throttled { may_be_done, .. } => *may_be_done,
            Self::Unavailable(_) => true,
            _ => false,
        }
    }

    /// Whether what was asked for is there no more, such as the next page of an old list.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Refused { code: 410, .. })
    }

    /// All that [`ApiError::label`] gives for what is not tried again.
    pub const FINAL: [&str; 8] = [
        "conflict",
        "already_exists",
        "not_found",
        "namespace_terminating",
        "forbidden",
        "denied",
        "quota",
        "refused",
    ];

    /// The cause, as a metric's label.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Throttled { .. } => "throttled",
            Self::Unavailable(_) => "unavailable",
            Self::Conflict => "conflict",
            Self::AlreadyExists => "already_exists",
            Self::NotFound(_) => "not_found",
            Self::NamespaceTerminating => "namespace_terminating",
            Self::Forbidden(_) => "forbidden",
            Self::NotYetAllowed(_) => "not_yet_allowed",
            Self::Denied(_) => "denied",
            Self::Quota(_) => "quota",
            Self::NoLog(_) => "no_log",
            Self::Refused { .. } => "refused",
        }
    }
}
