//! A summary as text. See [`Summary`]'s `Display`.

use std::fmt;

use generator::Drawn;
use kubernetes_pod::validation::Cause;

use crate::{coverage::Way, summary::Summary};

/// The promises, in the order in which the summary lists them.
const PROMISES: [&str; 8] = [
    "lost",
    "misbehaved",
    "undone",
    "disowned",
    "misread",
    "changed again",
    "failed anew",
    "failed for nothing",
];

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pods(f)?;
        self.rules(f)?;
        self.causes(f)?;
        self.drawn(f)?;
        self.coverage(f)
    }
}

impl Summary {
    fn pods(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.pairs;
        writeln!(f, "pods {all:>44}")?;
        line(f, "accepted without the policy", self.accepted_alone, all)?;
        line(
            f,
            "refused without the policy",
            all - self.accepted_alone,
            all,
        )?;
        line(f, "accepted only with the policy", self.mended, all)?;
        line(f, "stored, read and compared", self.stored, all)?;
        line(f, "of a ReplicaSet", self.controlled.made, all)?;
        line(
            f,
            "of a ReplicaSet that is refused",
            self.controlled.refused,
            all,
        )?;
        line(f, "over limits, without checkLimits", self.over_limits, all)?;
        line(f, "too slow to be judged in full", self.late, all)?;
        for name in PROMISES {
            line(f, name, self.broken(name), all)?;
        }
        let trips = self.round_trips;
        let all = trips.kept + trips.broken + trips.not_promised + trips.refused;
        writeln!(f, "round trips {all:>37}")?;
        line(f, "came back as it was", trips.kept, all)?;
        line(f, "broken", trips.broken, all)?;
        line(f, "nothing promised", trips.not_promised, all)?;
        line(f, "refused without the policy", trips.refused, all)
    }

    fn rules(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let untouched = self.rules.saturating_sub(self.applied + self.failed());
        writeln!(f, "rules, on accepted pods {:>25}", self.rules)?;
        line(f, "applied", self.applied, self.rules)?;
        line(f, "not matching or opted out", untouched, self.rules)?;
        line(f, "failed", self.failed(), self.rules)?;
        for (reason, count) in &self.reasons {
            line(f, &format!("  {reason}"), *count, self.rules)?;
        }
        let Drawn {
            valid,
            repaired,
            discarded,
            ..
        } = self.drawn;
        let drawn = valid + repaired + discarded;
        writeln!(f, "rules drawn at random {drawn:>27}")?;
        line(f, "valid", valid, drawn)?;
        line(f, "repaired: partly refused", repaired, drawn)?;
        line(f, "discarded: refused", discarded, drawn)
    }

    fn causes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<43} {:>5} {:>8} {:>6} {:>8}",
            "rules that are invalid by", "pods", "settings", "alone", "together"
        )?;
        for cause in Cause::ALL {
            let met = self.causes.of(*cause);
            writeln!(
                f,
                "  {:<41} {:>5} {:>8} {:>6} {:>8}",
                cause.name(),
                met.on_pods,
                met.in_settings,
                met.alone,
                met.together
            )?;
        }
        writeln!(f, "  {:<41} {:>5}", "values", self.other_invariants)
    }

    fn drawn(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<43} {:>5} {:>8}",
            "pairs that drew", "pairs", "refused"
        )?;
        for mark in generator::marks() {
            let marked = self.drawn.marks.get(mark).copied().unwrap_or_default();
            writeln!(f, "  {mark:<41} {:>5} {:>8}", marked.drawn, marked.refused)?;
        }
        writeln!(
            f,
            "  (refused: the check of the settings takes a part away)"
        )
    }

    fn coverage(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for way in Way::ALL {
            let (all, covered) = self.coverage.count(way);
            writeln!(f, "fields {:<36} {covered:>5} of {all}", way.name())?;
            let (explained, missing): (Vec<_>, Vec<_>) = self
                .coverage
                .missing(way)
                .into_iter()
                .partition(|(_, reason)| reason.is_some());
            for (field, _) in missing {
                writeln!(f, "  never: {field}")?;
            }
            for (field, reason) in explained {
                writeln!(f, "  {field}: {}", reason.unwrap_or_default())?;
            }
        }
        let never = self.seldom(1);
        for (cause, how) in never {
            writeln!(f, "cause never met {how}: {cause}")?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, what: &str, count: usize, all: usize) -> fmt::Result {
    let thousandths = count * 1000 / all.max(1);
    let (percent, tenths) = (thousandths / 10, thousandths % 10);
    writeln!(f, "  {what:<41} {count:>5}  {percent:>3}.{tenths} %")
}
