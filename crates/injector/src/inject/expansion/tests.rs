use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::schema;
use lazy_json::Node;
use rstest::rstest;

use super::*;
use crate::inject::deadline::Deadline;
use crate::request::Request;

const REQUEST: &str = r#"{"uid": "u-1", "namespace": "team-a", "userInfo": {"username": "ann"}}"#;

const POD: &str = r#"{
    "metadata": {"name": "web", "generateName": "we-", "namespace": "other", "labels": {"app": "shop", "none": ""},
        "annotations": {"a/b": "${metadata.name}", "list": [1], "surrogate": "\ud800"}},
    "spec": {"serviceAccountName": "robot"}
}"#;

const CONTAINER: &str = r#"{"name": "app", "image": "shop:2.1"}"#;

/// The expanded fragment. `None` if it has no variables.
fn result(ty: &'static schema::Type, fragment: &str) -> Result<Option<String>, String> {
    let [request, pod, container, fragment] =
        [REQUEST, POD, CONTAINER, fragment].map(|text| Node::parse(text).expect("valid JSON"));
    let deadline = Deadline::never();
    let scope = Scope::new(&pod, Request::new(&request), &deadline);
    let (spec, of_pod) = (FieldPath::ROOT.field("spec"), FieldPath::ROOT);
    let list = spec.field("containers");
    let of_container = list.key("app");
    let (path, container) = if ty.name == "Container" {
        (&of_container, Some(&container))
    } else {
        (&of_pod, None)
    };
    let expanded = expanded(ty, &fragment, &scope, container, path);
    let written = |node: Node<'_>| {
        let mut out = String::new();
        node.write(&mut out);
        out
    };
    expanded
        .map(|node| node.map(written))
        .map_err(|error| error.to_string())
}

fn text(template: &str) -> Result<String, String> {
    let fragment = format!(r#"{{"workingDir":{template}}}"#);
    let expanded = result(&schema::CONTAINER, &fragment)?;
    let expanded = expanded.unwrap_or(fragment);
    let text = expanded.strip_prefix(r#"{"workingDir":"#);
    Ok(text
        .and_then(|text| text.strip_suffix('}'))
        .expect("the same field")
        .to_owned())
}

#[rstest]
#[case::name("${metadata.name}", "web")]
#[case::generate_name("${metadata.generateName}", "we-")]
#[case::namespace_of_the_request("${metadata.namespace}", "team-a")]
#[case::label("${metadata.labels['app']}", "shop")]
#[case::annotation_is_no_template("${metadata.annotations['a/b']}", "${metadata.name}")]
#[case::service_account("${spec.serviceAccountName}", "robot")]
#[case::request_namespace("${request.namespace}", "team-a")]
#[case::request_uid("${request.uid}", "u-1")]
#[case::username("${request.userInfo.username}", "ann")]
#[case::container_name("${container.name}", "app")]
#[case::container_image("${container.image}", "shop:2.1")]
#[case::empty("[${metadata.labels['none']}]", "[]")]
#[case::default_of_empty("${metadata.labels['none']:-x}", "x")]
#[case::default_of_absent("${metadata.labels['no']:-x}", "x")]
#[case::default_not_needed("${metadata.labels['app']:-x}", "shop")]
#[case::several("${metadata.name}/$${x}/${request.uid}$", "web/${x}/u-1$")]
#[case::escaped_in_json(r"\u0024\u007bmetadata.name}", "web")]
#[case::capital_escape(r"$\u007Bmetadata.name}", "web")]
#[case::no_variable(r"\n$(HOME) \u00e4", r"\n$(HOME) \u00e4")]
#[case::quotes_around(r#"\"${metadata.name}\""#, r#"\"web\""#)]
fn values_are_inserted(#[case] template: &str, #[case] expected: &str) {
    let expected = format!("\"{expected}\"");
    assert_eq!(text(&format!("\"{template}\"")), Ok(expected));
}

#[rstest]
#[case::absent("metadata.labels['no']")]
#[case::no_string("metadata.annotations['list']")]
#[case::no_unicode("metadata.annotations['surrogate']")]
fn a_variable_without_a_value_is_named(#[case] path: &str) {
    let error = text(&format!(r#""${{{path}}}""#));
    let expected =
        format!(r#"workingDir of container "app" needs ${{{path}}}, which has no value"#);
    assert_eq!(error, Err(expected));
}

/// The place in the rule's list is not the place in the pod's.
#[test]
fn an_item_without_a_merge_key_has_no_index() {
    let error = result(
        &schema::CONTAINER,
        r#"{"envFrom": [{"prefix": "A_"}, {"configMapRef": {"name": "${metadata.labels['no']}"}}]}"#,
    );
    assert_eq!(
        error,
        Err("envFrom[].configMapRef.name of container \"app\" needs ${metadata.labels['no']}, which has no value".to_owned())
    );
}

#[test]
fn what_has_no_variables_stays_as_it_came() {
    let fragment = r#"{"metadata":{"annotations": { "a":"\u0062", "x":"$" }},"spec":{"hostname": "${metadata.name}" ,
        "containers":[{"name":"a" , "image":"b"},{"name":"${metadata.name}","image":"i"}]}}"#;
    let expected = r#"{"metadata":{"annotations": { "a":"\u0062", "x":"$" }},"spec":{"hostname":"web","containers":[{"name":"a" , "image":"b"},{"name":"web","image":"i"}]}}"#;
    assert_eq!(
        result(&schema::POD, fragment),
        Ok(Some(expected.to_owned()))
    );
    let plain = r#"{"spec":{"hostname":"a\u0024","containers":[]}}"#;
    assert_eq!(result(&schema::POD, plain), Ok(None));
}

#[test]
fn keys_and_directives_are_no_templates() {
    let fragment = r#"{"env":[{"name":"${metadata.name}","$patch":"delete"}],"tty":true,"new":{"a/${metadata.name}":"${metadata.name}"}}"#;
    let [fragment, request, pod] =
        [fragment, REQUEST, POD].map(|text| Node::parse(text).expect("valid JSON"));
    let deadline = Deadline::never();
    let scope = Scope::new(&pod, Request::new(&request), &deadline);
    let expansion = expanded(
        &schema::CONTAINER,
        &fragment,
        &scope,
        None,
        &FieldPath::ROOT,
    );
    let expansion = expansion.expect("it is expanded").expect("the name is");
    let mut written = String::new();
    expansion.write(&mut written);
    assert_eq!(
        written,
        r#"{"env":[{"name":"web","$patch":"delete"}],"tty":true,"new":{"a/${metadata.name}":"web"}}"#
    );
}

#[rstest]
#[case::label(
    r#"{"metadata": {"labels": {"a.b/c": "-${metadata.name}-"}}}"#,
    "metadata.labels['a.b/c'] would be invalid with ${metadata.name}: must be letters, digits, `-`, `_` and `.`, with a letter or digit at both ends, or empty"
)]
#[case::word(
    r#"{"spec": {"restartPolicy": "${metadata.labels['app']}"}}"#,
    "spec.restartPolicy would be invalid with ${metadata.labels['app']}: must be one of Always, OnFailure, Never"
)]
#[case::twice(
    r#"{"spec": {"volumes": [{"name": "web"}, {"name": "v"}, {"name": "${metadata.name}"}]}}"#,
    "spec.volumes['${...}'].name would be invalid with ${metadata.name}: taken by another of the rule's volumes"
)]
#[case::two_variables(
    r#"{"spec": {"volumes": [{"name": "${metadata.name}.${request.uid}.${metadata.name}"}]}}"#,
    "spec.volumes['${...}'].name would be invalid with ${metadata.name} and ${request.uid}: must be a DNS label: lower-case letters, digits and `-`, with a letter or digit at both ends"
)]
#[case::names_in_two_lists(
    r#"{"spec": {"containers": [{"name": "${metadata.name}", "image": "a"}], "initContainers": [{"name": "web", "image": "a"}]}}"#,
    "name of init container \"web\" would be invalid with ${metadata.name}: taken by another of the rule's containers"
)]
#[case::quantity_that_is_cut(
    r#"{"spec": {"volumes": [{"name": "v", "emptyDir": {"sizeLimit": "${metadata.labels['none']:-10Ei}"}}]}}"#,
    "spec.volumes['v'].emptyDir.sizeLimit would be invalid with ${metadata.labels['none']}: the API server makes 9223372036854775807 of it, the most that it takes with such a suffix"
)]
#[case::quantity_that_is_rounded(
    r#"{"spec": {"resources": {"limits": {"cpu": "${metadata.labels['none']:-100u}"}}}}"#,
    "spec.resources.limits['cpu'] would be invalid with ${metadata.labels['none']}: the API server rounds it up to a whole number of thousandths (1m)"
)]
#[case::empty_where_there_is_a_default(
    r#"{"spec": {"schedulerName": "${metadata.labels['none']:-}"}}"#,
    "spec.schedulerName would be invalid with ${metadata.labels['none']}: must not be empty: the API server makes default-scheduler of it"
)]
#[case::search_domain(
    r#"{"spec": {"dnsConfig": {"searches": ["${metadata.labels['none']:-a_}"]}}}"#,
    "spec.dnsConfig.searches[] would be invalid with ${metadata.labels['none']}: must be labels of lower-case letters, digits, `-` and `_` with `.` between them; a label begins with a letter or digit, perhaps after one `_`, and ends with one"
)]
#[case::keys_twice(
    r#"{"spec": {"containers": [{"name": "a", "image": "a", "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "${metadata.labels['none']:-TCP}"}]}]}}"#,
    "ports['80, ${...}'] of container \"a\" would be invalid with ${metadata.labels['none']}: has the same containerPort and protocol as another of the rule's ports"
)]
fn expanded_values_are_checked(#[case] fragment: &str, #[case] expected: &str) {
    assert_eq!(result(&schema::POD, fragment), Err(expected.to_owned()));
}

#[test]
fn values_are_in_no_message() {
    let error = result(
        &schema::CONTAINER,
        r#"{"volumeMounts": [{"name": "v", "mountPath": "/${container.image}", "subPath": "../${container.name}"}]}"#,
    );
    assert_eq!(
        error,
        Err(r#"volumeMounts['${...}'].subPath of container "app" would be invalid with ${container.name}: must be a relative path without `..`"#.to_owned())
    );
}

#[test]
fn a_template_that_cannot_be_read_fails() {
    let error = text(r#""${metadata.nam}""#);
    let expected = r#"the rule's workingDir of container "app" can't be read: at character 1: unknown variable (metadata.labels['KEY'], metadata.annotations['KEY'], metadata.name, metadata.generateName, metadata.namespace, spec.serviceAccountName, request.namespace, request.uid, request.userInfo.username, container.name, container.image)"#;
    assert_eq!(error, Err(expected.to_owned()));
}

#[test]
fn deep_nesting_is_handled() {
    let deep = |levels: usize| {
        format!(
            r#"{{"spec": {{"new": {}"${{metadata.name}}"{}}}}}"#,
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    let shallow = result(&schema::POD, &deep(10)).expect("it is expanded");
    assert!(shallow.is_some_and(|shallow| shallow.contains(r#"["web"]"#)));
    let error = result(&schema::POD, &deep(5_000)).expect_err("it is too deep");
    assert!(error.ends_with("it is too deep for variables"), "{error}");
}

#[test]
fn what_is_inserted_into_a_pod_is_bounded() {
    let pod = format!(
        r#"{{"metadata": {{"annotations": {{"a": "{}"}}}}}}"#,
        "x".repeat(100_000)
    );
    let fragment = r#"{"args": ["${metadata.annotations['a']}", "${metadata.annotations['a']}"]}"#;
    let [pod, request, fragment] =
        [pod.as_str(), REQUEST, fragment].map(|text| Node::parse(text).expect("valid JSON"));
    let deadline = Deadline::never();
    let scope = Scope::new(&pod, Request::new(&request), &deadline);
    let expand = || {
        expanded(
            &schema::CONTAINER,
            &fragment,
            &scope,
            None,
            &FieldPath::ROOT,
        )
    };
    assert!(expand().is_ok_and(|expanded| expanded.is_some()));
    let error = expand().expect_err("it is too much");
    assert_eq!(
        error.to_string(),
        "args[0] would be invalid with ${metadata.annotations['a']}: variables may insert at most 262144 bytes into a pod"
    );
    // The rule was not applied: the next one has the room.
    scope.forget(0);
    assert!(expand().is_ok());
}
