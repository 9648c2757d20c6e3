//! Why a value is invalid.

use super::cause::Cause;
use crate::names::NameError;
use crate::quantity::NotKept;

/// Why a value is invalid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Invalid {
    /// The value does not have the syntax of its kind of name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The number is out of range.
    #[error("must be a number from {0} to {1}")]
    Range(i64, i64),
    /// The number is too low.
    #[error("must be at least {0}")]
    AtLeast(i64),
    /// The value is invalid in every pod, for this reason.
    #[error("{0}")]
    Rule(&'static str),
    /// The value contradicts another part of the pod.
    #[error(transparent)]
    Relation(#[from] Cause),
    /// A resource contradicts another part of the pod.
    #[error("{}", .0.of_resource(.1))]
    Resource(Cause, String),
    /// The API server would store another value.
    #[error(transparent)]
    NotKept(#[from] NotKept),
}

impl Invalid {
    /// What the API server would do to the field. Messages say it before the reason.
    pub fn verdict(&self) -> &'static str {
        match self {
            Self::Relation(cause) if cause.is_restored() => "would come back",
            _ => "would be invalid",
        }
    }
}

/// Takes the problems of an object: the field, which is empty for the whole object, and why it is
/// invalid.
pub type Report<'r> = dyn FnMut(&'static str, Invalid) + 'r;

/// Returns `invalid` unless the condition holds.
pub(super) fn ensure(holds: bool, invalid: Invalid) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(invalid) }
}
