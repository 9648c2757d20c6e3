//! From the host's payload to the answer, whatever the payload is: an error, a panic or a trap of
//! the module would reject the pod.

use std::mem::ManuallyDrop;

use crate::evaluate::{Evaluation, evaluate};
use crate::event;
use crate::failure::{Failure, NO_RULE};
use crate::glimpse;
use crate::host::Host;
use crate::json::Node;
use crate::request::{Payload, Request};
use crate::response::Response;
use crate::settings::Settings;
use crate::stamp::stamp;

const NOT_JSON: &str = "it is not JSON";

/// Answers an admission request.
pub fn validate(payload: &[u8], host: &impl Host) -> Vec<u8> {
    let payload = match std::str::from_utf8(payload).map(Payload::parse) {
        // An instance answers once, and its memory goes with it as a whole.
        Ok(Ok(payload)) => ManuallyDrop::new(payload),
        Ok(Err(_)) => return unreadable(payload, NOT_JSON, host).into_json(),
        Err(_) => return unreadable(payload, "it is not UTF-8", host).into_json(),
    };
    let Some(request) = payload.request().filter(|request| request.creates_pod()) else {
        return Response::accepted().into_json();
    };
    answer(request, payload.settings(), host).into_json()
}

/// Accepted as it came, with a record if enough can be read to say where.
fn unreadable(payload: &[u8], problem: &str, host: &impl Host) -> Response {
    let text = String::from_utf8_lossy(payload);
    let request = glimpse::request(&text);
    let request = Request::new(&request);
    if !request.may_create_pod() {
        return Response::accepted();
    }
    failed(&unreadable_request(problem), request, host)
}

fn unreadable_request(problem: &str) -> Failure {
    Failure::unsupported_object(&format!("the admission request can't be read: {problem}"))
}

fn answer<'a>(request: Request<'_, 'a>, settings: Option<&Node<'a>>, host: &impl Host) -> Response {
    let pod = match readable_pod(request) {
        Ok(Some(pod)) => pod,
        // A mirror pod is the kubelet's copy of a static pod that runs already.
        Ok(None) => return Response::accepted(),
        Err(problem) => return failed(&Failure::unsupported_object(problem), request, host),
    };
    let empty = Node::object(Vec::new());
    let settings_node = settings.unwrap_or(&empty);
    let settings = match Settings::read(settings_node) {
        Ok(settings) => settings,
        Err(problem) => {
            let failure = Failure::unreadable_rule(NO_RULE, &problem.to_string());
            return failed(&failure, request, host);
        }
    };
    let mut evaluation = ManuallyDrop::new(evaluate(pod, request, &settings));
    if evaluation.does_something() && !has_containers(pod) {
        return Response::accepted();
    }
    if evaluation.rejected_by.is_none() {
        stamp(&mut evaluation, request.uid(), settings.stamp);
    }
    // Most of both was only passed over until now, which is enough where nothing comes of it.
    if evaluation.does_something() && pod.check().and(settings_node.check()).is_err() {
        return failed(&unreadable_request(NOT_JSON), request, host);
    }
    if let Some(failure) = &evaluation.rejected_by {
        let mut response = Response::rejected(failure);
        report(std::slice::from_ref(failure), request, host, &mut response);
        return response;
    }
    accepted(&evaluation, request, host)
}

fn accepted(evaluation: &Evaluation<'_>, request: Request<'_, '_>, host: &impl Host) -> Response {
    let mut response = Response::accepted().with_rules(&evaluation.applied, &evaluation.failed);
    if evaluation.changed {
        response = response.with_object(&evaluation.pod);
    }
    report(&evaluation.failed, request, host, &mut response);
    response
}

fn failed(failure: &Failure, request: Request<'_, '_>, host: &impl Host) -> Response {
    let failures = std::slice::from_ref(failure);
    let mut response = Response::accepted().with_rules(&[], failures);
    report(failures, request, host, &mut response);
    response
}

/// One record for each failure, except on a dry run, of which nothing is to be seen afterwards.
fn report(
    failures: &[Failure],
    request: Request<'_, '_>,
    host: &impl Host,
    response: &mut Response,
) {
    if failures.is_empty() || request.dry_run() {
        return;
    }
    let now = host.now();
    let lost = failures.iter().filter(|failure| {
        let record = event::record(failure, request, now);
        let payload = serde_json::to_vec(&record).unwrap_or_default();
        host.log(&payload).is_err()
    });
    let lost = lost.count();
    if lost > 0 {
        response.warn(format!(
            "{lost} of {} Events could not be reported",
            failures.len()
        ));
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

    use rstest::rstest;
    use serde_json::Value;

    use super::*;
    use crate::host::HostError;

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
