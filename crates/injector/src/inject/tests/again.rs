//! An injected pod that comes again: each rule patches the containers that it patched the first
//! time, and the same pod comes out.

use rstest::rstest;
use serde_json::Value;

use super::{Outcome, outcome_with};

const PATCH_ALL: &str = r#"{"name": "proxy", "inject": {"containers": [{"patch": {"env": [{"name": "PROXY", "value": "p"}]}}]}}"#;
const SIDECAR: &str = r#"{"name": "sidecar", "inject": {"pod": {"spec": {"containers": [
    {"name": "logs", "image": "logs:1", "args": ["-v"]}]}}}}"#;
const PATCH_LATER: &str = r#"{"name": "later", "inject": {"containers": [{"patch": {"env": [{"name": "LATER", "value": "l"}]}}]}}"#;

const POD: &str = r#"{"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [{"name": "app", "image": "shop:2.1"}]}}"#;

/// The pod after two admissions, which must not differ in anything but the stamp.
fn twice(pod: &str, settings: &str, team_rules: Option<&str>) -> Outcome {
    let first = outcome_with(pod, settings, team_rules);
    let again = outcome_with(&first.pod.to_string(), settings, team_rules);
    assert_eq!(again.pod, first.pod);
    assert_eq!(again.failed, first.failed);
    first
}

fn twice_by_rules(pod: &str, rules: &[&str]) -> Outcome {
    twice(pod, &format!(r#"{{"rules": [{}]}}"#, rules.join(",")), None)
}

/// The names of a container's variables.
fn variables<'o>(outcome: &'o Outcome, list: &str, name: &str) -> Vec<&'o str> {
    let containers = outcome.pod["spec"][list].as_array().expect("a list");
    let container = containers
        .iter()
        .find(|container| container["name"] == name);
    let env = container.expect("the container is there")["env"].as_array();
    let names = env.into_iter().flatten().map(|item| item["name"].as_str());
    names.map(|name| name.expect("a name")).collect()
}

#[test]
fn a_rule_patches_no_container_of_a_later_one() {
    let outcome = twice_by_rules(POD, &[PATCH_ALL, SIDECAR, PATCH_LATER]);
    assert_eq!(variables(&outcome, "containers", "app"), ["PROXY", "LATER"]);
    assert_eq!(variables(&outcome, "containers", "logs"), ["LATER"]);
}

#[test]
fn a_rule_patches_no_container_of_its_own() {
    let both = r#"{"name": "both", "inject": {
        "containers": [{"patch": {"env": [{"name": "PROXY", "value": "p"}]}}],
        "pod": {"spec": {"initContainers": [{"name": "logs", "image": "logs:1", "restartPolicy": "Always"}]}}}}"#;
    let outcome = twice_by_rules(POD, &[both]);
    assert_eq!(variables(&outcome, "containers", "app"), ["PROXY"]);
    assert_eq!(
        variables(&outcome, "initContainers", "logs"),
        Vec::<&str>::new()
    );
}

/// The first rule that adds a container is the one that it counts as.
#[test]
fn a_rule_between_two_that_add_the_same_patches_it() {
    let same = SIDECAR.replace(r#""name": "sidecar""#, r#""name": "same""#);
    let outcome = twice_by_rules(POD, &[PATCH_ALL, SIDECAR, PATCH_LATER, &same]);
    assert_eq!(variables(&outcome, "containers", "logs"), ["LATER"]);
}

/// What makes the container another one than the rule's, or what the rule does not add at all.
#[rstest]
#[case::another_image("logs:2", SIDECAR)]
#[case::the_rule_adds_none_like_it("logs:1", r#"{"name": "sidecar", "inject": {"pod": {"spec": {"containers": [{"name": "logs", "imagePullPolicy": "Always"}]}}}}"#)]
#[case::in_another_list("logs:1", r#"{"name": "sidecar", "inject": {"pod": {"spec": {"initContainers": [{"name": "first", "image": "logs:1"}]}}}}"#)]
#[case::the_rule_is_for_others("logs:1", r#"{"name": "sidecar", "match": {"namespaces": {"include": ["other"]}}, "inject": {"pod": {"spec": {"containers": [{"name": "logs", "image": "logs:1"}]}}}}"#)]
fn a_container_of_the_author_is_patched(#[case] image: &str, #[case] sidecar: &str) {
    let pod = format!(
        r#"{{"spec": {{"containers": [{{"name": "app", "image": "shop:2.1"}}, {{"name": "logs", "image": "{image}"}}]}}}}"#
    );
    let outcome = twice_by_rules(&pod, &[PATCH_ALL, sidecar]);
    assert_eq!(variables(&outcome, "containers", "logs"), ["PROXY"]);
}

/// A container that the rule would extend is the author's at first.
#[rstest]
#[case::gains(r#""image": "logs:1""#, "Report")]
#[case::keeps(r#""image": "logs:2""#, "Keep")]
#[case::is_replaced(r#""image": "logs:2""#, "Replace")]
fn a_container_that_a_later_rule_merges_into_is_patched(
    #[case] image: &str,
    #[case] on_conflict: &str,
) {
    let pod = format!(
        r#"{{"spec": {{"containers": [{{"name": "app", "image": "shop:2.1"}}, {{"name": "logs", {image}}}]}}}}"#
    );
    let on_conflict = format!(r#"{{"onConflict": "{on_conflict}", "#);
    let sidecar = SIDECAR.replacen('{', &on_conflict, 1);
    let outcome = twice_by_rules(&pod, &[PATCH_ALL, &sidecar]);
    assert_eq!(outcome.failed, Vec::<String>::new());
    assert_eq!(variables(&outcome, "containers", "logs"), ["PROXY"]);
}

#[test]
fn a_name_that_variables_make_is_known_again() {
    let sidecar = SIDECAR.replace(r#""logs""#, r#""${metadata.labels['app']}-logs""#);
    let outcome = twice_by_rules(POD, &[PATCH_ALL, &sidecar]);
    assert_eq!(
        variables(&outcome, "containers", "shop-logs"),
        Vec::<&str>::new()
    );
}

/// A rule that is not applied to the pod adds nothing to it.
#[test]
fn a_rule_that_the_pod_opts_out_of_adds_nothing() {
    let pod = r#"{"metadata": {"annotations": {"pod-injector.kubewarden.io/skip": "sidecar"}},
        "spec": {"containers": [{"name": "logs", "image": "logs:1", "args": ["-v"]}]}}"#;
    let outcome = twice_by_rules(pod, &[PATCH_ALL, SIDECAR]);
    assert_eq!(variables(&outcome, "containers", "logs"), ["PROXY"]);
}

#[test]
fn rules_of_config_maps_count_too() {
    let settings = format!(
        r#"{{"rules": [{PATCH_ALL}], "rulesFrom": [{{"configMap": {{"name": "rules"}}}}]}}"#
    );
    let team = format!("[{SIDECAR}, {PATCH_LATER}]");
    let outcome = twice(POD, &settings, Some(&team));
    assert_eq!(outcome.failed, Vec::<String>::new());
    assert_eq!(variables(&outcome, "containers", "app"), ["PROXY", "LATER"]);
    assert_eq!(variables(&outcome, "containers", "logs"), ["LATER"]);

    // In the other order, inside one ConfigMap and in the settings.
    let team = format!("[{PATCH_LATER}]");
    let settings =
        format!(r#"{{"rules": [{SIDECAR}], "rulesFrom": [{{"configMap": {{"name": "rules"}}}}]}}"#);
    let outcome = twice(POD, &settings, Some(&team));
    assert_eq!(variables(&outcome, "containers", "logs"), ["LATER"]);
}

/// Additions by the API server or other rules do not change whose container it is.
#[test]
fn what_is_added_to_a_container_of_a_rule_leaves_it_that_rules() {
    let rules = format!(r#"{{"rules": [{PATCH_ALL}, {SIDECAR}]}}"#);
    let first = outcome_with(POD, &rules, None);
    let mut pod: Value = first.pod;
    let logs = &mut pod["spec"]["containers"][1];
    logs["imagePullPolicy"] = "IfNotPresent".into();
    logs["terminationMessagePath"] = "/dev/termination-log".into();
    logs["resources"] = serde_json::json!({"requests": {"cpu": "100m"}});
    logs["volumeMounts"] =
        serde_json::json!([{"name": "kube-api-access-x", "mountPath": "/token"}]);
    pod["spec"]["volumes"] = serde_json::json!([{"name": "kube-api-access-x"}]);
    let again = outcome_with(&pod.to_string(), &rules, None);
    assert_eq!(again.pod, pod);
}
