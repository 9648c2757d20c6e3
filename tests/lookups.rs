//! Hostile `ConfigMap`s, and a host that does not look up as it should, in the real module in the
//! real waPC host and under its time-out: the pod is admitted, the other rules are applied, and an
//! Event says what went wrong.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use policy_host::cluster::{Cluster, Objects, Question};
use policy_host::{Outcome, Policy, Request, Settings};
use rstest::rstest;
use serde_json::{Value, json};

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let module = test_modules::module(test_modules::Package::PodInjector);
    Policy::load(&module).expect("the policy's module is a policy")
});

/// The same policy, for which no look-up is too slow.
static PATIENT_POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let module = test_modules::module_with_paused_clock(test_modules::Package::PodInjector);
    let policy = Policy::load(&module).expect("the policy's module is a policy");
    policy.with_time_out(Duration::from_secs(20))
});

/// A cluster in which everything is the same object.
#[derive(Clone)]
struct Always(Result<Value, String>);

impl Objects for Always {
    fn get(&self, _: &Question) -> Result<Value, String> {
        self.0.clone()
    }
}

fn settings() -> Settings {
    let label = json!({"metadata": {"labels": {"settled": "true"}}});
    let settings = json!({
        "rules": [{"name": "settled", "inject": {"pod": label}}],
        "rulesFrom": [{"configMap": {"namespace": "kubewarden", "name": "rules", "optional": true}}],
    });
    Settings::from_value(settings).expect("an object")
}

fn request() -> Request {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "app", "image": "shop:2.1"}]},
    });
    Request::from_pod(pod, Some("team-a")).expect("a pod")
}

fn config_map(data: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": "kubewarden", "name": "rules"}, "data": data,
    })
}

fn evaluate(cluster: Cluster) -> Outcome {
    POLICY
        .clone()
        .with_cluster(cluster)
        .evaluate(&request(), &settings())
}

/// The same with a host that is quick, whatever else the machine does. In a host that may be slow
/// the pod is admitted too.
fn evaluate_quickly(answer: &Result<Value, String>) -> Outcome {
    let always = Always(answer.clone());
    let outcome = evaluate(Cluster::new(always.clone()));
    assert!(outcome.allowed, "{:?}", outcome.message);
    assert_eq!(outcome.failure, None);
    PATIENT_POLICY
        .clone()
        .with_cluster(Cluster::new(always))
        .evaluate(&request(), &settings())
}

/// Checks that the pod is admitted with the settings' rule, and returns the messages of the Events.
fn admitted(outcome: &Outcome) -> Vec<String> {
    assert!(outcome.allowed, "{:?}", outcome.message);
    assert_eq!(outcome.failure, None);
    let mutated = outcome.mutated_object.as_ref().expect("a rule was applied");
    assert_eq!(mutated["metadata"]["labels"]["settled"], "true");
    let message = |event: &Value| {
        assert_eq!(event["reason"], "RulesUnavailable", "{event}");
        let rule = &event["metadata"]["annotations"]["pod-injector.kubewarden.io/rule"];
        assert_eq!(rule, "configmap/kubewarden/rules", "{event}");
        event["message"].as_str().unwrap_or_default().to_owned()
    };
    outcome.events().map(message).collect()
}

/// As much text as a `ConfigMap` can hold.
fn mebibyte(unit: &str) -> String {
    unit.repeat((1 << 20) / unit.len())
}

fn anchors() -> String {
    let mut text = "- &a0 {name: lol}\n".to_owned();
    for level in 1..20 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        text.extend([format!("- &a{level} [{aliases}]\n")]);
    }
    text
}

fn injecting(pod: &str) -> String {
    format!(r#"[{{"name": "a", "inject": {{"pod": {pod}}}}}]"#)
}

/// Rules that make a pod longer and longer.
fn many_rules(rules: usize, variables: usize) -> String {
    let rule = |rule: usize| {
        let env = (0..variables).map(|index| json!({"name": format!("V{rule}_{index}")}));
        let patch = json!({"patch": {"env": env.collect::<Vec<_>>()}});
        json!({"name": format!("r{rule}"), "inject": {"containers": [patch]}})
    };
    json!((0..rules).map(rule).collect::<Vec<_>>()).to_string()
}

/// The same with something to look up in each.
fn many_references(rules: usize, variables: usize) -> String {
    let rule = |rule: usize| {
        let key = json!({"configMapKeyRef": {"name": "rules", "key": "rules.yaml"}});
        let env = (0..variables)
            .map(|index| json!({"name": format!("V{rule}_{index}"), "valueFrom": key}));
        let patch = json!({"patch": {"env": env.collect::<Vec<_>>()}});
        json!({
            "name": format!("r{rule}"), "checkReferences": true, "inject": {"containers": [patch]},
        })
    };
    json!((0..rules).map(rule).collect::<Vec<_>>()).to_string()
}

/// Rules of many patches that go to each of a pod's containers.
fn many_patches(rules: usize, patches: usize) -> String {
    let patch = json!({"patch": {"tty": true}});
    let rule = |rule: usize| json!({"name": format!("r{rule}"), "inject": {"containers": vec![&patch; patches]}});
    json!((0..rules).map(rule).collect::<Vec<_>>()).to_string()
}

fn many_variables(count: usize) -> String {
    let env = (0..count).map(|index| json!({"name": format!("V{index}")}));
    let patch = json!({"patch": {"env": env.collect::<Vec<_>>()}});
    json!([{"name": "r", "inject": {"containers": [patch]}}]).to_string()
}

fn many_capabilities(count: usize) -> String {
    let added = (0..count).map(|index| format!("C{index}"));
    let capabilities = json!({"add": added.collect::<Vec<_>>()});
    let patch = json!({"patch": {"securityContext": {"capabilities": capabilities}}});
    json!([{"name": "r", "inject": {"containers": [patch]}}]).to_string()
}

/// A rule of many patches, each of which adds to what the ones before it have added.
fn patches_of_variables(count: usize) -> String {
    let patch = |index: usize| json!({"patch": {"env": [{"name": format!("V{index}")}]}});
    json!([{"name": "r", "inject": {"containers": (0..count).map(patch).collect::<Vec<_>>()}}])
        .to_string()
}

/// A rule for pods with each of many labels.
fn many_terms(count: usize) -> String {
    many_terms_each(1, count)
}

fn many_terms_each(rules: usize, count: usize) -> String {
    let term = |index: usize| json!({"key": format!("l{index}"), "operator": "Exists"});
    let terms: Vec<_> = (0..count).map(term).collect();
    let label = json!({"metadata": {"labels": {"a": "b"}}});
    let rule = |rule: usize| {
        json!({
            "name": format!("r{rule}"),
            "match": {"labelSelector": {"matchExpressions": terms}}, "inject": {"pod": label},
        })
    };
    json!((0..rules).map(rule).collect::<Vec<_>>()).to_string()
}

fn stars(count: usize) -> String {
    let containers = json!([{"include": ["*".repeat(count)], "patch": {"tty": true}}]);
    json!([{"name": "r", "inject": {"containers": containers}}]).to_string()
}

fn long_text(length: usize) -> String {
    let env = json!([{"name": "A", "value": "x".repeat(length)}]);
    json!([{"name": "r", "inject": {"containers": [{"patch": {"env": env}}]}}]).to_string()
}

/// A rule of many variables that insert nothing.
fn empty_variables(count: usize) -> String {
    let env = json!([{"name": "A", "value": "${metadata.labels['x']:-}".repeat(count)}]);
    json!([{"name": "r", "inject": {"containers": [{"patch": {"env": env}}]}}]).to_string()
}

/// A rule of patches that have many resources.
fn many_resources(count: usize, patches: usize) -> String {
    let amounts = (0..count).map(|index| (format!("example.com/r{index}"), json!("1")));
    let amounts = Value::Object(amounts.collect());
    let patch = json!({"patch": {"resources": {"limits": amounts, "requests": amounts}}});
    json!([{"name": "r", "inject": {"containers": vec![patch; patches]}}]).to_string()
}

/// Rules that want a volume to have many attributes, all but one of them the same.
fn many_attributes(count: usize) -> String {
    let rule = |rule: usize| {
        let attributes = (0..count).map(|index| (format!("a{index}"), json!("x")));
        let mut attributes = Value::Object(attributes.collect());
        attributes["a0"] = json!(rule.to_string());
        let csi = json!({"driver": "d.example.com", "volumeAttributes": attributes});
        let volumes = json!([{"name": "v", "csi": csi}]);
        json!({"name": format!("r{rule}"), "inject": {"pod": {"spec": {"volumes": volumes}}}})
    };
    json!([rule(0), rule(1)]).to_string()
}

/// The API server has copied limits to requests, of many resources, and a rule names them all.
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

/// Many texts of which each is a thousand times as long as JSON.
fn bombs(count: usize) -> Value {
    let mut text = "- &a0 xxxxxxxxxxxxxxxxxxxxxxxxx\n".to_owned();
    for level in 1..6 {
        let aliases = vec![format!("*a{}", level - 1); 8].join(", ");
        text.extend([format!("- &a{level} [{aliases}]\n")]);
    }
    let texts = (0..count).map(|key| (format!("k{key}"), Value::from(text.clone())));
    Value::Object(texts.collect())
}

const RULE: &str = "- name: r\n  inject: {pod: {metadata: {labels: {a: b}}}}\n";

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

/// As large as a request may be, with so many containers or labels.
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

/// However much there is to do, the pod is admitted.
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

/// So do rules in settings.
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

#[test]
fn many_texts_that_aliases_make_long() {
    let rules = config_map(&bombs(1_500));
    let messages = admitted(&evaluate_quickly(&Ok(rules)));
    let expected = "aliases make more than 1048576 bytes";
    assert!(messages[0].contains(expected), "{messages:?}");
}

/// Rules that fail don't drown what is said of others' pods.
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
fn the_most_rules_that_there_may_be_are_applied_in_time() {
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

#[rstest]
#[case::another_kind(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "rules"}}))]
#[case::another_name(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}}))]
#[case::a_list(json!([1, 2]))]
#[case::a_text(json!("ConfigMap"))]
#[case::null(json!(null))]
fn something_else_is_answered(#[case] answer: Value) {
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

/// Longer than the policy's patience, longer than its time, and much longer.
#[rstest]
#[case(Duration::from_millis(700))]
#[case(Duration::from_millis(2_500))]
#[case(Duration::from_secs(5))]
fn the_lookup_takes_too_long(#[case] delay: Duration) {
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

/// Each in time, all together not.
#[test]
fn many_lookups_take_too_long() {
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

/// As many and as large as there may be: some of it is read.
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
