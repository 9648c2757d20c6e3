//! Values that the API server and its plugins filled in. They do not conflict, and are removed with
//! the field that they were derived from.

use rstest::rstest;
use serde_json::{Value, json};

use super::{applied, outcome, outcome_in, replacing, reporting};
use crate::cluster::object::{Kind, Object};

fn of_app<'p>(pod: &'p Value, field: &str) -> &'p Value {
    &pod["spec"]["containers"][0][field]
}

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A pod with the token's volume and its mounts as the `ServiceAccount` plugin makes them.
fn with_token(spec: &str, more_mounts: &str) -> String {
    format!(
        r#"{{"spec": {{{spec} "serviceAccountName": "default",
            "initContainers": [{{"name": "first", "image": "a:1",
                "volumeMounts": [{{"name": "kube-api-access-x", "mountPath": "{TOKEN_PATH}"}}]}}],
            "containers": [{{"name": "app", "image": "a:1", "volumeMounts": [
                {{"name": "data", "mountPath": "/data"}} {more_mounts},
                {{"name": "kube-api-access-x", "mountPath": "{TOKEN_PATH}", "readOnly": true}}]}}],
            "volumes": [{{"name": "data"}},
                {{"name": "kube-api-access-x", "projected": {{"sources": [{{"serviceAccountToken": {{"path": "token"}}}}]}}}}]}}}}"#
    )
}

const NO_TOKEN: &str = r#"{"pod": {"spec": {"automountServiceAccountToken": false}}}"#;

#[rstest]
#[case::set_by_nobody("", reporting(NO_TOKEN))]
#[case::replaced(r#""automountServiceAccountToken": true,"#, replacing(NO_TOKEN))]
fn a_token_that_a_rule_switches_off_goes(#[case] spec: &str, #[case] rules: String) {
    let pod = applied(&with_token(spec, ""), &rules);
    assert_eq!(
        of_app(&pod, "volumeMounts"),
        &json!([{"name": "data", "mountPath": "/data"}])
    );
    assert_eq!(pod["spec"]["initContainers"][0]["volumeMounts"], json!([]));
    assert_eq!(pod["spec"]["volumes"], json!([{"name": "data"}]));
}

/// What an author makes of the token's volume is the author's.
#[test]
fn a_volume_that_is_used_elsewhere_stays() {
    let pod = with_token(
        "",
        r#", {"name": "kube-api-access-x", "mountPath": "/token"}"#,
    );
    let pod = applied(&pod, &reporting(NO_TOKEN));
    assert_eq!(
        of_app(&pod, "volumeMounts"),
        &json!([
            {"name": "data", "mountPath": "/data"},
            {"name": "kube-api-access-x", "mountPath": "/token"}
        ])
    );
    assert_eq!(pod["spec"]["volumes"][1]["name"], "kube-api-access-x");
}

/// A token that the pod did not want mounted automatically is there by hand.
#[test]
fn a_token_that_was_switched_off_before_stays() {
    let pod = with_token(r#""automountServiceAccountToken": false,"#, "");
    let pod = applied(&pod, &reporting(NO_TOKEN));
    assert_eq!(pod["spec"]["volumes"][1]["name"], "kube-api-access-x");
}

fn on_host_network(ports: &str) -> String {
    format!(
        r#"{{"spec": {{"hostNetwork": true,
            "initContainers": [{{"name": "first", "image": "a:1", "ports": [{{"containerPort": 90, "hostPort": 90}}]}}],
            "containers": [{{"name": "app", "image": "a:1", "ports": {ports}}}]}}}}"#
    )
}

#[rstest]
#[case::removed(r#"{"pod": {"spec": {"hostNetwork": null}}}"#)]
#[case::replaced(r#"{"pod": {"spec": {"hostNetwork": false}}}"#)]
fn host_ports_go_with_the_host_network(#[case] inject: &str) {
    let pod = on_host_network(
        r#"[{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}, {"containerPort": 81, "protocol": "TCP"}]"#,
    );
    let pod = applied(&pod, &replacing(inject));
    assert_eq!(
        of_app(&pod, "ports"),
        &json!([{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 81, "protocol": "TCP"}])
    );
    assert_eq!(
        pod["spec"]["initContainers"][0]["ports"],
        json!([{"containerPort": 90}])
    );
}

/// A rule may say in the same edit which port of the host it wants.
#[rstest]
#[case::the_same(80)]
#[case::another(8080)]
fn a_host_port_that_the_rule_wants_stays(#[case] host_port: u16) {
    let inject = format!(
        r#"{{"containers": [{{"include": ["app"], "patch": {{"ports": [{{"containerPort": 80, "hostPort": {host_port}}}]}}}}],
            "pod": {{"spec": {{"hostNetwork": null}}}}}}"#
    );
    let pod = on_host_network(r#"[{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]"#);
    let pod = applied(&pod, &reporting(&inject));
    assert_eq!(of_app(&pod, "ports")[0]["hostPort"], host_port);
}

/// On the pod's own network a host port is its author's.
#[test]
fn a_host_port_of_the_author_stays_with_him() {
    let pod = r#"{"spec": {"containers": [{"name": "app", "image": "a:1",
        "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]}]}}"#;
    let rules = r#"[
        {"name": "on", "inject": {"pod": {"spec": {"hostNetwork": true}}}},
        {"name": "off", "inject": {"pod": {"spec": {"hostNetwork": null}}}}]"#;
    let pod = applied(pod, rules);
    assert_eq!(of_app(&pod, "ports")[0]["hostPort"], 80);
}

const NO_HOST_PORT: &str =
    r#"{"containers": [{"patch": {"ports": [{"containerPort": 80, "hostPort": 0}]}}]}"#;

#[test]
fn a_host_port_of_zero_takes_the_authors_away() {
    let pod = r#"{"spec": {"containers": [{"name": "app", "image": "a:1",
        "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]}]}}"#;
    assert_eq!(
        outcome(pod, &reporting(NO_HOST_PORT)).failed,
        [
            "InjectionConflict: rule \"r\" was not applied: ports['80'].hostPort of container \"app\" \
          is already set to another value"
        ]
    );
    let pod = applied(pod, &replacing(NO_HOST_PORT));
    let port = &of_app(&pod, "ports")[0];
    assert!(
        matches!(port["hostPort"].as_i64(), None | Some(0)),
        "{port}"
    );
}

/// On the host's network it is what the API server makes of a port without one.
#[test]
fn a_host_port_of_zero_is_the_default_on_the_host_network() {
    let pod = on_host_network(r#"[{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]"#);
    let inject = NO_HOST_PORT.replace("\"patch\"", r#""include": ["app"], "patch""#);
    let pod = applied(&pod, &reporting(&inject));
    assert_eq!(of_app(&pod, "ports")[0]["hostPort"], 80);
}

/// A pod of one container of which `LimitRanger` has set what its annotation says.
fn limit_ranged(annotation: &str, resources: &str) -> String {
    format!(
        r#"{{"metadata": {{"annotations": {{"kubernetes.io/limit-ranger": "LimitRanger plugin set: {annotation}"}}}},
        "spec": {{"containers": [{{"name": "app", "image": "a:1", "resources": {resources}}}]}}}}"#
    )
}

const RANGED: &str =
    r#"{"limits": {"cpu": "500m", "memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "1Mi"}}"#;
const BY_RANGER: &str =
    "cpu, memory request for container app; cpu, memory limit for container app";

#[rstest]
#[case::limit(
    r#"{"limits": {"cpu": "2"}}"#,
    json!({"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "1Mi"}})
)]
#[case::request(
    r#"{"requests": {"cpu": "200m"}}"#,
    json!({"limits": {"cpu": "500m", "memory": "1Gi"}, "requests": {"cpu": "200m", "memory": "1Mi"}})
)]
#[case::limit_below_the_request(
    r#"{"limits": {"cpu": "50m"}}"#,
    json!({"limits": {"cpu": "50m", "memory": "1Gi"}, "requests": {"memory": "1Mi"}})
)]
#[case::both(
    r#"{"limits": {"cpu": "2"}, "requests": {"cpu": "1"}}"#,
    json!({"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Mi"}})
)]
fn what_limit_ranger_set_is_set_by_nobody(#[case] patch: &str, #[case] expected: Value) {
    let inject = format!(r#"{{"containers": [{{"patch": {{"resources": {patch}}}}}]}}"#);
    for rules in [reporting(&inject), replacing(&inject)] {
        let pod = applied(&limit_ranged(BY_RANGER, RANGED), &rules);
        assert_eq!(of_app(&pod, "resources"), &expected);
    }
}

#[rstest]
#[case::another_container("cpu limit for container other")]
#[case::an_init_container("cpu limit for init container app")]
#[case::another_resource("memory limit for container app")]
#[case::request("cpu request for container app")]
#[case::no_such_text("cpu limit of container app")]
fn what_limit_ranger_did_not_set_is_the_authors(#[case] annotation: &str) {
    let inject = r#"{"containers": [{"patch": {"resources": {"limits": {"cpu": "2"}}}}]}"#;
    let outcome = outcome(&limit_ranged(annotation, RANGED), &reporting(inject));
    assert_eq!(
        outcome.failed,
        [
            "InjectionConflict: rule \"r\" was not applied: resources.limits['cpu'] of container \
          \"app\" is already set to another value"
        ]
    );
}

#[test]
fn limit_ranger_names_init_containers() {
    let pod = r#"{"metadata": {"annotations": {"kubernetes.io/limit-ranger":
        "LimitRanger plugin set: cpu request for container app; cpu limit for init container first"}},
        "spec": {"containers": [{"name": "app", "image": "a:1"}],
            "initContainers": [{"name": "first", "image": "a:1", "resources": {"limits": {"cpu": "1"}}}]}}"#;
    let inject = r#"{"containers": [{"include": ["first"], "patch": {"resources": {"limits": {"cpu": "2"}}}}]}"#;
    let pod = applied(pod, &reporting(inject));
    assert_eq!(
        pod["spec"]["initContainers"][0]["resources"]["limits"]["cpu"],
        "2"
    );
}

/// What an earlier rule took from `LimitRanger` is that rule's.
#[test]
fn what_a_rule_claims_of_limit_ranger_is_the_rules() {
    let rules = r#"[
        {"name": "one", "inject": {"containers": [{"patch": {"resources": {"limits": {"cpu": "0.5"}}}}]}},
        {"name": "two", "inject": {"containers": [{"patch": {"resources": {"limits": {"cpu": "2"}}}}]}}]"#;
    let outcome = outcome(&limit_ranged(BY_RANGER, RANGED), rules);
    assert_eq!(
        outcome.failed,
        [
            "InjectionConflict: rule \"two\" was not applied: resources.limits['cpu'] of container \
          \"app\" is already set to another value by rule \"one\""
        ]
    );
}

fn with_image(image: &str, policy: &str) -> String {
    format!(
        r#"{{"spec": {{"containers": [{{"name": "app", "image": "{image}", "imagePullPolicy": "{policy}"}}]}}}}"#
    )
}

/// The first rule replaces the image, the second sets another pull policy.
fn image_and_policy(image: &str, policy: &str) -> String {
    format!(
        r#"[{{"name": "image", "onConflict": "Replace", "inject": {{"containers": [{{"patch": {{"image": "{image}"}}}}]}}}},
            {{"name": "policy", "inject": {{"containers": [{{"patch": {{"imagePullPolicy": "{policy}"}}}}]}}}}]"#
    )
}

#[test]
fn the_default_pull_policy_is_that_of_the_image_that_came() {
    let pod = with_image("shop:latest", "Always");
    let pod = applied(&pod, &image_and_policy("shop:2.1", "IfNotPresent"));
    assert_eq!(of_app(&pod, "imagePullPolicy"), "IfNotPresent");
    assert_eq!(of_app(&pod, "image"), "shop:2.1");
}

#[test]
fn a_pull_policy_of_the_author_is_no_default_of_a_later_image() {
    let pod = with_image("shop:2.1", "Always");
    assert_eq!(
        outcome(&pod, &image_and_policy("shop:latest", "IfNotPresent")).failed,
        [
            "InjectionConflict: rule \"policy\" was not applied: imagePullPolicy of container \"app\" \
          is already set to another value"
        ]
    );
}

#[rstest]
#[case::default("shop", "Always", "shop:2.1", true)]
#[case::authors("shop:2.1", "Always", "shop", false)]
fn one_rule_sees_the_image_that_came_too(
    #[case] image: &str,
    #[case] policy: &str,
    #[case] other: &str,
    #[case] is_default: bool,
) {
    let inject = format!(
        r#"{{"containers": [{{"patch": {{"image": "{other}"}}}}, {{"patch": {{"imagePullPolicy": "Never"}}}}]}}"#
    );
    let rules = format!(r#"[{{"name": "r", "onConflict": "Keep", "inject": {inject}}}]"#);
    let pod = applied(&with_image(image, policy), &rules);
    let expected = if is_default { "Never" } else { policy };
    assert_eq!(of_app(&pod, "imagePullPolicy"), expected);
}

/// A pod of a runtime class with node selectors, of which `a` is the class's.
const OF_CLASS: &str = r#"{"spec": {"runtimeClassName": "k", "nodeSelector": {"a": "1", "b": "1"},
    "containers": [{"name": "app", "image": "a:1"}]}}"#;

/// What rules on such a pod make of its node selector, and their failures.
fn of_class(specs: &[&str]) -> (Value, Vec<String>) {
    let class = json!({
        "apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "k"},
        "scheduling": {"nodeSelector": {"a": "1"}},
    });
    let rules = specs.iter().enumerate().map(|(index, spec)| {
        format!(r#"{{"name": "r{index}", "onConflict": "Replace", "inject": {{"pod": {{"spec": {spec}}}}}}}"#)
    });
    let settings = format!(r#"{{"rules": [{}]}}"#, rules.collect::<Vec<_>>().join(","));
    let object = Object::new(Kind::RuntimeClass, "", "k");
    let outcome = outcome_in(OF_CLASS, &settings, [(object, class)]);
    (outcome.pod["spec"]["nodeSelector"].clone(), outcome.failed)
}

#[test]
fn a_runtime_class_takes_its_node_selector_along() {
    let (selector, failed) = of_class(&[r#"{"runtimeClassName": null}"#]);
    assert_eq!(failed, Vec::<String>::new());
    assert_eq!(selector, json!({"b": "1"}));
    let wanted = r#"{"runtimeClassName": null, "nodeSelector": {"a": "1"}}"#;
    assert_eq!(of_class(&[wanted]).0, json!({"a": "1", "b": "1"}));
}

#[test]
fn a_node_selector_of_a_runtime_class_comes_back() {
    let (_, failed) = of_class(&[r#"{"nodeSelector": {"a": null}}"#]);
    let message = "InjectionInvalid: rule \"r0\" was not applied: spec.nodeSelector['a'] would come \
                   back: RuntimeClass k has it for every pod of the class";
    assert_eq!(failed, [message]);
    let (selector, failed) = of_class(&[r#"{"nodeSelector": {"b": null}}"#]);
    assert_eq!(failed, Vec::<String>::new());
    assert_eq!(selector, json!({"a": "1"}));
}

/// The class may have set the value that the pod came with, whatever an earlier rule did to it.
#[test]
fn a_node_selector_that_came_with_the_class_gets_no_other_value() {
    let (_, failed) = of_class(&[
        r#"{"nodeSelector": {"b": null}}"#,
        r#"{"nodeSelector": {"b": "2"}}"#,
    ]);
    let message = "InjectionInvalid: rule \"r1\" was not applied: spec.nodeSelector['b'] would be \
                   invalid: another value than a RuntimeClass may have set";
    assert_eq!(failed, [message]);
}
