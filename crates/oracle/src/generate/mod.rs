//! Pods, and rules that collide with them.

mod disturb;
mod draw;
mod pod;
mod recipes;
mod repair;
mod rule;
mod settle;
mod surround;
mod vary;
pub(crate) mod vocabulary;
mod walk;

use std::collections::BTreeMap;

use kubernetes_pod::validation::Cause;
use serde_json::Value;

pub(crate) use self::disturb::UNKNOWN_FIELD;
use self::draw::Draw;
pub use self::surround::{Level, Surroundings};

/// A pod, and settings that the policy accepts.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// What all pairs of a run are drawn from.
    pub seed: u64,
    /// The pair's number in the run. Seed and number make the same pair again.
    pub number: u64,
    /// The pod's manifest, as its author writes it.
    pub pod: Value,
    /// The policy's settings.
    pub settings: Value,
    /// What became of the rules that were drawn.
    pub drawn: Drawn,
    /// Where the rules and the pod are.
    pub surroundings: Surroundings,
}

impl Pair {
    /// Whether it takes a real create to tell whether the pod can be stored.
    pub fn is_large(&self) -> bool {
        self.pod.to_string().len() > pod::NEARLY_STORED
    }
}

/// Rules that were drawn for a pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Those that the check of the settings had nothing against.
    pub valid: usize,
    /// Those from which the parts were taken that it refused.
    pub repaired: usize,
    /// Those of which nothing was left.
    pub discarded: usize,
    /// What it had against them, where that is an invariant of pods.
    pub causes: BTreeMap<Cause, usize>,
}

impl Drawn {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.valid += other.valid;
        self.repaired += other.repaired;
        self.discarded += other.discarded;
        for (cause, count) in &other.causes {
            *self.causes.entry(*cause).or_default() += count;
        }
    }
}

/// How many pairs of a hundred have a recipe laid over them.
const RECIPES: u32 = 45;

/// The pair of this number in the run of this seed.
pub fn pair(seed: u64, number: u64) -> Pair {
    let mut draw = Draw::new(seed, number);
    let recipe = draw.chance(RECIPES).then(|| draw.item(&recipes::RECIPES));
    let mut pod = pod::pod(recipe, &mut draw);
    let (mut settings, drawn) = rule::settings(&pod, recipe, &mut draw);
    let surroundings = surround::surround(&mut pod, &mut settings, seed, number);
    Pair {
        seed,
        number,
        pod,
        settings,
        drawn,
        surroundings,
    }
}

#[cfg(test)]
mod tests;
