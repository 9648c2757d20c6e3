//! Idle and failed rules.

use rstest::rstest;

use crate::ask::Ask;
use crate::rules::{failing, rule, settings};

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
    "spec.dnsConfig.searches[]",
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
