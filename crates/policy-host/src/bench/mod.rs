//! Timing policies against each other.
//!
//! The modules take turns: each round evaluates a request once with each module, beginning with
//! another module each time, so that other work on the machine slows all of them alike. The medians
//! are compared.

pub mod report;
pub mod stats;

use std::time::{Duration, Instant};

use thiserror::Error;

use crate::{Failure, Outcome, Policy, Request, Settings, Timings};
use stats::Summary;

/// A module in the bench.
pub struct Contender {
    /// The role.
    pub role: Role,
    /// The module.
    pub policy: Policy,
}

/// The role of a module in the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The policy to be timed.
    Policy,
    /// A module that makes a change with the least possible work.
    Floor,
    /// A module that does nothing.
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
    /// The name in tables.
    pub name: String,
    /// The request.
    pub request: Request,
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub enum Effort {
    /// This many rounds for each request.
    Iterations(u32),
    /// This long, all requests together.
    Time(Duration),
}

/// The result of a bench.
#[derive(Debug)]
pub struct Report {
    /// The modules' sizes in bytes.
    pub modules: Vec<(Role, usize)>,
    /// The requests, in the order given.
    pub subjects: Vec<Measured>,
}

/// The result for a request.
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

/// The result for a request and a module.
#[derive(Debug)]
pub struct Timed {
    /// The module.
    pub role: Role,
    /// The number of operations in the module's patch.
    pub patch_operations: usize,
    /// The number of the module's log records.
    pub log_records: usize,
    /// Writing the payload.
    pub serialize: Summary,
    /// Making an instance.
    pub instantiate: Summary,
    /// The policy's own work.
    pub guest: Summary,
    /// Reading the answer and making the patch.
    pub answer: Summary,
    /// The whole request.
    pub whole: Summary,
}

/// Why a bench can't be run.
#[derive(Debug, Error)]
pub enum BenchError {
    /// A module fails, so that its time would mean nothing.
    #[error("{request}: the module given as {} fails: {failure}", role.name())]
    Failure {
        /// The request's name.
        request: String,
        /// The module.
        role: Role,
        /// The module's failure.
        failure: Failure,
    },
}

/// The progress at the end of [`measure`]; it begins at 0.
pub const STEPS: u64 = 1000;

const WARM_UP_ROUNDS: usize = 20;

/// Times every module with every request. Calls `progress` with the progress, from 0 to [`STEPS`].
///
/// # Errors
/// Returns an error if a module fails.
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
