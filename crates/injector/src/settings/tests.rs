use rstest::rstest;

use super::*;
use kubewarden_policy_sdk::settings::SettingsValidationResponse;

fn problems(text: &str) -> Vec<String> {
    check(text)
        .found()
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn with_rule(rule: &str) -> String {
    format!(r#"{{"rules": [{rule}]}}"#)
}

const RULE: &str = r#"{"name": "r", "inject": {"pod": {"metadata": {"labels": {"a": "b"}}}}}"#;

#[test]
fn the_whole_of_the_settings_is_accepted() {
    let text = r#"{
        "rules": [{
            "name": "corporate-proxy",
            "match": {
                "namespaces": {"include": ["team-*"], "exclude": ["team-legacy"]},
                "labelSelector": {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "c", "operator": "Exists"}]},
                "annotationSelector": {"matchLabels": {"inject": "yes, please"}}
            },
            "inject": {
                "pod": {
                    "metadata": {"labels": {"egress": "proxied"}, "annotations": {"Example.com/note": "any\ntext"}},
                    "spec": {
                        "initContainers": [{"name": "setup", "image": "busybox:1", "restartPolicy": "Always"}],
                        "containers": [{"name": "proxy", "image": "proxy:1", "ports": [{"containerPort": 3128}],
                            "livenessProbe": {"httpGet": {"port": 3128}}}],
                        "volumes": [{"name": "ca", "configMap": {"name": "ca"}}, {"name": "scratch"}]
                    }
                },
                "containers": [{
                    "include": ["*"], "exclude": ["istio-*"], "kinds": ["Container", "InitContainer", "Sidecar"],
                    "patch": {
                        "env": [{"name": "HTTP_PROXY", "value": "http://proxy:3128"},
                                {"name": "EMPTY"},
                                {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
                        "volumeMounts": [{"name": "ca", "mountPath": "/ca", "readOnly": true}],
                        "resources": {"requests": {"cpu": 0.5}, "limits": {"cpu": "1"}}
                    }
                }]
            },
            "prepend": ["initContainers", "env", "containers", "envFrom"],
            "onConflict": "Replace",
            "onFailure": "Reject"
        }],
        "stamp": false, "optOut": false, "unknownFields": "Refuse"
    }"#;
    assert_eq!(problems(text), Vec::<String>::new());
}

#[rstest]
#[case::null("null", &["expected an object, got null"])]
#[case::list("[]", &["expected an object, got a list"])]
#[case::nothing("{}", &["neither `rules` nor `rulesFrom`"])]
#[case::no_rules(r#"{"rules": []}"#, &["rules: must not be empty"])]
#[case::rules_type(r#"{"rules": {}}"#, &["rules: expected a list, got an object"])]
#[case::both(r#"{"rules": 1, "rulesFrom": []}"#, &["rulesFrom: must not be empty", "rules: expected a list, got a number"])]
#[case::types(r#"{"stamp": "yes", "optOut": 1, "unknownFields": "allow", "rules": [1]}"#, &[
    r#"unknownFields: unknown value "allow", did you mean "Allow"? (Refuse, Allow)"#,
    "stamp: expected true or false, got a string",
    "optOut: expected true or false, got a number",
    "rules[0]: expected an object, got a number",
])]
#[case::repeated(r#"{"stamp": true, "stamp": true, "rules": [1]}"#, &["stamp: the key is there twice", "rules[0]: expected an object, got a number"])]
#[case::escaped_key_is_the_same(r#"{"stamp": true, "st\u0061mp": true, "rules": [1]}"#, &["stamp: the key is there twice", "rules[0]: expected an object, got a number"])]
#[case::lone_surrogate(r#"{"rules": "\ud800"}"#, &["rules: expected a list, got a string that is not valid Unicode"])]
#[case::lone_surrogate_key(r#"{"\ud800": 1, "rules": 1}"#, &[r"\\ud800: unknown field", "rules: expected a list, got a number"])]
fn the_top_level_is_checked(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(problems(text), expected);
}

#[rstest]
#[case::nothing("{}", &["rules[0].name: required", "rules[0].inject: required"])]
#[case::name(r#"{"name": "Proxy", "inject": {"pod": {"spec": {}}}}"#, &["rules[0].name: must be a DNS label: lower-case letters, digits and `-`, with a letter or digit at both ends"])]
#[case::conflict(r#"{"name": "r", "onConflict": "Replce", "inject": {"pod": {"spec": {}}}}"#, &[r#"rules[0].onConflict: unknown value "Replce", did you mean "Replace"? (Report, Keep, Replace)"#])]
#[case::failure(r#"{"name": "r", "onFailure": "\u001b[31mFail\n", "inject": {"pod": {"spec": {}}}}"#, &[r#"rules[0].onFailure: unknown value "\u{1b}[31mFail\n" (Report, Reject)"#])]
#[case::prepend(r#"{"name": "r", "prepend": ["env", "volumes"], "inject": {"pod": {"spec": {}}}}"#, &[r#"rules[0].prepend[1]: unknown value "volumes" (containers, env, envFrom, initContainers)"#])]
#[case::prepend_empty(r#"{"name": "r", "prepend": [], "match": {}, "inject": {"pod": {"spec": {}}}}"#, &[])]
#[case::inject_empty(r#"{"name": "r", "inject": {}}"#, &["rules[0].inject: must not be empty"])]
#[case::inject_pod_empty(r#"{"name": "r", "inject": {"pod": {}}}"#, &["rules[0].inject.pod: must not be empty"])]
#[case::inject_containers_empty(r#"{"name": "r", "inject": {"containers": []}}"#, &["rules[0].inject.containers: must not be empty"])]
#[case::inject_unknown(r#"{"name": "r", "inject": {"pods": {}, "pod": {"spec": {}}}}"#, &[r#"rules[0].inject.pods: unknown field, did you mean "pod"?"#])]
#[case::entry(r#"{"name": "r", "inject": {"containers": [{"include": [], "exclude": ["A"], "kinds": ["container", "Ephemeral"]}, 1]}}"#, &[
    "rules[0].inject.containers[0].include: must not be empty",
    "rules[0].inject.containers[0].exclude[0]: no name matches: names are lower-case letters, digits and `-`, with a letter or digit at both ends; `*` stands for any text, and no other character is special",
    r#"rules[0].inject.containers[0].kinds[0]: unknown value "container", did you mean "Container"? (Container, InitContainer, Sidecar)"#,
    r#"rules[0].inject.containers[0].kinds[1]: unknown value "Ephemeral" (Container, InitContainer, Sidecar)"#,
    "rules[0].inject.containers[0].patch: required",
    "rules[0].inject.containers[1]: expected an object, got a number",
])]
#[case::kinds_empty(r#"{"name": "r", "inject": {"containers": [{"kinds": [], "patch": {"tty": true}}]}}"#, &["rules[0].inject.containers[0].kinds: must not be empty"])]
#[case::patch_empty(r#"{"name": "r", "inject": {"containers": [{"patch": {}}]}}"#, &["rules[0].inject.containers[0].patch: must not be empty"])]
#[case::later_keys(r#"{"name": "r", "checkReferences": 1, "checkPodSecurity": "yes", "inject": {"pod": {"spec": {}}}}"#, &["rules[0].checkReferences: expected true or false, got a number", "rules[0].checkPodSecurity: expected true or false, got a string"])]
fn a_rule_is_checked(#[case] rule: &str, #[case] expected: &[&str]) {
    assert_eq!(problems(&with_rule(rule)), expected);
}

#[test]
fn two_rules_of_one_name_are_a_problem() {
    let text = with_rule(&format!("{RULE}, {RULE}"));
    assert_eq!(
        problems(&text),
        ["rules[1].name: rules[0] has the same name"]
    );
}

#[test]
fn a_fragment_is_checked_even_in_a_rule_that_has_other_problems() {
    let text = with_rule(
        r#"{"match": 1, "inject": {"what": 1, "containers": [
            {"include": 1, "patch": {"env": [{"name": "A", "value": 1}]}}]}}"#,
    );
    assert_eq!(
        problems(&text),
        [
            "rules[0].name: required",
            "rules[0].match: expected an object, got a number",
            "rules[0].inject.what: unknown field",
            "rules[0].inject.containers[0].include: expected a list, got a number",
            "rules[0].inject.containers[0].patch.env[0].value: expected a string, got a number",
        ]
    );
}

#[test]
fn a_bad_rule_does_not_take_the_others_with_it() {
    let text = with_rule(&format!(r#"{{"name": 1}}, {RULE}"#));
    let node = Node::parse(&text).expect("valid JSON");
    let settings = Settings::read(&node).expect("settings");
    assert!(settings.stamp);
    assert!(settings.opt_out);
    let names: Vec<_> = settings
        .rules
        .iter()
        .map(|rule| rule.as_ref().map(|rule| rule.name))
        .map(|name| name.map_err(ToString::to_string))
        .collect();
    assert_eq!(
        names,
        [
            Err("rules[0].name: expected a string, got a number".to_owned()),
            Ok("r")
        ]
    );
}

#[test]
fn reading_does_not_look_into_what_is_injected() {
    let text = with_rule(r#"{"name": "r", "inject": {"pod": {"nonsense": [1, {}]}}}"#);
    let node = Node::parse(&text).expect("valid JSON");
    let settings = Settings::read(&node).expect("settings");
    assert!(settings.rules.iter().all(Result::is_ok));
}

#[test]
fn the_answer_has_a_line_for_each_problem() {
    let answer = |payload: &[u8]| -> SettingsValidationResponse {
        serde_json::from_slice(&validation_response(payload)).expect("an answer")
    };
    let valid = answer(with_rule(RULE).as_bytes());
    assert!(valid.valid);
    assert_eq!(valid.message, None);
    let invalid = answer(br#"{"stamp": 1}"#);
    assert!(!invalid.valid);
    assert_eq!(
        invalid.message.as_deref(),
        Some(
            "2 problems in the settings:\nstamp: expected true or false, got a number\nneither `rules` nor `rulesFrom`"
        )
    );
    let one = answer(b"{}").message;
    assert_eq!(
        one.as_deref(),
        Some("1 problem in the settings:\nneither `rules` nor `rulesFrom`")
    );
}

#[rstest]
#[case::empty(b"", "not JSON")]
#[case::cut(b"{\"rules\": [", "not JSON")]
#[case::more(b"{} {}", "not JSON")]
#[case::not_utf8(b"{\"rules\": \"\xff\"}", "not UTF-8")]
#[case::nul(b"\0", "not JSON")]
fn every_payload_gets_an_answer(#[case] payload: &[u8], #[case] expected: &str) {
    let answer: SettingsValidationResponse =
        serde_json::from_slice(&validation_response(payload)).expect("an answer");
    assert!(!answer.valid);
    assert!(
        answer
            .message
            .is_some_and(|message| message.contains(expected))
    );
}

#[rstest]
#[case::deep_list("[".repeat(10_000) + &"]".repeat(10_000))]
#[case::deep_object(r#"{"a":"#.repeat(10_000) + "1" + &"}".repeat(10_000))]
#[case::many_keys(format!("{{{}}}", (0..5_000).map(|n| format!("\"stam{n}\":1")).collect::<Vec<_>>().join(",")))]
#[case::many_items(format!("[{}]", "{},".repeat(5_000) + "{}"))]
#[case::many_names(format!("[{}]", (0..3_000).map(|n| format!(r#"{{"name":"a{n}"}}"#)).collect::<Vec<_>>().join(",")))]
#[case::long_string(format!("\"{}\"", "ä".repeat(100_000)))]
#[case::huge_number("9".repeat(100_000))]
#[case::huge_exponent("1e999999999".to_owned())]
fn hostile_values_are_survived_everywhere(#[case] value: String) {
    let places = [
        value.clone(),
        format!(r#"{{"rules": {value}}}"#),
        with_rule(&value),
        with_rule(&format!(
            r#"{{"name": {value}, "match": {value}, "inject": {value}, "prepend": {value}}}"#
        )),
        with_rule(&format!(
            r#"{{"name": "r", "match": {{"labelSelector": {{"matchLabels": {value}, "matchExpressions": {value}}}, "namespaces": {{"include": {value}}}}}}}"#
        )),
        with_rule(&format!(
            r#"{{"name": "r", "inject": {{"pod": {value}, "containers": [{{"patch": {value}, "include": {value}}}]}}}}"#
        )),
        with_rule(&format!(
            r#"{{"name": "r", "inject": {{"pod": {{"metadata": {{"labels": {value}}}, "spec": {{"containers": {value}, "volumes": {value}, "tolerations": {value}, "securityContext": {value}}}}}}}}}"#
        )),
        with_rule(&format!(
            r#"{{"name": "r", "inject": {{"containers": [{{"patch": {{"env": {value}, "envFrom": {value}, "image": {value}, "resources": {{"limits": {{"cpu": {value}}}}}}}}}]}}}}"#
        )),
    ];
    for text in places {
        assert!(check(&text).found().len() <= 500);
        let node = Node::parse(&text).expect("valid JSON");
        if let Ok(settings) = Settings::read(&node) {
            for rule in settings.rules.iter().flatten() {
                let _ = rule.injection();
                let _ = rule.matching.matches("ns", Some(&node), None);
            }
        }
        serde_json::from_slice::<SettingsValidationResponse>(&validation_response(text.as_bytes()))
            .expect("an answer");
    }
}
