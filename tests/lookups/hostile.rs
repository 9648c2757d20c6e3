//! Hostile texts in `ConfigMap`s.

use policy_host::Settings;
use policy_host::cluster::{Cluster, Objects, Question};
use rstest::rstest;
use serde_json::{Value, json};

use crate::rules::{RULE, anchors, bombs, injecting, mebibyte};
use crate::{POLICY, admitted, config_map, evaluate_quickly, request};

#[rstest]
#[case::ten_thousand_rules(RULE.repeat(10_000), "more than 1000 rules")]
#[case::tiny_rules(mebibyte("- 1\n"), "more than 1000 rules")]
#[case::no_yaml(format!("- [{}", RULE.repeat(10_000)), "not YAML: line")]
#[case::anchors(anchors(), "aliases make more than 1048576 bytes")]
#[case::one_large_alias(format!("- &a {:?}\n- *a\n- *a\n", "x".repeat(1 << 19)), "aliases make more than")]
#[case::deep_flow(mebibyte("["), "not YAML: line")]
#[case::deep_block(mebibyte("- "), "not YAML: line")]
#[case::deep_json(format!("{}{}", "[".repeat(1 << 19), "]".repeat(1 << 19)), "more than 100 levels deep")]
#[case::quotes(mebibyte("\""), "not YAML: line")]
#[case::one_word(mebibyte("x"), "expected a list of rules, got a string")]
#[case::one_line(format!("- name: {}", mebibyte("x")), "at most 63 characters")]
#[case::comment(format!("#{}", mebibyte("x")), "")]
#[case::newlines(mebibyte("\n"), "")]
#[case::long_map(format!("- {{{}}}", mebibyte("a: b, ")), "unknown field")]
#[case::long_block_map(format!("-\n{}", mebibyte("  a: b\n")), "unknown field")]
#[case::folded(format!("- >\n{}", mebibyte("  a\n\n")), "expected an object")]
#[case::escapes(format!("- \"{}\"", mebibyte("\\x01")), "expected an object")]
#[case::nul("\0".to_owned(), "not YAML: line")]
#[case::huge_number(
    injecting(r#"{"spec": {"volumes": [{"name": "v", "emptyDir": {"sizeLimit": 1e400}}]}}"#),
    "a number that is out of range"
)]
#[case::half_a_character(injecting(r#"{"spec": {"volumes": [{"name": "v", "csi": {"driver": "d.x", "volumeAttributes": {"\ud800": "x"}}}]}}"#), "a key that is no Unicode")]
#[case::deep_rule(injecting(&format!("{}1{}", r#"{"spec":"#.repeat(120), "}".repeat(120))), "more than 100 levels deep")]
#[case::nothing_but_an_anchor("&rules".to_owned(), "an anchor on an empty document")]
fn a_hostile_config_map(#[case] text: String, #[case] expected: &str) {
    let rules = config_map(&json!({"rules.yaml": text}));
    let outcome = evaluate_quickly(&Ok(rules));
    let messages = admitted(&outcome);
    assert_eq!(
        messages.len(),
        usize::from(!expected.is_empty()),
        "{messages:?}"
    );
    assert!(
        messages.iter().all(|message| message.contains(expected)),
        "{messages:?}"
    );
    assert!(
        messages.iter().all(|message| message.len() <= 1024),
        "{messages:?}"
    );
}

#[test]
fn aliases_of_many_texts() {
    let rules = config_map(&bombs(1_500));
    let messages = admitted(&evaluate_quickly(&Ok(rules)));
    let expected = "aliases make more than 1048576 bytes";
    assert!(messages[0].contains(expected), "{messages:?}");
}

/// The records of one pod's failures do not drown those of other pods.
#[test]
fn many_rules_that_fail() {
    let rule = |rule: usize| {
        let patch = json!({"patch": {"image": "other"}});
        json!({"name": format!("r{rule}"), "inject": {"containers": [patch]}})
    };
    let rules = json!((0..300).map(rule).collect::<Vec<_>>()).to_string();
    let rules = config_map(&json!({"rules.yaml": rules}));
    let outcome = evaluate_quickly(&Ok(rules));
    assert!(outcome.allowed, "{:?}", outcome.message);
    assert_eq!(outcome.events().count(), 100);
    let last = outcome.warnings.last().map(String::as_str);
    assert_eq!(last, Some("200 of 300 Events could not be reported"));
}

#[test]
fn many_keys() {
    let keys = (0..20_000).map(|key| (format!("k{key}"), json!("- 1")));
    let rules = config_map(&Value::Object(keys.collect()));
    let messages = admitted(&evaluate_quickly(&Ok(rules)));
    assert!(messages[0].contains("more than 1000 rules"), "{messages:?}");
}

#[test]
fn a_thousand_rules_are_applied_in_time() {
    let rules = (0..1000).map(|rule| {
        format!("- name: r{rule}\n  inject:\n    containers: [{{patch: {{env: [{{name: E{rule}, value: v}}]}}}}]\n")
    });
    let rules = config_map(&json!({"rules.yaml": rules.collect::<String>()}));
    let outcome = evaluate_quickly(&Ok(rules));
    assert_eq!(admitted(&outcome), Vec::<String>::new());
    let mutated = outcome.mutated_object.expect("rules were applied");
    let env = mutated["spec"]["containers"][0]["env"].as_array();
    assert_eq!(env.map(Vec::len), Some(1000));
}

/// A cluster in which every `ConfigMap` holds this text.
struct Everywhere(String);

impl Objects for Everywhere {
    fn get(&self, question: &Question) -> Result<Value, String> {
        Ok(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"namespace": question.namespace, "name": question.name},
            "data": {"rules.yaml": self.0},
        }))
    }
}

/// Sixteen sources with `ConfigMap`s of 1 MiB: a part of them is read.
#[rstest]
#[case::maps(format!("- name: r\n  inject:\n{}", mebibyte("    a: {b: c}\n")))]
#[case::rules(format!("{RULE}# {}", mebibyte("x")))]
#[case::aliases(format!("- &a {:?}\n- *a\n", "x".repeat(1 << 19)))]
#[case::flow(format!("[{}]", mebibyte("a: b, ")))]
#[case::json(format!("[{}1]", mebibyte("[1],")))]
fn large_config_maps_everywhere(#[case] text: String) {
    let sources =
        (0..16).map(|n| json!({"configMap": {"namespace": "n", "name": format!("r{n}")}}));
    let settings = json!({"rulesFrom": sources.collect::<Vec<_>>()});
    let settings = Settings::from_value(settings).expect("an object");
    let outcome = POLICY
        .clone()
        .with_cluster(Cluster::new(Everywhere(text)))
        .evaluate(&request(), &settings);
    assert!(outcome.allowed, "{:?}", outcome.message);
    assert_eq!(outcome.failure, None);
    assert!(outcome.events().count() >= 8);
}
