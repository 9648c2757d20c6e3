//! What came of all pairs of a run, in numbers.

use std::{collections::BTreeMap, fmt};

use kubernetes_pod::validation::Cause;

use crate::{
    Seen,
    generate::Drawn,
    judge::{Breach, Judgement},
    round_trip::RoundTrip,
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
    /// Pods that it takes without the policy and not with it.
    pub lost: usize,
    /// Requests on which the policy erred, trapped, rejected, or misused its host.
    pub misbehaved: usize,
    /// Rules that the policy was asked to apply to pods that are accepted alone.
    pub rules: usize,
    /// Those that it applied.
    pub applied: usize,
    /// Those that it did not, by reason.
    pub reasons: BTreeMap<String, usize>,
    /// Those that would have made the pod invalid, by what the API server would have refused.
    pub invariants: BTreeMap<Cause, usize>,
    /// The same, of anything else.
    pub other_invariants: usize,
    /// Rules of the generator that the check of the settings had something against.
    pub drawn: Drawn,
    /// Round trips, by what came of them.
    pub round_trips: RoundTrips,
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

impl Summary {
    /// The invariants that hit fewer rules than this, on a pod or in the check of the settings.
    pub fn seldom(&self, times: usize) -> Vec<&'static str> {
        let hits = |cause: &Cause| self.on_pods(*cause) + self.in_settings(*cause);
        let causes = Cause::ALL.iter().filter(|cause| hits(cause) < times);
        causes.map(|cause| cause.name()).collect()
    }

    fn on_pods(&self, cause: Cause) -> usize {
        self.invariants.get(&cause).copied().unwrap_or_default()
    }

    fn in_settings(&self, cause: Cause) -> usize {
        self.drawn.causes.get(&cause).copied().unwrap_or_default()
    }

    pub(crate) fn add(&mut self, drawn: &Drawn, rules: usize, judgement: &Judgement) {
        self.pairs += 1;
        self.drawn.merge(drawn);
        let (alone, injected) = (
            judgement.alone.is_accepted(),
            judgement.injected.is_accepted(),
        );
        self.accepted_alone += usize::from(alone);
        self.mended += usize::from(!alone && injected);
        match judgement.breach() {
            Some(Breach::Lost(_)) => self.lost += 1,
            Some(Breach::Misbehaved(_)) => self.misbehaved += 1,
            _ => {}
        }
        if let (Some(seen), true) = (&judgement.seen, alone) {
            self.rules += rules;
            self.add_rules(seen);
        }
        match &judgement.round_trip {
            None => {}
            Some(RoundTrip::Kept) => self.round_trips.kept += 1,
            Some(RoundTrip::Broken(_)) => self.round_trips.broken += 1,
            Some(RoundTrip::NotPromised) => self.round_trips.not_promised += 1,
            Some(RoundTrip::Refused) => self.round_trips.refused += 1,
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.accepted_alone += other.accepted_alone;
        self.mended += other.mended;
        self.lost += other.lost;
        self.misbehaved += other.misbehaved;
        self.rules += other.rules;
        self.applied += other.applied;
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        for (cause, count) in other.invariants {
            *self.invariants.entry(cause).or_default() += count;
        }
        self.other_invariants += other.other_invariants;
        self.drawn.merge(&other.drawn);
        self.round_trips.kept += other.round_trips.kept;
        self.round_trips.broken += other.round_trips.broken;
        self.round_trips.not_promised += other.round_trips.not_promised;
        self.round_trips.refused += other.round_trips.refused;
    }

    fn add_rules(&mut self, seen: &Seen) {
        self.applied += seen.applied.len();
        for failed in &seen.failed {
            *self.reasons.entry(failed.reason.clone()).or_default() += 1;
            if failed.reason == "InjectionInvalid" {
                match Cause::of_message(&failed.message) {
                    Some(cause) => *self.invariants.entry(cause).or_default() += 1,
                    None => self.other_invariants += 1,
                }
            }
        }
    }

    fn failed(&self) -> usize {
        self.reasons.values().sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = self.pairs - self.accepted_alone;
        let untouched = self.rules - self.applied - self.failed();
        writeln!(f, "pods {:>34}", self.pairs)?;
        line(
            f,
            "accepted without the policy",
            self.accepted_alone,
            self.pairs,
        )?;
        line(f, "refused without the policy", refused, self.pairs)?;
        line(f, "accepted only with the policy", self.mended, self.pairs)?;
        line(f, "lost: refused with the policy", self.lost, self.pairs)?;
        line(f, "policy misbehaved", self.misbehaved, self.pairs)?;
        writeln!(f, "rules, on accepted pods {:>15}", self.rules)?;
        line(f, "applied", self.applied, self.rules)?;
        line(f, "not matching or opted out", untouched, self.rules)?;
        line(f, "failed", self.failed(), self.rules)?;
        for (reason, count) in &self.reasons {
            line(f, &format!("  {reason}"), *count, self.rules)?;
        }
        writeln!(
            f,
            "{:<33} {:>5} {:>12}",
            "invalid by", "pods", "in settings"
        )?;
        for cause in Cause::ALL {
            let (on_pods, in_settings) = (self.on_pods(*cause), self.in_settings(*cause));
            writeln!(f, "  {:<31} {on_pods:>5} {in_settings:>12}", cause.name())?;
        }
        writeln!(f, "  {:<31} {:>5}", "values", self.other_invariants)?;
        let Drawn {
            valid,
            repaired,
            discarded,
            ..
        } = self.drawn;
        let drawn = valid + repaired + discarded;
        writeln!(f, "rules drawn {drawn:>27}")?;
        line(f, "valid", valid, drawn)?;
        line(f, "repaired: partly refused", repaired, drawn)?;
        line(f, "discarded: refused", discarded, drawn)?;
        let RoundTrips {
            kept,
            broken,
            not_promised,
            refused,
        } = self.round_trips;
        let trips = kept + broken + not_promised + refused;
        writeln!(f, "round trips {trips:>27}")?;
        line(f, "came back as it was", kept, trips)?;
        line(f, "broken", broken, trips)?;
        line(f, "nothing promised", not_promised, trips)?;
        line(f, "refused without the policy", refused, trips)
    }
}

fn line(f: &mut fmt::Formatter<'_>, what: &str, count: usize, all: usize) -> fmt::Result {
    let thousandths = count * 1000 / all.max(1);
    let (percent, tenths) = (thousandths / 10, thousandths % 10);
    writeln!(f, "  {what:<31} {count:>5}  {percent:>3}.{tenths} %")
}
