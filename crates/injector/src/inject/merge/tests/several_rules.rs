//! Several rules after one another: conflicts with earlier rules, and the order of prepended items.

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::schema::{CONTAINER, POD};
use lazy_json::Node;
use rstest::rstest;

use crate::inject::deadline::Deadline;
use crate::inject::merge::Merge;
use crate::settings::rule::{OnConflict, Prepend, Rule, RuleName};

#[test]
fn a_conflict_with_an_earlier_rule_names_the_rule() {
    let mut pod = Node::parse(r#"{"spec":{}}"#).expect("JSON");
    let first = Node::parse(r#"{"spec":{"dnsPolicy":"ClusterFirst"}}"#).expect("JSON");
    let second = Node::parse(r#"{"spec":{"dnsPolicy":"None"}}"#).expect("JSON");
    let rules = ["first", "second"].map(RuleName::of_settings);
    for (index, patch, expected) in [
        (
            0,
            &Node::parse(r#"{"spec":{"dnsPolicy":"Default"}}"#).expect("JSON"),
            None,
        ),
        (1, &first, Some("by rule \"first\"")),
        (1, &second, Some("by rule \"first\"")),
    ] {
        let (prepend, deadline) = (Prepend::default(), Deadline::never());
        let original = Node::object(Vec::new());
        let mut merge = Merge::new(
            &original,
            &rules,
            index,
            OnConflict::Report,
            prepend,
            &deadline,
        );
        let result = merge.object(&POD, &mut pod, patch, &FieldPath::ROOT);
        match expected {
            None => result.expect("no conflict"),
            Some(text) => {
                let error = result.expect_err("a conflict").to_string();
                assert!(error.ends_with(text), "{error}");
            }
        }
    }
}

#[rstest]
#[case::false_value("hostNetwork", "false", "true")]
#[case::default("dnsPolicy", "\"ClusterFirst\"", "\"None\"")]
fn a_rule_that_sets_a_field_to_its_zero_counts_as_its_author(
    #[case] field: &str,
    #[case] left_out: &str,
    #[case] other: &str,
) {
    let mut pod = Node::parse(r#"{"spec":{"hostname":"h"}}"#).expect("JSON");
    let [first, second] =
        [left_out, other].map(|value| format!(r#"{{"spec":{{"{field}":{value}}}}}"#));
    let rules = ["first", "second"].map(RuleName::of_settings);
    let mut merge_of = |index, patch: &'static str| {
        let patch = Node::parse(patch).expect("JSON");
        let (prepend, deadline) = (Prepend::default(), Deadline::never());
        let original = Node::object(Vec::new());
        let mut merge = Merge::new(
            &original,
            &rules,
            index,
            OnConflict::Report,
            prepend,
            &deadline,
        );
        merge
            .object(&POD, &mut pod, &patch, &FieldPath::ROOT)
            .map(|()| merge.changed())
            .map_err(|error| error.to_string())
    };
    assert_eq!(merge_of(0, first.leak()), Ok(false));
    let conflict = format!("spec.{field} is already set to another value by rule \"first\"");
    assert_eq!(merge_of(1, second.leak()), Err(conflict));
    let mut text = String::new();
    pod.write(&mut text);
    assert_eq!(text, r#"{"spec":{"hostname":"h"}}"#);
}

#[test]
fn prepended_items_keep_the_order_of_rules_and_go_before_the_pods_own() {
    let mut container = Node::parse(r#"{"env":[{"name":"OWN"}]}"#).expect("JSON");
    let rule = r#"{"name":"a","inject":{"pod":{"metadata":{}}},"prepend":["env"]}"#;
    let rule = Node::parse(rule).expect("JSON");
    let prepend = Rule::read(&rule, 0)
        .and_then(|rule| rule.injection())
        .expect("a rule")
        .prepend;
    for (index, (prepend, names)) in [
        (Prepend::default(), ["LATE1", "LATE2"]),
        (prepend, ["A1", "A2"]),
        (prepend, ["B1", "B2"]),
    ]
    .into_iter()
    .enumerate()
    {
        let patch = format!(
            r#"{{"env":[{{"name":"{}"}},{{"name":"{}"}}]}}"#,
            names[0], names[1]
        );
        let patch = Node::parse(patch.leak()).expect("JSON");
        let rules = ["a", "b", "c"].map(RuleName::of_settings);
        let deadline = Deadline::never();
        let original = Node::object(Vec::new());
        let mut merge = Merge::new(
            &original,
            &rules,
            index,
            OnConflict::Report,
            prepend,
            &deadline,
        );
        merge
            .object(&CONTAINER, &mut container, &patch, &FieldPath::ROOT)
            .expect("no conflict");
    }
    let items = container.items_at("env").iter();
    let names: Vec<_> = items.filter_map(|item| item.str_at("name")).collect();
    assert_eq!(names, ["A1", "A2", "B1", "B2", "OWN", "LATE1", "LATE2"]);
}
