//! Look-ups that fail, are late or return something else.

use std::time::{Duration, Instant};

use policy_host::Settings;
use policy_host::cluster::Cluster;
use rstest::rstest;
use serde_json::{Value, json};

use crate::rules::RULE;
use crate::{Always, POLICY, admitted, config_map, evaluate, evaluate_quickly, request};

#[rstest]
#[case::another_kind(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "rules"}}))]
#[case::another_name(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}}))]
#[case::a_list(json!([1, 2]))]
#[case::a_text(json!("ConfigMap"))]
#[case::null(json!(null))]
fn the_answer_is_another_object(#[case] answer: Value) {
    let messages = admitted(&evaluate_quickly(&Ok(answer)));
    assert_eq!(
        messages,
        [
            "no rule of configmap/kubewarden/rules was applied: it can't be read: the host's answer is not that object"
        ]
    );
}

#[test]
fn the_lookup_fails() {
    let words = "ServiceError: client error (Connect)\n\nCaused by:\n    0: tcp connect error";
    let messages = admitted(&evaluate_quickly(&Err(words.to_owned())));
    assert_eq!(
        messages,
        [
            "no rule of configmap/kubewarden/rules was applied: it can't be read: ServiceError: client error (Connect)"
        ]
    );
}

/// Later than the policy's deadline, than the host's time limit, and much later.
#[rstest]
#[case(Duration::from_millis(700))]
#[case(Duration::from_millis(2_500))]
#[case(Duration::from_secs(5))]
fn the_lookup_is_late(#[case] delay: Duration) {
    let rules = config_map(&json!({"rules.yaml": RULE}));
    let cluster = Cluster::new(Always(Ok(rules))).with_delay(delay);
    let start = Instant::now();
    let outcome = evaluate(cluster);
    assert!(start.elapsed() >= delay);
    let messages = admitted(&outcome);
    assert_eq!(
        messages,
        [
            "no rule of configmap/kubewarden/rules was applied: it can't be read: there was no answer in time"
        ]
    );
    assert_eq!(outcome.warnings, messages);
}

/// Each look-up is in time, but not all together.
#[test]
fn many_lookups_are_late() {
    let sources =
        (0..16).map(|n| json!({"configMap": {"namespace": "n", "name": format!("r{n}")}}));
    let settings = json!({"rulesFrom": sources.collect::<Vec<_>>()});
    let settings = Settings::from_value(settings).expect("an object");
    let cluster = Cluster::new(Always(Err("no".to_owned()))).with_delay(Duration::from_millis(150));
    let start = Instant::now();
    let outcome = POLICY
        .clone()
        .with_cluster(cluster)
        .evaluate(&request(), &settings);
    assert!(outcome.allowed, "{:?}", outcome.message);
    assert!(
        start.elapsed() < Duration::from_millis(1900),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(outcome.lookups.len(), 4);
    assert!(outcome.events().count() >= 8);
}
