//! Timing policies against each other.
//!
//! The modules take turns: each round evaluates a request once with each of them, beginning with
//! another one each time, so that whatever else the machine does meets all of them alike. What is
//! compared is the ratio of medians.

pub mod report;
pub mod stats;

use std::time::{Duration, Instant};

use thiserror::Error;

use crate::{Failure, Outcome, Policy, Request, Settings, Timings};
use stats::Summary;

/// A module in the bench.
pub struct Contender {
    /// What it is there for.
    pub role: Role,
    /// The module.
    pub policy: Policy,
}

/// What a module is in the bench for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// To be timed.
    Policy,
    /// To show the least that a change costs.
    Floor,
    /// To show the least that a request costs.
    Noop,
}

impl Role {
    /// The role's name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Floor => "floor",
            Self::Noop => "noop",
        }
    }
}

/// A request in the bench.
pub struct Subject {
    /// Its name in tables.
    pub name: String,
    /// The request.
    pub request: Request,
}

/// How long to go on.
#[derive(Clone, Copy, Debug)]
pub enum Effort {
    /// So many rounds for each request.
    Iterations(u32),
    /// So long, all requests together.
    Time(Duration),
}

/// What was measured.
#[derive(Debug)]
pub struct Report {
    /// The modules' sizes in bytes.
    pub modules: Vec<(Role, usize)>,
    /// The requests, in the order given.
    pub subjects: Vec<Measured>,
}

/// What was measured of a request.
#[derive(Debug)]
pub struct Measured {
    /// The request's name.
    pub name: String,
    /// The size of the request's object, as compact JSON.
    pub object_bytes: usize,
    /// How often each module evaluated it.
    pub rounds: usize,
    /// The modules, in the order given.
    pub results: Vec<Timed>,
}

/// What was measured of a request with a module.
#[derive(Debug)]
pub struct Timed {
    /// The module.
    pub role: Role,
    /// What the module does with the request: operations in the patch.
    pub patch_operations: usize,
    /// What the module does with the request: log records.
    pub log_records: usize,
    /// Writing the payload.
    pub serialize: Summary,
    /// Making an instance.
    pub instantiate: Summary,
    /// The policy's own work.
    pub guest: Summary,
    /// Reading the answer and making the patch.
    pub answer: Summary,
    /// All of it.
    pub whole: Summary,
}

/// Why there is nothing to measure.
#[derive(Debug, Error)]
pub enum BenchError {
    /// A module can't answer a request, so that its time would mean nothing.
    #[error("{request}: the module given as {} fails: {failure}", role.name())]
    Failure {
        /// The request's name.
        request: String,
        /// The module.
        role: Role,
        /// How it fails.
        failure: Failure,
    },
}

/// The progress that [`measure`] reports goes from 0 to this.
pub const STEPS: u64 = 1000;

const WARM_UP_ROUNDS: usize = 20;

/// Times every module with every request. `progress` is told how far it is, out of [`STEPS`].
///
/// # Errors
/// When a module fails.
pub fn measure(
    contenders: &[Contender],
    subjects: &[Subject],
    settings: &Settings,
    effort: Effort,
    mut progress: impl FnMut(u64),
) -> Result<Report, BenchError> {
    let share = STEPS / subjects.len().max(1) as u64;
    let effort = match effort {
        Effort::Time(time) => {
            Effort::Time(time / u32::try_from(subjects.len().max(1)).unwrap_or(1))
        }
        rounds @ Effort::Iterations(_) => rounds,
    };
    let measured = (0..).zip(subjects).map(|(index, subject)| {
        let progress = |part: f64| progress(index * share + steps(part, share));
        measure_subject(contenders, subject, settings, effort, progress)
    });
    Ok(Report {
        subjects: measured.collect::<Result<_, _>>()?,
        modules: contenders
            .iter()
            .map(|contender| (contender.role, contender.policy.size()))
            .collect(),
    })
}

fn measure_subject(
    contenders: &[Contender],
    subject: &Subject,
    settings: &Settings,
    effort: Effort,
    mut progress: impl FnMut(f64),
) -> Result<Measured, BenchError> {
    let evaluate = |contender: &Contender| contender.policy.evaluate(&subject.request, settings);
    let outcomes = contenders.iter().map(evaluate).collect::<Vec<_>>();
    for (contender, outcome) in contenders.iter().zip(&outcomes) {
        if let Some(failure) = &outcome.failure {
            return Err(BenchError::Failure {
                request: subject.name.clone(),
                role: contender.role,
                failure: failure.clone(),
            });
        }
    }
    for contender in contenders
        .iter()
        .cycle()
        .take(WARM_UP_ROUNDS * contenders.len())
    {
        evaluate(contender);
    }
    let mut samples = vec![Vec::new(); contenders.len()];
    let start = Instant::now();
    let mut rounds = 0_u32;
    loop {
        let part = match effort {
            Effort::Iterations(wanted) => f64::from(rounds) / f64::from(wanted),
            Effort::Time(time) => start.elapsed().as_secs_f64() / time.as_secs_f64(),
        };
        progress(part.min(1.0));
        if part >= 1.0 && rounds > 0 {
            break;
        }
        for turn in 0..contenders.len() {
            let turn = (turn + rounds as usize) % contenders.len();
            samples[turn].push(evaluate(&contenders[turn]).timings);
        }
        rounds += 1;
    }
    let object = subject.request.object.as_ref();
    Ok(Measured {
        name: subject.name.clone(),
        object_bytes: object.map_or(0, |object| object.to_string().len()),
        rounds: rounds as usize,
        results: contenders
            .iter()
            .zip(&outcomes)
            .zip(&samples)
            .map(|((contender, outcome), samples)| timed(contender.role, outcome, samples))
            .collect(),
    })
}

fn timed(role: Role, outcome: &Outcome, samples: &[Timings]) -> Timed {
    let summary = |part: fn(&Timings) -> Duration| Summary::of(samples.iter().map(part).collect());
    Timed {
        role,
        patch_operations: outcome.patch.as_ref().map_or(0, |patch| patch.len()),
        log_records: outcome.logs.len(),
        serialize: summary(|timings| timings.serialize),
        instantiate: summary(|timings| timings.instantiate),
        guest: summary(|timings| timings.guest),
        answer: summary(|timings| timings.answer),
        whole: summary(|timings| timings.whole),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a part of a small whole"
)]
fn steps(part: f64, whole: u64) -> u64 {
    (part * whole as f64) as u64
}
