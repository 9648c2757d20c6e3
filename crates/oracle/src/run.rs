//! A run: many pairs, a few at a time. See [`Run::judge`].

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use futures_util::future::try_join_all;
use generator::Pair;

use crate::{Error, Summary, bench::Bench, case, court::Court, judgement::Breach, shrink::shrink};

/// Which pairs are judged, and how.
#[derive(Debug, Clone)]
pub struct Run {
    /// The seed of all pairs.
    pub seed: u64,
    /// The number of the first pair.
    pub first: u64,
    /// How many pairs are judged.
    pub pairs: u64,
    /// How many are judged at the same time.
    pub tasks: usize,
    /// One pair in this many goes on a round trip. 0 means none.
    pub round_trip_every: u64,
    /// How many broken pairs are made small, one of each subject.
    pub shrink: usize,
    /// Where a broken pair is written to, as a case for the end-to-end tests.
    pub cases: Option<PathBuf>,
}

/// A pair that broke a promise, as small as it could be made.
#[derive(Debug)]
pub struct Finding {
    /// The pair.
    pub pair: Pair,
    /// What was broken.
    pub breach: Breach,
    /// Where it was written to.
    pub folder: Option<PathBuf>,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The counts.
    pub summary: Summary,
    /// The broken pairs, by number.
    pub findings: Vec<Finding>,
}

impl Run {
    /// Judges all pairs. `step` is called after each.
    ///
    /// # Errors
    /// Returns an [`Error`] when the control plane or the webhook fails. A broken promise is no
    /// error.
    pub async fn judge(
        &self,
        court: &Court<'_>,
        step: impl Fn(u64) + Sync,
    ) -> Result<Outcome, Error> {
        let next = AtomicU64::new(self.first);
        let tasks = (0..self.tasks.max(1)).map(|_| self.task(court, &next, &step));
        let parts = try_join_all(tasks).await?;
        let mut outcome = Outcome::default();
        let mut broken = Vec::new();
        for (summary, findings) in parts {
            outcome.summary.merge(summary);
            broken.extend(findings);
        }
        broken.sort_by_key(|(pair, _)| pair.number);
        let bench = court.bench().await?;
        let mut shrunk = BTreeSet::new();
        for (pair, breach) in broken {
            let new = shrunk.len() < self.shrink && shrunk.insert(breach.subject());
            let finding = if new {
                self.finding(&bench, &pair, &breach).await?
            } else {
                Finding {
                    pair,
                    breach,
                    folder: None,
                }
            };
            outcome.findings.push(finding);
        }
        Ok(outcome)
    }

    async fn task(
        &self,
        court: &Court<'_>,
        next: &AtomicU64,
        step: &(impl Fn(u64) + Sync),
    ) -> Result<(Summary, Vec<(Pair, Breach)>), Error> {
        let bench = court.bench().await?;
        let mut summary = Summary::default();
        let mut broken = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= self.first + self.pairs {
                return Ok((summary, broken));
            }
            let seed = self.seed;
            let pair = tokio::task::spawn_blocking(move || generator::pair(seed, number)).await?;
            let every = self.round_trip_every;
            let drawn = number.is_multiple_of(every) || pair.surroundings.round_trip;
            let round_trip = every > 0 && (drawn || pair.is_large());
            let judgement = bench.judge(&pair, round_trip).await?;
            summary.add(&pair, &judgement);
            if let Some(breach) = judgement.breach() {
                broken.push((pair, breach));
            }
            step(number);
        }
    }

    async fn finding(
        &self,
        bench: &Bench<'_>,
        pair: &Pair,
        breach: &Breach,
    ) -> Result<Finding, Error> {
        let (pair, breach) = shrink(bench, pair, breach).await?;
        let mut folder = None;
        if let Some(cases) = &self.cases {
            let judgement = bench.judge(&pair, false).await?;
            let request = judgement.seen.as_ref().map(|seen| &seen.request);
            folder = Some(case::write(cases, &pair, &breach, request)?);
        }
        Ok(Finding {
            pair,
            breach,
            folder,
        })
    }
}
