//! From the host's payload to the answer, whatever the payload is: an error, a panic or a trap of
//! the module would reject the pod.

use std::mem::ManuallyDrop;

use lazy_json::Node;

use crate::admission::event;
use crate::admission::response::Response;
use crate::admission::stamp::stamp;
use crate::cluster::host::Host;
use crate::cluster::lookups::Lookups;
use crate::inject::deadline::Time;
use crate::inject::failure::{Failure, NO_RULE};
use crate::inject::opt_out::SKIP_ANNOTATION;
use crate::inject::{Evaluation, evaluate};
use crate::request::Request;
use crate::request::partial;
use crate::settings::Settings;

/// The most records of a pod: many more than anybody reads of one, and few enough that a team's rules
/// don't drown those of others.
const MOST_RECORDS: usize = 100;

pub(crate) const NOT_JSON: &str = "it is not JSON";

/// Accepted as it came.
pub(crate) fn untouched() -> Vec<u8> {
    Response::accepted().into_json()
}

/// Accepted as it came, with a record if enough can be read to say where.
pub fn unreadable(payload: &[u8], problem: &str, host: &impl Host) -> Vec<u8> {
    let text = String::from_utf8_lossy(payload);
    let request = partial::request(&text);
    let request = Request::new(&request);
    if !request.may_create_pod() {
        return untouched();
    }
    failed(unreadable_request(problem)).finish(request, host)
}

fn unreadable_request(problem: &str) -> Failure {
    Failure::unsupported_object(&format!("the admission request can't be read: {problem}"))
}

/// An answer, and what is to be reported with it.
pub(crate) struct Attempt {
    pub(crate) response: Response,
    pub(crate) failures: Vec<Failure>,
}

/// Answers a request for a pod with what is known of the cluster; see [`evaluate`] for the time.
pub(crate) fn attempt<'a>(
    request: Request<'_, 'a>,
    settings: Option<&Node<'a>>,
    lookups: &Lookups<'a>,
    time: &Time<'_>,
) -> Attempt {
    let pod = match readable_pod(request) {
        Ok(Some(pod)) => pod,
        // A mirror pod is the kubelet's copy of a static pod that runs already.
        Ok(None) => {
            return Attempt {
                response: Response::accepted(),
                failures: Vec::new(),
            };
        }
        Err(problem) => return failed(Failure::unsupported_object(problem)),
    };
    let empty = Node::object(Vec::new());
    let settings_node = settings.unwrap_or(&empty);
    let settings = match Settings::read(settings_node) {
        Ok(settings) => settings,
        Err(problem) => return failed(Failure::unreadable_rule(NO_RULE, &problem.to_string())),
    };
    let mut evaluation = ManuallyDrop::new(evaluate(pod, request, &settings, lookups, time));
    if evaluation.does_something() && !has_containers(pod) {
        return Attempt {
            response: Response::accepted(),
            failures: Vec::new(),
        };
    }
    if evaluation.rejected_by.is_none() {
        stamp(&mut evaluation, request.uid(), settings.stamp);
    }
    // Most of both was only passed over until now, which is enough where nothing comes of it.
    if evaluation.does_something() && pod.check().and(settings_node.check()).is_err() {
        return failed(unreadable_request(NOT_JSON));
    }
    if let Some(failure) = evaluation.rejected_by.take() {
        return Attempt {
            response: Response::rejected(&failure),
            failures: vec![failure],
        };
    }
    accepted(&mut evaluation)
}

fn accepted(evaluation: &mut Evaluation<'_>) -> Attempt {
    let Evaluation {
        applied,
        idle,
        failed,
        skip_problem,
        ..
    } = &*evaluation;
    let mut response = Response::accepted().with_rules(applied, idle, failed);
    if let Some(problem) = skip_problem {
        response.warn(format!("annotation {SKIP_ANNOTATION}: {problem}"));
    }
    if evaluation.changed {
        response = response.with_object(&evaluation.pod);
    }
    Attempt {
        response,
        failures: std::mem::take(&mut evaluation.failed),
    }
}

fn failed(failure: Failure) -> Attempt {
    let failures = vec![failure];
    Attempt {
        response: Response::accepted().with_rules(&[], &[], &failures),
        failures,
    }
}

impl Attempt {
    /// Reports, with one record for each failure, except on a dry run, of which nothing is to be
    /// seen afterwards.
    pub(crate) fn finish(mut self, request: Request<'_, '_>, host: &impl Host) -> Vec<u8> {
        if !self.failures.is_empty() && !request.dry_run() {
            let now = host.now();
            let taken = self.failures.iter().take(MOST_RECORDS).filter(|failure| {
                let payload = event::payload(failure, request, now);
                host.log(&payload).is_ok()
            });
            let lost = self.failures.len() - taken.count();
            warn_of_lost(lost, self.failures.len(), &mut self.response);
        }
        self.response.into_json()
    }
}

/// Says how many records were not taken.
pub(crate) fn warn_of_lost(lost: usize, all: usize, response: &mut Response) {
    if lost > 0 {
        response.warn(format!("{lost} of {all} Events could not be reported"));
    }
}

/// Whether a pod has containers of its own. The API server refuses one that has none, and would
/// take it with an injected one: its author's mistake must not become a pod of sidecars.
fn has_containers(pod: &Node<'_>) -> bool {
    let containers = pod.get("spec").and_then(|spec| spec.get("containers"));
    containers
        .and_then(Node::items)
        .is_some_and(|containers| !containers.is_empty())
}

/// The pod, or `None` for a mirror pod.
fn readable_pod<'n, 'a>(request: Request<'n, 'a>) -> Result<Option<&'n Node<'a>>, &'static str> {
    const MIRROR_ANNOTATION: &str = "kubernetes.io/config.mirror";

    let pod = request.object().ok_or("the request has no object")?;
    if pod.members().is_none() {
        return Err("the request's object is not an object");
    }
    for key in ["metadata", "spec"] {
        if pod.get(key).is_some_and(|part| part.members().is_none()) {
            return Err(match key {
                "spec" => "the pod's spec is not an object",
                _ => "the pod's metadata is not an object",
            });
        }
    }
    let mirror = pod
        .get("metadata")
        .and_then(|metadata| metadata.get("annotations")?.get(MIRROR_ANNOTATION));
    Ok(mirror.is_none().then_some(pod))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use rstest::rstest;
    use serde_json::Value;

    use super::*;
    use crate::admission::validate;
    use crate::cluster::host::{Cluster, HostError};

    #[derive(Default)]
    struct Counting {
        records: Cell<usize>,
    }

    impl Host for Counting {
        fn log(&self, _: &[u8]) -> Result<(), HostError> {
            self.records.set(self.records.get() + 1);
            Ok(())
        }
        fn now(&self) -> i64 {
            0
        }
        fn elapsed(&self) -> Duration {
            Duration::ZERO
        }
    }

    impl Cluster for Counting {
        fn get_resource(&self, _: &[u8]) -> Result<Vec<u8>, String> {
            Err(String::new())
        }
    }

    const MATCHING: &str = r#"{"name": "r", "inject": {"pod": {"spec": {"hostname": "x"}}}}"#;
    const OTHER: &str = r#"{"name": "o", "match": {"namespaces": {"include": ["b"]}}, "inject": {"pod": {"spec": [1 2]}}}"#;
    const BROKEN: &str =
        r#"{"name": "r", "onFailure": "Reject", "inject": {"pod": {"spec": {"hostname": [1}]}}}}"#;

    /// What is passed over is no reason to say anything, unless something is done on its word.
    #[rstest]
    #[case::good("[1]", &[MATCHING], true, 0)]
    #[case::broken_rule_for_others("[1]", &[OTHER], false, 0)]
    #[case::broken_rule_for_others_and_another("[1]", &[OTHER, MATCHING], false, 1)]
    #[case::broken_pod("[1 2]", &[OTHER], false, 0)]
    #[case::broken_pod_and_a_rule_for_it("[1 2]", &[MATCHING], false, 1)]
    #[case::string_that_is_none("[\"\u{1}\"]", &[MATCHING], false, 1)]
    #[case::other_bracket("[}", &[MATCHING], false, 1)]
    #[case::unclosed("[[1]", &[OTHER], false, 1)]
    #[case::broken_rule_that_would_reject("[1]", &[BROKEN], false, 1)]
    fn broken_json(
        #[case] field: &str,
        #[case] rules: &[&str],
        #[case] changed: bool,
        #[case] records: usize,
    ) {
        let payload = format!(
            r#"{{"request": {{"uid": "u", "operation": "CREATE", "namespace": "a", "name": "p",
                "kind": {{"group": "", "version": "v1", "kind": "Pod"}},
                "resource": {{"group": "", "version": "v1", "resource": "pods"}},
                "object": {{"metadata": {{}}, "spec": {{"containers": [{{}}], "new": {{"field": {field}}}}}}}}},
              "settings": {{"rules": [{}]}}}}"#,
            rules.join(",")
        );
        let host = Counting::default();
        let answer: Value =
            serde_json::from_slice(&validate(payload.as_bytes(), &host)).expect("valid JSON");
        assert_eq!(answer["accepted"], true, "{answer}");
        assert_eq!(answer.get("mutated_object").is_some(), changed, "{answer}");
        assert_eq!(host.records.get(), records, "{answer}");
    }
}
