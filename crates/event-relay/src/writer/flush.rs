//! One write of an Event that counts.

use super::context::Context;
use super::slot::Cached;
use crate::api_error::ApiError;
use crate::cluster::tell_of_permission;
use crate::event::{Key, Tally, counting_patch};
use crate::ledger::Verdict;
use crate::report::Report;

/// So often in a row somebody else may write in between.
const CONFLICTS: usize = 8;

/// What became of a write.
pub(super) struct Flushed {
    pub(super) key: Key,
    pub(super) cached: Option<Cached>,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    /// All reports are counted. Those of them whose pod is to have its own Event.
    Written(Vec<Report>),
    /// Not now.
    Again {
        reports: Vec<Report>,
        error: ApiError,
    },
    /// Never.
    Drop {
        reports: Vec<Report>,
        error: ApiError,
    },
}

/// The Event that counts for a key, or its name if there is none.
///
/// A workload that was found through what made the pod has the Event that is named after its family,
/// unless that one is about an earlier workload of the same name. Where what made the pod is gone,
/// the failure may have been counted on that Event before; if there is none it is counted on what is
/// gone.
async fn locate(context: &Context, key: &Key) -> Result<Cached, ApiError> {
    let own = key.event_name();
    let (Some(family), Some(shared)) = (&key.family, key.family_event_name()) else {
        return read(context, key, own).await.map(|(cached, _)| cached);
    };
    if family.found {
        let (shared, about) = read(context, key, shared).await?;
        if shared.version.is_some() && about == key.object.uid {
            return Ok(shared);
        }
        let (own, _) = read(context, key, own).await?;
        let earlier = shared.version.is_some();
        Ok(if earlier || own.version.is_some() {
            own
        } else {
            shared
        })
    } else {
        let (own, _) = read(context, key, own).await?;
        if own.version.is_some() {
            return Ok(own);
        }
        let (shared, _) = read(context, key, shared).await?;
        Ok(if shared.version.is_some() {
            shared
        } else {
            own
        })
    }
}

/// The Event of a name, and the uid of what it is about.
async fn read(
    context: &Context,
    key: &Key,
    name: String,
) -> Result<(Cached, Option<String>), ApiError> {
    match context.store.read(&key.namespace, &name).await {
        Ok(mut written) => {
            let about = written.about.take();
            Ok((Cached::new(name, written), about))
        }
        Err(ApiError::NotFound(_)) => Ok((Cached::none(name), None)),
        Err(error) => Err(error),
    }
}

/// Counts reports on their Event: reads what it has counted, unless that is known, and writes the
/// new count and memory on the condition that nobody else did meanwhile.
pub(super) async fn flush(
    context: &Context,
    key: Key,
    mut cached: Option<Cached>,
    mut reports: Vec<Report>,
) -> Flushed {
    let mut error = ApiError::Conflict;
    let mut expired: Option<Cached> = None;
    for _ in 0..CONFLICTS {
        let base = match cached.take() {
            Some(cached) => cached,
            None => match locate(context, &key).await {
                Ok(mut base) => {
                    // A new Event counts from one, and still knows what the expired one counted.
                    if let Some(expired) = expired.take().filter(|_| base.version.is_none()) {
                        base.ledger = expired.ledger;
                    }
                    base
                }
                Err(error) => return failed(key, expired, reports, error),
            },
        };
        let (next, verdicts) = add(&base, &reports);
        let Some(latest) = latest(&reports, &verdicts) else {
            return written(context, key, base, reports, &verdicts);
        };
        let tally = Tally {
            count: next.count,
            first: next.first.unwrap_or(latest.time),
            last: next.last.unwrap_or(latest.time),
            counted: next.ledger.encode(),
        };
        let answer = match &base.version {
            None => {
                let name = base.name.clone();
                let event = context.author.counting_event(&key, name, latest, &tally);
                context.store.create(&event).await
            }
            Some(version) => {
                let patch = counting_patch(latest, &tally, version);
                context
                    .store
                    .patch(&key.namespace, &base.name, &patch)
                    .await
            }
        };
        match answer {
            Ok(answer) => {
                let how = if base.version.is_none() {
                    "created"
                } else {
                    "counted"
                };
                let on = kind_label(&key.object.kind);
                context.metrics.written(on, how);
                let next = Cached {
                    version: Some(answer.resource_version),
                    ..next
                };
                return written(context, key, next, reports, &verdicts);
            }
            // Somebody else was faster: what they counted must be read first.
            Err(conflict @ (ApiError::Conflict | ApiError::AlreadyExists)) => {
                context.metrics.retried("conflict");
                error = conflict;
            }
            Err(ApiError::NotFound(_)) if base.version.is_some() => {
                expired = Some(Cached {
                    ledger: base.ledger,
                    ..Cached::none(base.name)
                });
            }
            Err(error) => {
                if error.may_be_done() {
                    for (report, verdict) in reports.iter_mut().zip(&verdicts) {
                        report.sent |= verdict.new;
                    }
                }
                return failed(key, Some(base), reports, error);
            }
        }
    }
    Flushed {
        key,
        cached: None,
        outcome: Outcome::Again { reports, error },
    }
}

/// The Event with these reports counted, and what became of each.
fn add(base: &Cached, reports: &[Report]) -> (Cached, Vec<Verdict>) {
    let mut next = base.clone();
    let verdicts = reports.iter().map(|report| {
        let verdict = next
            .ledger
            .add(report.identity(), report.source, report.logged);
        if verdict.new {
            next.count = next.count.saturating_add(1);
            next.first = Some(
                next.first
                    .map_or(report.time, |first| first.min(report.time)),
            );
            next.last = next.last.max(Some(report.time));
        }
        verdict
    });
    let verdicts = verdicts.collect();
    next.ledger.trim();
    (next, verdicts)
}

/// The newest of the reports that were not counted before.
fn latest<'r>(reports: &'r [Report], verdicts: &[Verdict]) -> Option<&'r Report> {
    let new = reports
        .iter()
        .zip(verdicts)
        .filter(|(_, verdict)| verdict.new);
    new.map(|(report, _)| report)
        .max_by_key(|report| report.time)
}

fn written(
    context: &Context,
    key: Key,
    cached: Cached,
    reports: Vec<Report>,
    verdicts: &[Verdict],
) -> Flushed {
    let mut describe = Vec::new();
    for (report, verdict) in reports.into_iter().zip(verdicts) {
        if verdict.new || report.sent {
            context.metrics.told(&report);
        } else {
            context.metrics.known();
        }
        if verdict.describe {
            describe.push(report);
        }
    }
    Flushed {
        key,
        cached: Some(cached),
        outcome: Outcome::Written(describe),
    }
}

fn failed(key: Key, cached: Option<Cached>, reports: Vec<Report>, error: ApiError) -> Flushed {
    let outcome = if error.is_transient() {
        Outcome::Again { reports, error }
    } else {
        tell_of_permission(&error);
        Outcome::Drop { reports, error }
    };
    Flushed {
        key,
        cached,
        outcome,
    }
}

/// The kinds that are told apart in metrics.
fn kind_label(kind: &str) -> &'static str {
    match kind {
        "Deployment" => "deployment",
        "StatefulSet" => "statefulset",
        "DaemonSet" => "daemonset",
        "ReplicaSet" => "replicaset",
        "Job" => "job",
        "CronJob" => "cronjob",
        "Namespace" => "namespace",
        _ => "other",
    }
}
