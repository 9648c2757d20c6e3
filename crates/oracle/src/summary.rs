//! What came of all pairs of a run, in numbers.

use std::{collections::BTreeMap, fmt};

use pod_injector::invariants::Cause;

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
    pub invariants: BTreeMap<&'static str, usize>,
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
    /// The invariants that hit fewer rules than this.
    pub fn seldom(&self, times: usize) -> Vec<&'static str> {
        let hits = |name: &&str| self.invariants.get(name).copied().unwrap_or_default();
        let names = Cause::ALL.iter().map(|cause| cause.name());
        names.filter(|name| hits(name) < times).collect()
    }

    pub(crate) fn add(&mut self, drawn: Drawn, rules: usize, judgement: &Judgement) {
        self.pairs += 1;
        self.drawn.valid += drawn.valid;
        self.drawn.repaired += drawn.repaired;
        self.drawn.discarded += drawn.discarded;
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
        for (invariant, count) in other.invariants {
            *self.invariants.entry(invariant).or_default() += count;
        }
        self.drawn.valid += other.drawn.valid;
        self.drawn.repaired += other.drawn.repaired;
        self.drawn.discarded += other.drawn.discarded;
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
                let name = Cause::of_message(&failed.message).map_or("other", Cause::name);
                *self.invariants.entry(name).or_default() += 1;
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
        let invalid: usize = self.invariants.values().sum();
        writeln!(f, "invalid pods prevented {:>16}", invalid)?;
        for cause in Cause::ALL.iter().map(|cause| cause.name()).chain(["other"]) {
            let count = self.invariants.get(cause).copied().unwrap_or_default();
            line(f, cause, count, invalid)?;
        }
        let Drawn {
            valid,
            repaired,
            discarded,
        } = self.drawn;
        writeln!(f, "rules drawn {:>27}", valid + repaired + discarded)?;
        line(f, "valid", valid, valid + repaired + discarded)?;
        line(f, "repaired", repaired, valid + repaired + discarded)?;
        line(f, "discarded", discarded, valid + repaired + discarded)?;
        let RoundTrips {
            kept,
            broken,
            not_promised,
            refused,
        } = self.round_trips;
        let trips = kept + broken + not_promised + refused;
        writeln!(f, "round trips {:>27}", trips)?;
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
