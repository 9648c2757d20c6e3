//! Pods, and rules that collide with them.

mod draw;
mod pod;
mod repair;
mod rule;
mod settle;
mod vary;
pub(crate) mod vocabulary;
mod walk;

use serde_json::Value;

use self::draw::Draw;

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
}

impl Pair {
    /// Whether it takes a real create to tell whether the pod can be stored.
    pub fn is_large(&self) -> bool {
        self.pod.to_string().len() > pod::NEARLY_STORED
    }
}

/// Rules that were drawn for a pair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Those that the check of the settings had nothing against.
    pub valid: usize,
    /// Those from which the parts were taken that it refused.
    pub repaired: usize,
    /// Those of which nothing was left.
    pub discarded: usize,
}

/// The pair of this number in the run of this seed.
pub fn pair(seed: u64, number: u64) -> Pair {
    let mut draw = Draw::new(seed, number);
    let pod = pod::pod(&mut draw);
    let (settings, drawn) = rule::settings(&pod, &mut draw);
    Pair {
        seed,
        number,
        pod,
        settings,
        drawn,
    }
}

#[cfg(test)]
mod tests;
