//! Labels of pods with a controller.

use rstest::rstest;
use serde_json::{Value, json};

use crate::ask::Ask;
use crate::rules::{LABEL, rule, settings};

fn replicas(kind: &str) -> Value {
    let api_version = match kind {
        "ReplicationController" => "v1",
        "Job" => "batch/v1",
        "Rollout" => "argoproj.io/v1alpha1",
        _ => "apps/v1",
    };
    let selector = match kind {
        "ReplicationController" => json!({"app": "web"}),
        "DaemonSet" => json!({"matchExpressions": [{"key": "app", "operator": "Exists"}]}),
        _ => json!({"matchLabels": {"app": "web"}}),
    };
    json!({
        "apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "namespace": "team-a"},
        "spec": {"selector": selector},
    })
}

const REPLACE_APP: &str = r#"{"name": "r", "onConflict": "Replace", "inject": {"pod": {"metadata": {"labels": {"app": "x"}}}}}"#;
const REMOVE_APP: &str =
    r#"{"name": "r", "inject": {"pod": {"metadata": {"labels": {"app": null}}}}}"#;
const REMOVE_TIER: &str =
    r#"{"name": "r", "inject": {"pod": {"metadata": {"labels": {"tier": null}}}}}"#;
const SELECTED: &str =
    "rule \"r\" was not applied: metadata.labels['app']: KIND team-a/web selects its pods by it";

#[rstest]
#[case::replica_set("ReplicaSet", REPLACE_APP, Some(SELECTED))]
#[case::removed("ReplicaSet", REMOVE_APP, Some(SELECTED))]
#[case::stateful_set("StatefulSet", REPLACE_APP, Some(SELECTED))]
#[case::daemon_set("DaemonSet", REMOVE_APP, Some(SELECTED))]
#[case::job("Job", REPLACE_APP, Some(SELECTED))]
#[case::replication_controller("ReplicationController", REPLACE_APP, Some(SELECTED))]
#[case::label_that_is_not_selected_by("ReplicaSet", REMOVE_TIER, None)]
#[case::label_that_is_not_selected_by_a_replication_controller(
    "ReplicationController",
    REMOVE_TIER,
    None
)]
#[case::unknown_kind(
    "Rollout",
    REMOVE_TIER,
    Some(
        "rule \"r\" was not applied: metadata.labels['tier']: the pod's controller, a \"Rollout\", may select its pods by it, and the policy does not look up objects of that kind"
    )
)]
fn a_pod_stays_its_controllers(
    #[case] kind: &str,
    #[case] rule: &str,
    #[case] message: Option<&str>,
) {
    let controller = replicas(kind);
    let answered = Ask::new(&settings(&[rule.to_owned()]))
        .label("app", "web")
        .label("tier", "front")
        .controlled_by(&controller)
        .cluster(&[controller])
        .answer();
    let expected = message.map(|message| message.replace("KIND", kind));
    assert_eq!(answered.messages(), Vec::from_iter(expected));
    let applied = if message.is_none() { "r" } else { "" };
    assert_eq!(answered.audit("applied-rules"), applied);
}

#[test]
fn a_controller_that_cannot_be_read_keeps_its_pods_labels() {
    let answered = Ask::new(&settings(&[REMOVE_TIER.to_owned()]))
        .label("tier", "front")
        .controlled_by(&replicas("ReplicaSet"))
        .answer();
    assert_eq!(answered.reasons(), ["ReferenceUnavailable"]);
    assert_eq!(
        answered.messages(),
        ["rule \"r\" was not applied: it needs ReplicaSet team-a/web, which does not exist"]
    );
}

/// These labels need no look-up.
#[rstest]
#[case::label_that_is_added(&[rule("r", LABEL)], "r")]
#[case::equal_label(
    &[rule("r", r#"{"pod": {"metadata": {"labels": {"app": "web"}}}}"#)],
    "r"
)]
#[case::label_of_an_earlier_rule(
    &[rule("a", LABEL), rule("b", r#"{"pod": {"metadata": {"labels": {"egress": null}}}}"#)],
    "a,b"
)]
fn other_labels_of_a_controlled_pod_are_free(#[case] rules: &[String], #[case] applied: &str) {
    let answered = Ask::new(&settings(rules))
        .label("app", "web")
        .controlled_by(&replicas("ReplicaSet"))
        .answer();
    assert_eq!(answered.audit("applied-rules"), applied);
}

#[test]
fn a_pod_of_nobody_has_free_labels() {
    let answered = Ask::new(&settings(&[REMOVE_APP.to_owned()]))
        .label("app", "web")
        .answer();
    assert_eq!(answered.audit("applied-rules"), "r");
}
