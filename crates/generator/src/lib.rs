//! Random pods, and rules that collide with them. See [`pair`](pair()).
//!
//! A pair of a pod and its rules is made from a seed and a number, which make the pair again. There
//! is no Kubernetes client in this crate: the oracle takes pairs to a real API server, and the fuzz
//! targets take them to the policy's logic alone.

mod aim;
mod disturb;
mod draw;
mod drawn;
mod ground;
mod lay_out;
pub mod objects;
mod pair;
mod plan;
mod pod;
mod recipes;
mod repair;
mod rule;
mod scenarios;
mod settle;
mod spelling;
mod surround;
mod vary;
mod vocabulary;
mod walk;
mod written;

pub use self::disturb::UNKNOWN_FIELD;
use self::draw::Draw;
pub use self::drawn::{Drawn, Marked};
pub use self::ground::{Ground, Level, replica_set_name, selected_labels};
use self::lay_out::{CAUSE_BEFORE, TWO_CAUSES};
pub use self::pair::Pair;
pub use self::recipes::TOKEN_PATH;
use self::spelling::MARKS;
pub use self::spelling::Spelling;
pub use self::surround::Surroundings;
pub use self::vocabulary::{RUNTIME_CLASS, RUNTIME_NODES};
pub use self::walk::{Part, may_set};
pub use self::written::Written;

/// The pair of this number in the run of this seed.
pub fn pair(seed: u64, number: u64) -> Pair {
    let mut draw = Draw::new(seed, number);
    let plan = lay_out::lay_out(number, &mut draw);
    let mut pod = pod::pod(&plan, &mut draw);
    let (mut settings, mut drawn) = rule::settings(&pod, &plan, &mut draw);
    plan.count(&mut drawn);
    let numbers = (seed, number);
    let surroundings = surround::surround(&mut pod, &mut settings, &plan, &mut drawn, numbers);
    Pair {
        seed,
        number,
        pod,
        settings,
        drawn,
        surroundings,
    }
}

/// The names of all that is laid over pairs on purpose.
pub fn marks() -> Vec<&'static str> {
    let grounds = Ground::ALL.iter().filter_map(|ground| ground.mark());
    let scenarios = scenarios::SCENARIOS.iter().map(|scenario| scenario.name);
    [TWO_CAUSES, CAUSE_BEFORE]
        .into_iter()
        .chain(grounds)
        .chain(scenarios)
        .chain(MARKS)
        .collect()
}

#[cfg(test)]
mod tests;
