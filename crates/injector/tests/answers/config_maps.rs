//! Rules of `ConfigMap`s: their names and origins in messages, and that messages quote no text of
//! them.

use rstest::rstest;
use serde_json::json;

use crate::ask::Ask;
use crate::rules::{config_map, rules_from};

#[test]
fn config_maps_of_one_name_in_two_namespaces_are_told_apart() {
    let settings = rules_from(&[
        json!({"namespace": "kubewarden", "name": "rules"}),
        json!({"name": "rules"}),
    ]);
    let answered = Ask::new(&settings.to_string())
        .cluster(&[
            config_map("kubewarden", "rules", "a: b"),
            config_map("team-a", "rules", "- 7"),
        ])
        .answer();
    let expected = ["configmap/kubewarden/rules", "configmap/team-a/rules"];
    assert_eq!(answered.event_rules(), expected);
    assert_eq!(answered.audit("failed-rules"), expected.join(","));
    assert_eq!(answered.stamped("failed"), expected);
    assert_eq!(
        answered.messages(),
        [
            "no rule of \"kubewarden/rules/rules.yaml\" was applied: expected a list of rules, got an object",
            "rule \"team-a/rules/rules.yaml: [0]\" was not applied: expected an object, got a number",
        ]
    );
}

#[test]
fn a_config_map_that_is_absent_is_named_with_its_namespace() {
    let settings = rules_from(&[json!({"name": "rules"})]);
    let answered = Ask::new(&settings.to_string()).answer();
    assert_eq!(answered.event_rules(), ["configmap/team-a/rules"]);
    assert_eq!(
        answered.messages(),
        ["no rule of configmap/team-a/rules was applied: it does not exist"]
    );
}

#[test]
fn a_failing_rule_of_a_config_map_is_named_with_its_place() {
    let settings = rules_from(&[json!({"name": "rules"})]);
    let rules = "- name: host\n  inject: {pod: {spec: {hostname: other}}}\n";
    let answered = Ask::new(&settings.to_string())
        .cluster(&[config_map("team-a", "rules", rules)])
        .answer();
    assert_eq!(answered.event_rules(), ["host"]);
    let message = &answered.messages()[0];
    assert!(
        message.starts_with("rule \"team-a/rules/rules.yaml: host\" was not applied: "),
        "{message}"
    );
}

#[rstest]
#[case::word("onConflict: hunter2")]
#[case::list_of_words("prepend: [hunter2]")]
#[case::variable("inject: {pod: {spec: {hostname: '${hunter2}'}}}")]
#[case::key_of_a_variable("inject: {pod: {spec: {hostname: \"${metadata.labelz['hunter2']}\"}}}")]
#[case::word_of_a_field("inject: {pod: {spec: {dnsPolicy: hunter2}}}")]
#[case::directive("inject: {pod: {spec: {containers: [{name: a, $patch: hunter2}]}}}")]
#[case::operator(
    "match: {labelSelector: {matchExpressions: [{key: a, operator: hunter2, values: [b]}]}}"
)]
#[case::kind("inject: {containers: [{kinds: [hunter2], patch: {tty: true}}]}")]
#[case::number("inject: {pod: {spec: {hostname: hunter2, activeDeadlineSeconds: hunter2}}}")]
#[case::ports_of_one_name(
    "inject: {containers: [{patch: {ports: [{containerPort: 1, name: hunter2}, {containerPort: 2, name: hunter2}]}}]}"
)]
#[case::volumes_of_one_name("inject: {pod: {spec: {volumes: [{name: hunter2}, {name: hunter2}]}}}")]
#[case::mounts_at_one_path(
    "inject: {containers: [{patch: {volumeMounts: [{name: a, mountPath: /hunter2}, {name: a, mountPath: /hunter2}]}}]}"
)]
#[case::containers_of_one_name(
    "inject: {pod: {spec: {containers: [{name: hunter2, image: a}], initContainers: [{name: hunter2, image: a}]}}}"
)]
#[case::tag("inject: {pod: {metadata: {labels: {a: !hunter2 b}}}}")]
#[case::alias("inject: {pod: {metadata: {labels: {a: *hunter2}}}}")]
fn no_text_of_a_rule_is_told(#[case] line: &str) {
    let settings = rules_from(&[json!({"name": "rules"})]);
    let inject = "  inject: {pod: {metadata: {labels: {a: b}}}}\n";
    let inject = if line.starts_with("inject") {
        ""
    } else {
        inject
    };
    let rules = format!("- name: r\n  {line}\n{inject}");
    let answered = Ask::new(&settings.to_string())
        .cluster(&[config_map("team-a", "rules", &rules)])
        .answer();
    assert_eq!(answered.messages().len(), 1, "{answered:?}");
    assert!(!answered.everything().contains("hunter2"), "{answered:?}");
}

#[test]
fn a_wrong_word_is_answered_with_those_that_are_allowed() {
    let settings = rules_from(&[json!({"name": "rules"})]);
    let rules = "- name: r\n  onConflict: hunter2\n  inject: {pod: {metadata: {labels: {a: b}}}}\n";
    let answered = Ask::new(&settings.to_string())
        .cluster(&[config_map("team-a", "rules", rules)])
        .answer();
    assert_eq!(
        answered.messages(),
        [
            "rule \"team-a/rules/rules.yaml: r\" was not applied: onConflict: must be one of Report, Keep, Replace"
        ]
    );
}
