//! What a pair is laid out to try. See [`Plan`].

use serde_json::Value;

use super::drawn::Drawn;
use super::scenarios::Need;

/// What is laid over a pair that is otherwise drawn at random.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Laid over the pod in this order: `metadata`, `spec` and, for its first container,
    /// `container`.
    pub(crate) pods: Vec<Value>,
    /// The rules, which come before all others.
    pub(crate) rules: Vec<Value>,
    /// Whether the rules name fields that the policy's build does not know.
    pub(crate) unknown_fields: bool,
    /// What has to be around the pair.
    pub(crate) need: Need,
    /// What the pair counts for.
    pub(crate) marks: Vec<&'static str>,
    /// The causes that the rules are made to meet.
    pub(crate) causes: usize,
    /// Whether the pod is drawn at random, or as plain as it can be.
    pub(crate) is_plain: bool,
}

impl Plan {
    /// Counts the pair for what it is laid out to try.
    pub(crate) fn count(&self, drawn: &mut Drawn) {
        drawn.two_causes = self.causes > 1;
        for mark in &self.marks {
            drawn.mark(mark);
        }
    }
}
