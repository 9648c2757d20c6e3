//! A run: many pairs, a few at a time. See [`Run::judge`].

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use futures_util::future::join_all;
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

impl From<(Pair, Breach)> for Finding {
    fn from((pair, breach): (Pair, Breach)) -> Self {
        Self {
            pair,
            breach,
            folder: None,
        }
    }
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The counts.
    pub summary: Summary,
    /// The broken pairs, by number.
    pub findings: Vec<Finding>,
}

/// A run that ended early.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub struct Ended {
    /// Why.
    pub source: Error,
    /// What came of the pairs before. Their findings are not made small.
    pub outcome: Outcome,
}

/// What one task judged.
#[derive(Default)]
struct Part {
    summary: Summary,
    broken: Vec<(Pair, Breach)>,
}

impl Run {
    /// Judges all pairs. `step` is called after each.
    ///
    /// # Errors
    /// Returns [`Ended`] when the control plane or the webhook fails, with what was judged before. A
    /// broken promise is no error.
    pub async fn judge(
        &self,
        court: &Court<'_>,
        step: impl Fn(u64) + Sync,
    ) -> Result<Outcome, Box<Ended>> {
        let next = AtomicU64::new(self.first);
        let tasks = (0..self.tasks.max(1)).map(|_| self.task(court, &next, &step));
        let mut outcome = Outcome::default();
        let mut error = None;
        for (part, ended) in join_all(tasks).await {
            outcome.summary.merge(part.summary);
            let findings = part.broken.into_iter().map(Finding::from);
            outcome.findings.extend(findings);
            error = error.or(ended);
        }
        outcome.findings.sort_by_key(|finding| finding.pair.number);
        if error.is_none() {
            error = self.shrink(court, &mut outcome.findings).await.err();
        }
        match error {
            Some(source) => Err(Box::new(Ended { source, outcome })),
            None => Ok(outcome),
        }
    }

    /// Makes one finding of each subject small.
    async fn shrink(&self, court: &Court<'_>, findings: &mut [Finding]) -> Result<(), Error> {
        let bench = court.bench().await?;
        let mut shrunk = BTreeSet::new();
        for finding in findings {
            if shrunk.len() < self.shrink && shrunk.insert(finding.breach.subject()) {
                *finding = self.finding(&bench, &finding.pair, &finding.breach).await?;
            }
        }
        Ok(())
    }

    /// Judges pairs until none is left. After an error the other tasks take no more pairs either.
    async fn task(
        &self,
        court: &Court<'_>,
        next: &AtomicU64,
        step: &(impl Fn(u64) + Sync),
    ) -> (Part, Option<Error>) {
        let mut part = Part::default();
        let ended = self.judge_into(&mut part, court, next, step).await.err();
        if ended.is_some() {
            next.store(self.end(), Ordering::Relaxed);
        }
        (part, ended)
    }

    /// The number after the last pair's.
    fn end(&self) -> u64 {
        self.first.saturating_add(self.pairs)
    }

    async fn judge_into(
        &self,
        part: &mut Part,
        court: &Court<'_>,
        next: &AtomicU64,
        step: &(impl Fn(u64) + Sync),
    ) -> Result<(), Error> {
        let bench = court.bench().await?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= self.end() {
                return Ok(());
            }
            let seed = self.seed;
            let pair = tokio::task::spawn_blocking(move || generator::pair(seed, number)).await?;
            let every = self.round_trip_every;
            let drawn = number.is_multiple_of(every) || pair.surroundings.round_trip;
            let round_trip = every > 0 && (drawn || pair.is_large());
            let judgement = bench.judge(&pair, round_trip).await?;
            part.summary.add(&pair, &judgement);
            if let Some(breach) = judgement.breach() {
                part.broken.push((pair, breach));
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
