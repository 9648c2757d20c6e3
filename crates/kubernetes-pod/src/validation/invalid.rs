//! What can be wrong with a value.

use super::cause::Cause;
use crate::names::NameError;
use crate::quantity::NotKept;

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Invalid {
    /// It is not the name that it has to be.
    #[error(transparent)]
    Name(#[from] NameError),
    /// It is out of range.
    #[error("must be a number from {0} to {1}")]
    Range(i64, i64),
    /// It is too low.
    #[error("must be at least {0}")]
    AtLeast(i64),
    /// It breaks another rule, in every pod.
    #[error("{0}")]
    Rule(&'static str),
    /// It does not go with other parts of the pod.
    #[error(transparent)]
    Relation(#[from] Cause),
    /// A resource does not go with other parts of the pod.
    #[error("{}", .0.of_resource(.1))]
    Resource(Cause, String),
    /// The API server would store another value.
    #[error(transparent)]
    NotKept(#[from] NotKept),
}

impl Invalid {
    /// What becomes of the field, as messages say it before the cause.
    pub fn verdict(&self) -> &'static str {
        match self {
            Self::Relation(cause) if cause.is_undone() => "would come back",
            _ => "would be invalid",
        }
    }
}

/// Where problems of an object go: the field, or an empty name for the whole object, and what is
/// wrong there.
pub type Report<'r> = dyn FnMut(&'static str, Invalid) + 'r;

/// `invalid` where a rule does not hold.
pub(super) fn ensure(holds: bool, invalid: Invalid) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(invalid) }
}
