//! A run: many pairs, a few at a time.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use futures_util::future::try_join_all;

use crate::{
    Error, Summary, case,
    court::{Bench, Court},
    generate::{self, Pair},
    judge::Breach,
    shrink::shrink,
};

/// Which pairs are judged, and how.
#[derive(Debug, Clone)]
pub struct Run {
    /// What all pairs are drawn from.
    pub seed: u64,
    /// The number of the first pair.
    pub first: u64,
    /// How many there are.
    pub pairs: u64,
    /// How many are judged at the same time.
    pub tasks: usize,
    /// One pair in so many goes on a round trip; none for 0.
    pub round_trip_every: u64,
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

/// The most broken pairs that are made small: more of them say nothing new.
const MOST_SHRUNK: usize = 20;

impl Run {
    /// Judges all pairs. `step` is called after each.
    ///
    /// # Errors
    /// When the control plane or the webhook fails, which says nothing of the policy.
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
        for (count, (pair, breach)) in broken.into_iter().enumerate() {
            let finding = if count < MOST_SHRUNK {
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
            let pair = tokio::task::spawn_blocking(move || generate::pair(seed, number)).await?;
            let every = self.round_trip_every;
            let round_trip = every > 0 && (number.is_multiple_of(every) || pair.is_large());
            let judgement = bench.judge(&pair, round_trip).await?;
            let rules = pair.settings["rules"].as_array().map_or(0, Vec::len);
            summary.add(&pair.drawn, rules, &judgement);
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
