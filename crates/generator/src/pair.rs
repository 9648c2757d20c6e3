//! A pod and the rules that it meets.

use serde_json::Value;

use super::drawn::Drawn;
use super::surround::Surroundings;

/// More bytes of JSON than this, and a rule may make the pod too large. The store takes 1.5 MiB.
pub(crate) const NEARLY_STORED: usize = 1400 * 1024;

/// A pod, and settings that the policy accepts.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// What all pairs of a run are drawn from.
    pub seed: u64,
    /// The pair's number in the run. Seed and number make the same pair again.
    pub number: u64,
    /// The pod's manifest, as its author writes it.
    pub pod: Value,
    /// The policy's settings. They hold all rules, wherever the policy reads them from.
    pub settings: Value,
    /// What was drawn.
    pub drawn: Drawn,
    /// Where the pod and its rules are.
    pub surroundings: Surroundings,
}

impl Pair {
    /// Whether a rule may make the pod too large to be stored.
    pub fn is_large(&self) -> bool {
        self.pod.to_string().len() > NEARLY_STORED
    }

    /// The rules, in the order in which they are applied.
    pub fn rules(&self) -> &[Value] {
        self.settings["rules"]
            .as_array()
            .map_or(&[], |rules| rules.as_slice())
    }
}
