//! Look-ups and their answers.

use super::question::Question;

/// A look-up: what was asked for, and what the host answered.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What was asked for.
    pub question: Question,
    /// The object as JSON, or what the host said.
    pub answer: Result<String, String>,
}
