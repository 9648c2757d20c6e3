//! The stamp that the policy puts on a pod which a rule failed on. See [`Stamped::of`].
//!
//! The policy writes the stamp while the pod is being admitted, and replaces whatever stamp the pod's
//! author has written. A stamp is therefore evidence of a failure, where a line in a log is a claim.
//! What somebody writes on a pod later is none: see [`is_original`].

use std::time::Duration;

use event_record::{REQUEST_LABEL, STATUS_ANNOTATION};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use serde::Deserialize;

use crate::object::Object;
use crate::text::{clamped, is_dns_label, is_dns_subdomain, is_uid};
use crate::trust::{MESSAGE_BYTES, NAME_BYTES};

/// Who stamps pods: the Events' reporter.
pub const COMPONENT: &str = "pod-injector";
/// What was tried: the Events' action.
pub const ACTION: &str = "Inject";
/// The reasons that the policy knows.
pub const REASONS: [&str; 7] = [
    "InjectionConflict",
    "InjectionInvalid",
    "VariableUnresolved",
    "RulesUnavailable",
    "ReferenceUnavailable",
    "UnsupportedObject",
    "InternalError",
];
/// The most rules that one pod tells of; the rest is summed up.
const RULES: usize = 16;
/// The rule and the reason of failures that are summed up.
const SUMMED_UP: (&str, &str) = ("*", "InternalError");
/// The longest stamp that is read, in bytes: that of all annotations together.
const STAMP_BYTES: usize = 256 << 10;
/// A pod is written this long after its creation by those who create it, and by nobody else.
const BIRTH: Duration = Duration::from_mins(1);

/// A pod with a stamp that tells of failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// The pod's namespace.
    pub namespace: String,
    /// The uid of the pod's admission request.
    pub request: String,
    /// The pod.
    pub pod: Object,
    /// What made the pod.
    pub controller: Option<Object>,
    /// When the pod was created, by the API server's clock.
    pub created: Timestamp,
    /// What failed. Empty where the stamp had no room: the label alone tells that something did.
    pub failures: Vec<Failure>,
}

/// A rule that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The rule.
    pub rule: String,
    /// The machine-readable cause.
    pub reason: String,
    /// The cause for people.
    pub message: String,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    failed: Vec<FailedRule>,
}

#[derive(Deserialize)]
struct FailedRule {
    rule: String,
    reason: String,
    #[serde(default)]
    message: Option<String>,
}

impl Stamped {
    /// What a pod's stamp tells. `None` where the pod has no stamp, or not one that the policy wrote
    /// when the pod was admitted.
    pub fn of(metadata: &ObjectMeta) -> Option<Self> {
        let namespace = metadata.namespace.as_deref()?;
        let request = metadata.labels.as_ref()?.get(REQUEST_LABEL)?;
        let created = metadata.creation_timestamp.as_ref()?.0;
        let pod =
            Object::pod(metadata).filter(|pod| is_dns_subdomain(&pod.name) && pod.uid.is_some())?;
        if !is_dns_label(namespace) || !is_uid(request) || !is_original(metadata, created) {
            return None;
        }
        let annotations = metadata.annotations.as_ref();
        let failures = match annotations.and_then(|all| all.get(STATUS_ANNOTATION)) {
            Some(text) => failures(text)?,
            None => Vec::new(),
        };
        Some(Self {
            namespace: namespace.to_owned(),
            request: request.clone(),
            controller: Object::controller(metadata),
            pod,
            created,
            failures,
        })
    }
}

/// The failures that a stamp tells of. `None` if it is no stamp, or tells of none.
fn failures(text: &str) -> Option<Vec<Failure>> {
    if text.len() > STAMP_BYTES {
        return None;
    }
    let status: Status = serde_json::from_str(text).ok()?;
    let mut known = status.failed.into_iter();
    let mut known = known
        .by_ref()
        .filter(|failed| REASONS.contains(&failed.reason.as_str()));
    let mut failures: Vec<Failure> = known.by_ref().take(RULES).map(failure).collect();
    let more = known.count();
    if more > 0 {
        let (rule, reason) = SUMMED_UP;
        failures.push(Failure {
            rule: rule.to_owned(),
            reason: reason.to_owned(),
            message: format!("{more} more rules were not applied: see the pod's annotations"),
        });
    }
    (!failures.is_empty()).then_some(failures)
}

fn failure(failed: FailedRule) -> Failure {
    let rule = clamped(&failed.rule, NAME_BYTES);
    let message = failed
        .message
        .unwrap_or_else(|| format!("rule {rule:?} was not applied: see the pod's annotations"));
    Failure {
        message: clamped(&message, MESSAGE_BYTES),
        rule,
        reason: failed.reason,
    }
}

/// Whether nobody has written the stamp since the pod was created. The API server keeps account of
/// who wrote a field and when; what a webhook writes during admission has no entry there.
fn is_original(metadata: &ObjectMeta, created: Timestamp) -> bool {
    let entries = metadata.managed_fields.iter().flatten();
    !entries
        .filter(|entry| owns_stamp(entry))
        .any(|entry| is_late(entry, created))
}

fn is_late(entry: &ManagedFieldsEntry, created: Timestamp) -> bool {
    let time = entry.time.as_ref().map(|time| time.0);
    time.is_none_or(|time| time.duration_since(created).as_secs_f64() > BIRTH.as_secs_f64())
}

fn owns_stamp(entry: &ManagedFieldsEntry) -> bool {
    let Some(fields) = &entry.fields_v1 else {
        return false;
    };
    let metadata = &fields.0["f:metadata"];
    let owns = |list: &str, key: &str| !metadata[list][format!("f:{key}")].is_null();
    owns("f:annotations", STATUS_ANNOTATION) || owns("f:labels", REQUEST_LABEL)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    const CREATED: &str = "2026-11-30T10:00:00Z";

    fn metadata(status: &Value) -> Value {
        json!({
            "name": "web-1", "namespace": "team-a", "uid": "u-1", "creationTimestamp": CREATED,
            "labels": {"pod-injector.kubewarden.io/request": "r-1"},
            "annotations": {"pod-injector.kubewarden.io/status": status.to_string()},
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u-2",
                "controller": true,
            }],
        })
    }

    fn read(metadata: Value) -> Option<Stamped> {
        let metadata: ObjectMeta = serde_json::from_value(metadata).expect("it is metadata");
        Stamped::of(&metadata)
    }

    fn one_failure() -> Value {
        json!({"failed": [{"rule": "a", "reason": "InternalError"}]})
    }

    #[test]
    fn a_stamp_tells_of_its_pod() {
        let status = json!({"applied": ["a"], "failed": [
            {"rule": "b", "reason": "InjectionConflict", "message": "no\nway"},
            {"rule": "c", "reason": "InjectionInvalid"},
        ]});
        let stamped = read(metadata(&status)).expect("it is a stamp");
        assert_eq!(stamped.request, "r-1");
        assert_eq!(stamped.pod.uid.as_deref(), Some("u-1"));
        assert_eq!(
            stamped.controller.map(|owner| owner.name).as_deref(),
            Some("web")
        );
        let told: Vec<_> = stamped
            .failures
            .iter()
            .map(|failure| (failure.rule.as_str(), failure.message.as_str()))
            .collect();
        assert_eq!(told[0], ("b", "no\\nway"));
        assert_eq!(
            told[1].1,
            "rule \"c\" was not applied: see the pod's annotations"
        );
    }

    #[test]
    fn a_label_without_a_stamp_tells_that_something_failed() {
        let mut pod = metadata(&one_failure());
        pod["annotations"] = Value::Null;
        assert_eq!(read(pod).map(|stamped| stamped.failures), Some(Vec::new()));
    }

    #[test]
    fn many_rules_are_summed_up() {
        let many: Vec<Value> = (0..100)
            .map(|n| json!({"rule": n.to_string(), "reason": "InternalError", "message": "x".repeat(2000)}))
            .collect();
        let stamped = read(metadata(&json!({"failed": many}))).expect("it is a stamp");
        assert_eq!(stamped.failures.len(), RULES + 1);
        assert_eq!(
            stamped.failures[RULES].message,
            "84 more rules were not applied: see the pod's annotations"
        );
        let mut lengths = stamped.failures.iter().map(|failure| failure.message.len());
        assert!(lengths.all(|length| length <= MESSAGE_BYTES));
    }

    #[rstest]
    #[case::text(json!("text"))]
    #[case::list(json!([1, 2]))]
    #[case::null(Value::Null)]
    #[case::no_failure(json!({"applied": ["a"], "failed": []}))]
    #[case::failures_of_another_type(json!({"failed": {"rule": "a"}}))]
    #[case::rule_of_another_type(json!({"failed": [{"rule": 1, "reason": "InternalError"}]}))]
    #[case::another_reason(json!({"failed": [{"rule": "a", "reason": "Killing", "message": "m"}]}))]
    #[case::too_long(json!({"failed": [{"rule": "a".repeat(1 << 20), "reason": "InternalError"}]}))]
    fn what_the_policy_would_not_write_is_no_stamp(#[case] status: Value) {
        assert_eq!(read(metadata(&status)), None);
    }

    #[test]
    fn what_a_stamp_says_is_clamped() {
        let status = json!({"failed": [{
            "rule": "r\u{1b}[31m\n".repeat(1000), "reason": "InternalError", "message": "m\r\n".repeat(9999),
        }]});
        let stamped = read(metadata(&status)).expect("it is a stamp");
        let failure = &stamped.failures[0];
        assert!(failure.rule.len() <= NAME_BYTES && failure.message.len() <= MESSAGE_BYTES);
        let text = failure.rule.clone() + &failure.message;
        assert!(!text.chars().any(char::is_control), "{text}");
    }

    #[rstest]
    #[case::no_uid("uid", Value::Null)]
    #[case::no_name("name", Value::Null)]
    #[case::another_namespace("namespace", json!("../kube-system"))]
    #[case::no_time("creationTimestamp", Value::Null)]
    #[case::no_label("labels", Value::Null)]
    #[case::another_label("labels", json!({"pod-injector.kubewarden.io/request": "a b"}))]
    fn a_pod_that_nothing_can_be_told_of_is_left_out(#[case] field: &str, #[case] value: Value) {
        let mut pod = metadata(&one_failure());
        pod[field] = value;
        assert_eq!(read(pod), None);
    }

    /// What the API server keeps of a write of the stamp.
    #[rstest]
    #[case::with_the_pod("2026-11-30T10:00:00Z", "f:annotations", STATUS_ANNOTATION, true)]
    #[case::later("2026-11-30T10:30:00Z", "f:annotations", STATUS_ANNOTATION, false)]
    #[case::label_later("2026-11-30T10:30:00Z", "f:labels", REQUEST_LABEL, false)]
    #[case::something_else_later("2026-11-30T10:30:00Z", "f:labels", "app", true)]
    fn a_stamp_that_was_written_later_tells_nothing(
        #[case] time: &str,
        #[case] list: &str,
        #[case] key: &str,
        #[case] expected: bool,
    ) {
        let mut pod = metadata(&one_failure());
        let field = format!("f:{key}");
        pod["managedFields"] = json!([{
            "manager": "kubectl-edit", "operation": "Update", "apiVersion": "v1", "time": time,
            "fieldsType": "FieldsV1", "fieldsV1": {"f:metadata": {list: {field: {}}}},
        }]);
        assert_eq!(read(pod).is_some(), expected);
    }
}
