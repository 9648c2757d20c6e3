//! Broken promises.

/// A promise that an answer breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The answer is not JSON, or has another shape than an answer.
    #[error("the answer has no answer's shape: {0}")]
    Shape(String),
    /// The pod is rejected, and no rule wants it so.
    #[error("the pod is rejected: {0}")]
    Rejected(String),
    /// The host could read the request, and can't read the answer.
    #[error("the host can't read the answer: {0}")]
    Unreadable(String),
    /// An object is changed that the policy has no business with.
    #[error("the object is changed, and is {0}")]
    Meddled(&'static str),
    /// The host's patch can't be applied, or does not make the mutated pod.
    #[error("the patch {0}")]
    Patch(String),
    /// A warning is longer than the API server takes, or has control characters.
    #[error("warning {0:?}")]
    Warning(String),
    /// A record has not the shape of one, or is not the failure's that the answer tells of.
    #[error("record: {0}")]
    Record(String),
    /// The stamp is not the one of this admission.
    #[error("stamp: {0}")]
    Stamp(String),
    /// A value is in a text that people read.
    #[error("a value is in the text {0}")]
    Leak(String),
}
