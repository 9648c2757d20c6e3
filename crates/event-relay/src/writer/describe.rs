//! The Event on a pod.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use tokio::time::{Instant, sleep};
use tracing::warn;

use super::context::{Context, Resolver};
use super::slot;
use crate::api_error::ApiError;
use crate::cluster::{Api, tell_of_permission};
use crate::event::pod_event_name;
use crate::index::Index;
use crate::object::Object;
use crate::report::{PodSubject, Report, Subject};

/// How much older than the report a pod's date may be, which another clock wrote.
const SKEW: Duration = Duration::from_secs(90);
/// How long to wait for the first list of stamped pods.
const LIST_TIMEOUT: Duration = Duration::from_mins(1);
/// The first wait for a pod. The longest is the end of all waiting.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What became of it.
pub(super) enum Described {
    /// There is an Event, or there will be none.
    Done,
    /// There is no such pod.
    NoPod(Box<Report>),
}

/// Waits for the pod and writes its Event, unless there is one.
pub(super) async fn describe(context: &Context, report: Report) -> Described {
    let Subject::Pod(subject) = &report.subject else {
        return Described::Done;
    };
    let mut backoff = slot::backoff();
    // The answer to a write was lost: the Event that is there may be this very relay's.
    let mut sent = false;
    loop {
        let done = match find(context, &report, subject).await {
            Ok(Some(pod)) => {
                let event = context.author.pod_event(&report, &pod, subject);
                let created = context.store.create(&event).await;
                sent |= created.as_ref().is_err_and(ApiError::may_be_done);
                match created {
                    Err(ApiError::AlreadyExists) => Ok(sent),
                    created => created.map(|_| true),
                }
            }
            Ok(None) => match no_pod(context, &report, subject).await {
                Ok(true) => return Described::NoPod(Box::new(report)),
                Ok(false) => Ok(false),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        match done {
            Ok(created) => {
                if created {
                    context.metrics.written("pod", "created");
                }
                count(context, &report, subject, created);
                return Described::Done;
            }
            // A new Event meets a conflict when what the API server keeps account of it in, such as a
            // quota, was changed meanwhile.
            Err(error) if error.is_transient() || matches!(error, ApiError::Conflict) => {
                context.metrics.retried(error.label());
                if context.trust.is_old(report.time, Timestamp::now()) {
                    dropped(context, &report, "expired", &error);
                    return Described::Done;
                }
                sleep(backoff.next().unwrap_or_default()).await;
            }
            Err(error) => {
                dropped(context, &report, error.label(), &error);
                return Described::Done;
            }
        }
    }
}

/// A pod without a controller is counted by its own Event, the others by their workload's.
fn count(context: &Context, report: &Report, subject: &PodSubject, new: bool) {
    match (subject.controller.is_some(), new) {
        (true, _) => {}
        (false, true) => context.metrics.told(report),
        (false, false) => context.metrics.known(),
    }
}

/// Whether the failure is to be told of elsewhere. Where the pod alone tells of it, it may have
/// done so already, and be gone.
async fn no_pod(
    context: &Context,
    report: &Report,
    subject: &PodSubject,
) -> Result<bool, ApiError> {
    if subject.controller.is_some() {
        return Ok(true);
    }
    let name = pod_event_name(report);
    match context.store.read(&report.namespace, &name).await {
        Ok(_) => Ok(false),
        Err(ApiError::NotFound(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

fn dropped(context: &Context, report: &Report, cause: &'static str, error: &ApiError) {
    context.metrics.dropped(cause, 1);
    warn!(
        namespace = report.namespace,
        rule = report.rule,
        reason = report.reason,
        "a pod's Event was not written: {error}"
    );
}

/// The pod, as soon as there is one. `None` if it has not appeared in time.
async fn find(
    context: &Context,
    report: &Report,
    subject: &PodSubject,
) -> Result<Option<Object>, ApiError> {
    if let Some(pod) = &subject.found {
        return Ok(Some(pod.clone()));
    }
    let Resolver::Cluster(api, index) = &context.resolver else {
        return Ok(Some(unresolved(subject)));
    };
    let begun = Instant::now();
    let mut deadline = begun + context.wait_for_pod;
    let mut wait = FIRST_WAIT;
    loop {
        if subject.name.is_none() && !index.is_whole() && begun.elapsed() < LIST_TIMEOUT {
            deadline = Instant::now() + context.wait_for_pod;
        }
        match look(api, index, report, subject).await {
            Ok(Some(pod)) => return Ok(Some(pod)),
            Ok(None) => {}
            Err(error @ ApiError::Forbidden(_)) => {
                tell_of_permission(&error);
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        sleep(wait.min(deadline - Instant::now())).await;
        wait = LONGEST_WAIT.min(wait * 2);
    }
}

/// The stamped pod of the request; or the pod of the name that the record has.
async fn look(
    api: &Api,
    index: &Index,
    report: &Report,
    subject: &PodSubject,
) -> Result<Option<Object>, ApiError> {
    // Anyone may put the label on a pod of theirs: it must be of the same controller. A pod that had
    // none may have been adopted since.
    let controller = subject.controller.as_ref();
    let stamped = index.find(&report.namespace, &report.request);
    let same = stamped
        .filter(|found| controller.is_none() || found.controller.as_ref() == controller)
        .filter(|found| subject.name.is_none() || subject.name.as_ref() == Some(&found.pod.name));
    if let Some(found) = same {
        return Ok(Some(found.pod));
    }
    let Some(name) = &subject.name else {
        return Ok(None);
    };
    let Some(pod) = api.pod(&report.namespace, name).await? else {
        return Ok(None);
    };
    // An older pod of this name may still be there.
    let same = match pod.request() {
        Some(request) => request == report.request,
        None => pod
            .created()
            .is_some_and(|created| created + SKEW >= report.time),
    };
    Ok(Object::pod(&pod.metadata).filter(|_| same))
}

/// The pod as far as the record tells, where there is no cluster to ask.
fn unresolved(subject: &PodSubject) -> Object {
    let controller = subject.controller.as_ref();
    let unnamed = || controller.map_or("*".to_owned(), |owner| format!("{}-*", owner.name));
    Object {
        api_version: "v1".to_owned(),
        kind: "Pod".to_owned(),
        name: subject.name.clone().unwrap_or_else(unnamed),
        uid: None,
    }
}
