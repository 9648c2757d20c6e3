//! Look-ups and their answers.

use super::question::Question;

/// A look-up: the question and the answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The question.
    pub question: Question,
    /// The object as JSON, or the host's error message.
    pub answer: Result<String, String>,
}
