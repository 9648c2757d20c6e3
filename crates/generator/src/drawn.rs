//! What was drawn, in numbers. See [`Drawn`].

use std::collections::BTreeMap;

use kubernetes_pod::validation::Cause;

/// What was drawn for a pair, or for all pairs of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Rules that the check of the settings accepted.
    pub valid: usize,
    /// Rules that were accepted after the refused parts were taken out.
    pub repaired: usize,
    /// Rules of which nothing was left.
    pub discarded: usize,
    /// What the check refused, by the invariant of pods.
    pub causes: BTreeMap<Cause, usize>,
    /// What was laid over the pairs on purpose, by name.
    pub marks: BTreeMap<&'static str, Marked>,
    /// Whether two causes were laid over one place.
    pub two_causes: bool,
}

/// How many pairs have a mark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marked {
    /// Pairs that drew it.
    pub drawn: usize,
    /// Those of them of which the check of the settings refused a part.
    pub refused: usize,
}

impl Drawn {
    /// Notes that this was laid over the pair.
    pub(crate) fn mark(&mut self, name: &'static str) {
        self.marks.entry(name).or_default().drawn += 1;
    }

    /// Notes that the check of the settings refused a part of a rule that has this mark.
    pub(crate) fn mark_refused(&mut self, name: &'static str) {
        self.marks.entry(name).or_default().refused += 1;
    }

    /// Adds what was drawn for other pairs.
    pub fn merge(&mut self, other: &Self) {
        self.valid += other.valid;
        self.repaired += other.repaired;
        self.discarded += other.discarded;
        for (cause, count) in &other.causes {
            *self.causes.entry(*cause).or_default() += count;
        }
        for (name, marked) in &other.marks {
            let all = self.marks.entry(name).or_default();
            all.drawn += marked.drawn;
            all.refused += marked.refused;
        }
    }
}
