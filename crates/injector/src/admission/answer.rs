//! Answers a request with the objects that are known. See [`answer`].
//!
//! Every payload is answered, since an error, a panic or a trap of the module would reject the pod.

use kubernetes_pod::containers::ContainerList;
use lazy_json::Node;

use crate::admission::event;
use crate::admission::response::Response;
use crate::admission::stamp::stamp;
use crate::cluster::host::Host;
use crate::inject::deadline::Deadline;
use crate::inject::failure::Failure;
use crate::inject::opt_out::SKIP_ANNOTATION;
use crate::inject::{Evaluation, evaluate};
use crate::request::Request;
use crate::request::partial;
use crate::settings::Settings;
use crate::settings::known::Known;
use crate::settings::rule::NO_RULE;

/// The maximum number of records of a pod: more than anybody reads, and few enough that one team's
/// rules do not drown the records of others.
const MAX_RECORDS: usize = 100;

/// The problem of a payload that is not JSON.
pub(crate) const NOT_JSON: &str = "it is not JSON";

/// The answer that accepts the request unchanged.
pub(crate) fn untouched() -> Vec<u8> {
    Response::accepted().into_json()
}

/// Accepts a payload that can't be parsed, unchanged. Reports it if the request's namespace and
/// kind can be read.
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

/// An answer and the failures to be reported with it.
pub(crate) struct Outcome {
    pub(crate) response: Response,
    pub(crate) failures: Vec<Failure>,
}

/// Answers a request that creates a pod, with the objects that are known. See [`evaluate`] for the
/// deadline.
pub(crate) fn answer<'a>(
    request: Request<'_, 'a>,
    settings: Option<&Node<'a>>,
    known: Known<'_, 'a>,
    deadline: &Deadline<'_>,
) -> Outcome {
    let pod = match readable_pod(request) {
        Ok(Some(pod)) => pod,
        // A mirror pod is the kubelet's copy of a static pod that runs already.
        Ok(None) => {
            return Outcome::accepted();
        }
        Err(problem) => return failed(Failure::unsupported_object(problem)),
    };
    let empty = Node::object(Vec::new());
    let settings_node = settings.unwrap_or(&empty);
    let settings = match Settings::read(settings_node) {
        Ok(settings) => settings,
        Err(problem) => return failed(Failure::unreadable_rule(NO_RULE, &problem.to_string())),
    };
    let mut evaluation = evaluate(pod, request, &settings, known, deadline);
    if evaluation.rejected_by.is_none() {
        stamp(&mut evaluation, request.uid(), settings.stamp);
    }
    if evaluation.does_something() && !has_containers(pod) {
        return Outcome::accepted();
    }
    // Most of the request's and the settings' text has been skipped without a check. An answer that
    // changes or reports something needs valid JSON.
    if evaluation.does_something() && pod.check().and(settings_node.check()).is_err() {
        return failed(unreadable_request(NOT_JSON));
    }
    if let Some(failure) = evaluation.rejected_by.take() {
        return Outcome {
            response: Response::rejected(&failure),
            failures: vec![failure],
        };
    }
    accepted(&mut evaluation)
}

fn accepted(evaluation: &mut Evaluation<'_>) -> Outcome {
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
    Outcome {
        response,
        failures: std::mem::take(&mut evaluation.failed),
    }
}

fn failed(failure: Failure) -> Outcome {
    let failures = vec![failure];
    Outcome {
        response: Response::accepted().with_rules(&[], &[], &failures),
        failures,
    }
}

impl Outcome {
    fn accepted() -> Self {
        Self {
            response: Response::accepted(),
            failures: Vec::new(),
        }
    }

    /// Logs a record for each failure and returns the answer. On a dry run nothing is logged.
    pub(crate) fn finish(self, request: Request<'_, '_>, host: &impl Host) -> Vec<u8> {
        let records = self.records(request, host, MAX_RECORDS);
        let taken = records.iter().filter(|record| host.log(record).is_ok());
        let taken = taken.count();
        self.into_answer(request, taken)
    }

    /// The records of the first failures, at most `max`. A dry run has no records.
    pub(crate) fn records(
        &self,
        request: Request<'_, '_>,
        host: &impl Host,
        max: usize,
    ) -> Vec<Vec<u8>> {
        if self.failures.is_empty() || request.dry_run() {
            return Vec::new();
        }
        let now = host.now();
        let failures = self.failures.iter().take(max);
        failures
            .map(|failure| event::payload(failure, request, now))
            .collect()
    }

    /// The answer. It warns of the failures without a record; `recorded` is the number of records.
    pub(crate) fn into_answer(mut self, request: Request<'_, '_>, recorded: usize) -> Vec<u8> {
        let all = self.failures.len();
        let lost = all - recorded;
        if lost > 0 && !request.dry_run() {
            let warning = format!("{lost} of {all} Events could not be reported");
            self.response.warn(warning);
        }
        self.response.into_json()
    }
}

/// Whether a pod has containers. The API server refuses a pod without containers, and would accept
/// it with an injected one: the author's mistake must not become a pod of sidecars. Such a pod is
/// not changed at all, and keeps the stamp of another admission.
fn has_containers(pod: &Node<'_>) -> bool {
    !ContainerList::Containers.items(pod).is_empty()
}

/// The pod of a request. `None` for a mirror pod.
///
/// # Errors
/// Returns what is wrong with the object.
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
    let mirror = pod.at(&["metadata", "annotations", MIRROR_ANNOTATION]);
    Ok(mirror.is_none().then_some(pod))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use rstest::rstest;
    use serde_json::{Value, json};

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

    /// A broken part that was skipped is reported only if the answer does something.
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

    #[test]
    fn a_namespace_forges_no_line() {
        let payload = r#"{"request": {"uid": "u", "operation": "CREATE", "namespace": "a\nb",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "object": {"spec": {"containers": [{}]}}},
            "settings": {"rulesFrom": [{"configMap": {"name": "rules"}}]}}"#;
        let answer = validate(payload.as_bytes(), &Counting::default());
        let answer: Value = serde_json::from_slice(&answer).expect("valid JSON");
        assert_eq!(
            answer["audit_annotations"]["failed-rules"],
            r"configmap/a\nb/rules"
        );
        let warning = answer["warnings"][0].as_str().expect("a warning");
        assert!(!warning.contains('\n'), "{warning}");
    }

    /// The API server sends texts only. What is no text goes as well.
    #[rstest]
    #[case::text(r#""another""#)]
    #[case::number("1")]
    #[case::list(r#"["another"]"#)]
    fn a_stale_stamp_is_removed(#[case] value: &str) {
        let payload = format!(
            r#"{{"request": {{"uid": "u", "operation": "CREATE", "namespace": "a",
                "kind": {{"group": "", "version": "v1", "kind": "Pod"}},
                "object": {{"metadata": {{
                    "annotations": {{"a": "1", "pod-injector.kubewarden.io/status": {value}}},
                    "labels": {{"l": "1", "pod-injector.kubewarden.io/request": {value}}}
                }}, "spec": {{"containers": [{{}}]}}}}}}, "settings": {{"rules": [
                    {{"name": "o", "match": {{"namespaces": {{"include": ["b"]}}}}}}]}}}}"#
        );
        let answer = validate(payload.as_bytes(), &Counting::default());
        let answer: Value = serde_json::from_slice(&answer).expect("valid JSON");
        let metadata = &answer["mutated_object"]["metadata"];
        let expected = json!({"annotations": {"a": "1"}, "labels": {"l": "1"}});
        assert_eq!(*metadata, expected, "{answer}");
    }
}
