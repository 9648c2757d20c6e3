//! What the policy answers to requests, and what it records: settings and a pod in, warnings, audit
//! annotations, the stamp and Events out.

mod support;

use rstest::rstest;
use serde_json::{Value, json};
use support::Ask;

const LABEL: &str = r#"{"pod": {"metadata": {"labels": {"egress": "proxied"}}}}"#;

fn rule(name: &str, inject: &str) -> String {
    format!(r#"{{"name": "{name}", "inject": {inject}}}"#)
}

fn settings(rules: &[String]) -> String {
    format!(r#"{{"rules": [{}]}}"#, rules.join(","))
}

/// A rule that fails on every pod of these tests.
fn failing(name: &str) -> String {
    rule(name, r#"{"pod": {"spec": {"hostname": "other"}}}"#)
}

fn rules_from(sources: &[Value]) -> Value {
    let sources = sources.iter().map(|source| json!({ "configMap": source }));
    json!({ "rulesFrom": sources.collect::<Vec<_>>() })
}

fn config_map(namespace: &str, name: &str, text: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace},
        "data": {"rules.yaml": text},
    })
}

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
#[case::no_container_of_this_name(
    r#"{"containers": [{"include": ["ap"], "patch": {"tty": true}}]}"#,
    true
)]
#[case::no_container_of_this_kind(
    r#"{"containers": [{"kinds": ["Sidecar"], "patch": {"tty": true}}]}"#,
    true
)]
#[case::no_entry_selects(
    r#"{"containers": [{"include": ["a"], "patch": {"tty": true}}, {"include": ["b"], "patch": {"tty": true}}]}"#,
    true
)]
#[case::one_entry_selects(
    r#"{"containers": [{"include": ["a"], "patch": {"tty": true}}, {"patch": {"tty": true}}]}"#,
    false
)]
#[case::nothing_left_to_change(r#"{"containers": [{"patch": {"image": "shop:2.1"}}]}"#, false)]
#[case::a_pod_part(
    r#"{"containers": [{"include": ["ap"], "patch": {"tty": true}}], "pod": {"metadata": {"labels": {"a": "b"}}}}"#,
    false
)]
fn a_rule_that_selects_nothing_is_idle(#[case] inject: &str, #[case] idle: bool) {
    let answered = Ask::new(&settings(&[rule("tty", inject)])).answer();
    let (named, other) = if idle {
        ("idle", "applied")
    } else {
        ("applied", "idle")
    };
    assert_eq!(answered.audit(&format!("{named}-rules")), "tty");
    assert_eq!(answered.audit(&format!("{other}-rules")), "");
    assert_eq!(answered.stamped(named), ["tty"]);
    assert_eq!(answered.stamped(other), Vec::<String>::new());
    assert_eq!(answered.audit("failed-rules"), "");
    assert_eq!(answered.warnings(), Vec::<String>::new());
    assert_eq!(answered.messages(), Vec::<String>::new());
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

const SKIP: &str = "pod-injector.kubewarden.io/skip";

#[rstest]
#[case::capital("True", &["its value is neither \"true\" nor the name of a rule"])]
#[case::unknown("hunter2", &["its value is neither \"true\" nor the name of a rule"])]
#[case::empty("", &["its value is neither \"true\" nor the name of a rule"])]
#[case::one_of_two("a, hunter2", &["item 2 is not the name of a rule"])]
#[case::all_of_three("x,y,z", &["item 1 is not the name of a rule, and neither are 2 more"])]
#[case::true_among_names("a,true", &["item 2 is not the name of a rule"])]
#[case::known("a", &[])]
#[case::known_with_spaces(" a , b ", &[])]
#[case::all("true", &[])]
fn a_skip_annotation_that_means_nothing_gives_a_warning(
    #[case] value: &str,
    #[case] expected: &[&str],
) {
    let answered = Ask::new(&settings(&[rule("a", LABEL), rule("b", LABEL)]))
        .annotation(SKIP, value)
        .answer();
    let expected: Vec<String> = expected
        .iter()
        .map(|problem| format!("annotation {SKIP}: {problem}"))
        .collect();
    assert_eq!(answered.warnings(), expected);
    assert_eq!(answered.messages(), Vec::<String>::new());
    assert!(!answered.everything().contains("hunter2"), "{answered:?}");
}

/// Nothing is said of names that may be those of rules which could not be read.
#[rstest]
#[case::rule_of_a_config_map(
    "- name: hunter\n  match: {namespaces: {include: [other]}}\n  inject: {pod: {spec: {}}}",
    0
)]
#[case::no_rule_of_the_config_map(
    "- name: other\n  match: {namespaces: {include: [other]}}\n  inject: {pod: {spec: {}}}",
    1
)]
#[case::unreadable_list("a: b", 0)]
fn names_of_rules_in_config_maps_are_known(#[case] rules: &str, #[case] warnings: usize) {
    let settings = rules_from(&[json!({"name": "rules"})]);
    let answered = Ask::new(&settings.to_string())
        .annotation(SKIP, "hunter")
        .cluster(&[config_map("team-a", "rules", rules)])
        .answer();
    let about_skip = answered.warnings().into_iter();
    let about_skip = about_skip.filter(|warning| warning.contains(SKIP));
    assert_eq!(about_skip.count(), warnings, "{answered:?}");
}

#[test]
fn an_annotation_that_is_not_honoured_gives_no_warning() {
    let settings = format!(r#"{{"optOut": false, "rules": [{}]}}"#, rule("a", LABEL));
    let answered = Ask::new(&settings).annotation(SKIP, "True").answer();
    assert_eq!(answered.warnings(), Vec::<String>::new());
}

#[rstest]
#[case::all_are_named(8, 0, 8, None)]
#[case::one_record_is_lost(8, 1, 6, Some(2))]
#[case::one_record_of_seven_is_lost(7, 1, 7, None)]
#[case::more_rules(30, 1, 6, Some(24))]
#[case::more_rules_and_no_record_lost(9, 0, 7, Some(2))]
fn every_failed_rule_is_named_or_counted(
    #[case] rules: usize,
    #[case] lost: usize,
    #[case] named: usize,
    #[case] counted: Option<usize>,
) {
    let rules: Vec<String> = (0..rules)
        .map(|index| failing(&format!("r{index}")))
        .collect();
    let answered = Ask::new(&settings(&rules)).losing_records(lost).answer();
    let warnings = answered.warnings();
    assert!(warnings.len() <= 8, "{warnings:?}");
    let names = warnings
        .iter()
        .filter(|warning| warning.starts_with("rule \"r"));
    assert_eq!(names.count(), named, "{warnings:?}");
    let counts = counted.map(|count| format!("{count} more rules were not applied"));
    assert_eq!(
        warnings.get(named).filter(|_| counts.is_some()),
        counts.as_ref()
    );
    if lost > 0 {
        let all = rules.len();
        let expected = format!("{lost} of {all} Events could not be reported");
        assert_eq!(warnings.last(), Some(&expected));
    }
}

#[rstest]
#[case::image(
    r#"{"containers": [{"name": "helper", "image": "${metadata.annotations['v']}"}]}"#,
    "image of container \"helper\"",
    "spec.containers{helper}"
)]
#[case::init(
    r#"{"initContainers": [{"name": "first", "image": "i"}, {"name": "second", "image": "${metadata.annotations['v']}"}]}"#,
    "image of init container \"second\"",
    "spec.initContainers{second}"
)]
#[case::env(
    r#"{"containers": [{"name": "helper", "image": "i", "env": [{"name": "A", "value": "b"}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "${metadata.annotations['v']}"}}}]}]}"#,
    "env['B'].valueFrom.fieldRef of container \"helper\"",
    "spec.containers{helper}"
)]
#[case::volume(
    r#"{"volumes": [{"name": "a"}, {"name": "data", "hostPath": {"path": "/x", "type": "${metadata.annotations['v']}"}}]}"#,
    "spec.volumes['data'].hostPath.type",
    ""
)]
#[case::name_that_a_variable_made(
    r#"{"containers": [{"name": "${metadata.name}-helper", "image": "${metadata.annotations['v']}"}]}"#,
    "image of container \"${...}\"",
    ""
)]
#[case::item_without_a_merge_key(
    r#"{"dnsConfig": {"searches": ["a", "${metadata.annotations['v']}"]}}"#,
    "spec.dnsConfig.searches[1]",
    ""
)]
fn a_wrong_value_of_a_variable_names_the_item(
    #[case] spec: &str,
    #[case] place: &str,
    #[case] field_path: &str,
) {
    let inject = format!(r#"{{"pod": {{"spec": {spec}}}}}"#);
    let answered = Ask::new(&settings(&[rule("r", &inject)]))
        .annotation("v", " _wrong_ ")
        .answer();
    let message = &answered.messages()[0];
    let expected = format!(
        "rule \"r\" was not applied: {place} would be invalid with ${{metadata.annotations['v']}}: "
    );
    assert!(message.starts_with(&expected), "{message}");
    let event = &answered.events[0]["involvedObject"];
    assert_eq!(event["fieldPath"].as_str().unwrap_or_default(), field_path);
}

/// kwctl writes such a request where it knows of no cluster.
#[test]
fn a_request_is_for_a_pod_by_its_kind() {
    let answered = Ask::new(&settings(&[rule("r", LABEL)]))
        .request("/resource/resource", "this-is-the-plural-name")
        .answer();
    assert_eq!(answered.audit("applied-rules"), "r");
}

#[rstest]
#[case::operation("/operation", "UPDATE")]
#[case::sub_resource("/subResource", "ephemeralcontainers")]
#[case::kind("/kind/kind", "PodTemplate")]
#[case::version("/kind/version", "v2")]
#[case::group("/kind/group", "example.com")]
fn other_requests_are_answered_untouched(#[case] field: &str, #[case] value: &str) {
    let answered = Ask::new(&settings(&[rule("r", LABEL)]))
        .request(field, value)
        .answer();
    assert_eq!(answered.answer, json!({"accepted": true}));
}

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

/// No look-up is made for these, and none is needed.
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
