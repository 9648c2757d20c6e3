//! What came of all pairs of a run, in numbers. See [`Summary`].

use std::collections::BTreeMap;

use generator::{Drawn, Pair};
use kubernetes_pod::validation::Cause;

use crate::{
    coverage::{Causes, Coverage, Where},
    judgement::{Control, Judgement, RoundTrip},
    seen::Seen,
};

/// Counts of a run.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Pairs judged.
    pub pairs: usize,
    /// Pods that the API server takes without the policy.
    pub accepted_alone: usize,
    /// Pods that it takes only with the policy.
    pub mended: usize,
    /// Pods that were stored with the policy's changes and compared.
    pub stored: usize,
    /// Pods that a namespace's limits refuse with the policy, under rules without `checkLimits`.
    pub over_limits: usize,
    /// Pairs for which the policy had too little time at each try.
    pub late: usize,
    /// Broken promises, by name.
    pub breaches: BTreeMap<&'static str, usize>,
    /// Rules that the policy was asked to apply to pods that are accepted alone.
    pub rules: usize,
    /// Those that it applied.
    pub applied: usize,
    /// Those that failed, by reason.
    pub reasons: BTreeMap<String, usize>,
    /// Those that would have made the pod invalid, by what the API server would have refused.
    pub causes: Causes,
    /// Those that would have made the pod invalid by anything else.
    pub other_invariants: usize,
    /// What the policy changed in stored pods.
    pub coverage: Coverage,
    /// What was drawn.
    pub drawn: Drawn,
    /// Round trips, by what came of them.
    pub round_trips: RoundTrips,
    /// Pods of a `ReplicaSet`.
    pub controlled: Controlled,
}

/// Counts of round trips.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct RoundTrips {
    /// The pod came back as it was.
    pub kept: usize,
    /// It did not.
    pub broken: usize,
    /// Nothing is promised for the rules.
    pub not_promised: usize,
    /// The API server does not take the pod again, policy or not.
    pub refused: usize,
}

/// Counts of pods of a `ReplicaSet`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Controlled {
    /// The controller made them.
    pub made: usize,
    /// The API server does not take the `ReplicaSet`, policy or not.
    pub refused: usize,
}

impl Summary {
    /// How often this promise was broken.
    pub fn broken(&self, name: &str) -> usize {
        self.breaches.get(name).copied().unwrap_or_default()
    }

    /// The causes that were met fewer times than this, alone or together with another one.
    pub fn seldom(&self, times: usize) -> Vec<(&'static str, &'static str)> {
        let mut seldom = Vec::new();
        for cause in Cause::ALL {
            let met = self.causes.of(*cause);
            if met.alone < times {
                seldom.push((cause.name(), "alone"));
            }
            if met.together < times {
                seldom.push((cause.name(), "together"));
            }
        }
        seldom
    }

    pub(crate) fn add(&mut self, pair: &Pair, judgement: &Judgement) {
        self.pairs += 1;
        self.drawn.merge(&pair.drawn);
        for (cause, count) in &pair.drawn.causes {
            let together = pair.drawn.two_causes;
            self.causes.add(*cause, Where::InSettings, together, *count);
        }
        let (alone, injected) = (
            judgement.alone.is_accepted(),
            judgement.injected.is_accepted(),
        );
        self.accepted_alone += usize::from(alone);
        self.mended += usize::from(!alone && injected);
        self.over_limits += usize::from(judgement.over_limits);
        self.late += usize::from(judgement.is_late);
        if let Some(breach) = judgement.breach() {
            *self.breaches.entry(breach.name()).or_default() += 1;
        }
        if let (Some(seen), true) = (&judgement.seen, alone) {
            self.rules += pair.rules().len();
            self.add_rules(seen, pair.drawn.two_causes);
            if judgement.stored().is_some() {
                self.stored += 1;
                self.coverage.add(seen.object(), &seen.pod);
            }
        }
        match &judgement.round_trip {
            None => {}
            Some(RoundTrip::Kept) => self.round_trips.kept += 1,
            Some(RoundTrip::Broken(_)) if judgement.is_late => {}
            Some(RoundTrip::Broken(_)) => self.round_trips.broken += 1,
            Some(RoundTrip::NotPromised) => self.round_trips.not_promised += 1,
            Some(RoundTrip::Refused) => self.round_trips.refused += 1,
        }
        match judgement.control {
            None => {}
            Some(Control::Owned) => self.controlled.made += 1,
            Some(Control::Refused) => self.controlled.refused += 1,
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.accepted_alone += other.accepted_alone;
        self.mended += other.mended;
        self.stored += other.stored;
        self.over_limits += other.over_limits;
        self.late += other.late;
        self.rules += other.rules;
        self.applied += other.applied;
        for (name, count) in other.breaches {
            *self.breaches.entry(name).or_default() += count;
        }
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        self.causes.merge(other.causes);
        self.other_invariants += other.other_invariants;
        self.coverage.merge(other.coverage);
        self.drawn.merge(&other.drawn);
        self.round_trips.kept += other.round_trips.kept;
        self.round_trips.broken += other.round_trips.broken;
        self.round_trips.not_promised += other.round_trips.not_promised;
        self.round_trips.refused += other.round_trips.refused;
        self.controlled.made += other.controlled.made;
        self.controlled.refused += other.controlled.refused;
    }

    fn add_rules(&mut self, seen: &Seen, together: bool) {
        self.applied += seen.applied.len();
        for failed in &seen.failed {
            *self.reasons.entry(failed.reason.clone()).or_default() += 1;
            if failed.reason == "InjectionInvalid" {
                match Cause::of_message(&failed.message) {
                    Some(cause) => self.causes.add(cause, Where::OnPod, together, 1),
                    None => self.other_invariants += 1,
                }
            }
        }
    }

    /// Rules that failed.
    pub(crate) fn failed(&self) -> usize {
        self.reasons.values().sum()
    }
}
