//! Rules that take longer than the deadline.

use policy_host::cluster::Cluster;
use policy_host::{Request, Settings};
use rstest::rstest;
use serde_json::{Value, json};

use crate::rules::{
    empty_variables, long_text, many_attributes, many_capabilities, many_patches, many_references,
    many_resources, many_rules, many_terms, many_terms_each, many_variables, patches_of_variables,
    stars,
};
use crate::{Always, POLICY, config_map, settings};

/// A request for a pod with this many containers and labels.
fn large_request(containers: usize, labels: usize) -> Request {
    let containers =
        (0..containers).map(|index| json!({"name": format!("c{index}"), "image": "i"}));
    let labels = (0..labels).map(|index| (format!("l{index}"), json!("")));
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "labels": Value::Object(labels.collect())},
        "spec": {"containers": containers.collect::<Vec<_>>()},
    });
    Request::from_pod(pod, Some("team-a")).expect("a pod")
}

/// The pod has many requests that are copies of limits, and a rule sets all of them.
#[test]
fn as_many_requests_of_the_pod() {
    let amounts = (0..20_000).map(|index| (format!("example.com/r{index}"), json!("1")));
    let amounts = Value::Object(amounts.collect());
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
        "spec": {"containers": [
            {"name": "app", "image": "i", "resources": {"limits": amounts, "requests": amounts}},
        ]},
    });
    let request = Request::from_pod(pod, Some("team-a")).expect("a pod");
    let rules = config_map(&json!({"rules.yaml": many_resources(20_000, 1)}));
    let policy = POLICY.clone().with_cluster(Cluster::new(Always(Ok(rules))));
    let outcome = policy.evaluate(&request, &settings());
    assert!(outcome.allowed, "{:?}", outcome.message);
    assert_eq!(outcome.failure, None);
}

/// The pod is admitted, however long the rules would take.
#[rstest]
#[case::rules_that_make_a_pod_longer(many_rules(1000, 20), 1, 0)]
#[case::rules_with_references(many_references(400, 9), 1, 0)]
#[case::patches_of_many_containers(many_patches(900, 60), 200, 0)]
#[case::one_rule_of_patches_of_many_containers(many_patches(1, 20_000), 2_000, 0)]
#[case::patches_that_make_lists_longer(patches_of_variables(1_200), 100, 0)]
#[case::one_rule_of_variables(many_variables(20_000), 20, 0)]
#[case::one_rule_of_strings(many_capabilities(50_000), 1, 0)]
#[case::terms_and_labels(many_terms(20_000), 1, 60_000)]
#[case::rules_of_terms(many_terms_each(900, 20), 1, 60_000)]
#[case::stars(stars(900_000), 200, 0)]
#[case::variables_without_a_value(empty_variables(30_000), 200, 0)]
#[case::resources(many_resources(20_000, 1), 1, 0)]
#[case::resources_twice(many_resources(9_000, 2), 1, 0)]
#[case::attributes(many_attributes(30_000), 1, 0)]
#[case::one_long_text(long_text(900_000), 400, 0)]
#[case::one_long_text_for_many(long_text(900_000), 2_000, 0)]
fn as_much_as_there_may_be(#[case] text: String, #[case] containers: usize, #[case] labels: usize) {
    let cluster = Cluster::new(Always(Ok(config_map(&json!({"rules.yaml": text})))));
    let outcome = POLICY
        .clone()
        .with_cluster(cluster)
        .evaluate(&large_request(containers, labels), &settings());
    assert!(outcome.allowed, "{:?}", outcome.message);
    assert_eq!(outcome.failure, None);
}

/// The same with rules of the settings.
#[test]
fn as_much_in_settings() {
    let rules: Value = serde_json::from_str(&patches_of_variables(1_200)).expect("JSON");
    let settings = Settings::from_value(json!({"rules": rules})).expect("an object");
    let outcome = POLICY.evaluate(&large_request(300, 0), &settings);
    assert!(outcome.allowed, "{:?}", outcome.message);
    let warning = outcome.warnings.first().map_or("", String::as_str);
    let expected = "rule \"r\" was not applied: there was no time left for ";
    assert!(warning.starts_with(expected), "{:?}", outcome.warnings);
    assert!(
        outcome
            .events()
            .all(|event| event["reason"] == "InternalError")
    );
}
