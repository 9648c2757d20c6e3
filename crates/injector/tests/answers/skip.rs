//! Warnings about the skip annotation.

use rstest::rstest;
use serde_json::json;

use crate::ask::Ask;
use crate::rules::{LABEL, config_map, rule, rules_from, settings};

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

/// There is no warning about a name that may be that of an unreadable rule.
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
