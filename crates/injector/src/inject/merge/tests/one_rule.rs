//! One fragment of a rule: what it changes, what it leaves and where it conflicts.

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::schema::{CONTAINER, POD, Type};
use lazy_json::Node;
use rstest::rstest;

use crate::inject::deadline::Deadline;
use crate::inject::merge::Merge;
use crate::settings::rule::{OnConflict, Prepend, RuleName};

fn merged(ty: &'static Type, target: &str, patch: &str, on_conflict: OnConflict) -> Option<String> {
    merged_with(ty, target, patch, on_conflict, Prepend::default()).expect("no conflict")
}

/// A pod with `hostNetwork`: the API server made each of its ports a host port.
const ON_HOST_NETWORK: &str = r#"{"spec":{"hostNetwork":true}}"#;

/// The merged object. `None` if nothing changed.
fn merged_with(
    ty: &'static Type,
    target: &str,
    patch: &str,
    on_conflict: OnConflict,
    prepend: Prepend,
) -> Result<Option<String>, String> {
    let mut target = Node::parse(target).expect("the target is JSON");
    let patch = Node::parse(patch).expect("the patch is JSON");
    let rules = [RuleName::of_settings("a-rule")];
    let deadline = Deadline::never();
    let original = Node::parse(ON_HOST_NETWORK).expect("the pod is JSON");
    let mut merge = Merge::new(&original, &rules, 0, on_conflict, prepend, &deadline);
    merge
        .object(ty, &mut target, &patch, &FieldPath::ROOT)
        .map_err(|error| error.to_string())?;
    let mut text = String::new();
    target.write(&mut text);
    Ok(merge.changed().then_some(text))
}

#[rstest]
#[case::scalar(r#"{}"#, r#"{"image": "a"}"#, r#"{"image":"a"}"#)]
#[case::the_rules_spelling(
    r#"{}"#,
    r#"{"ports": [{"containerPort": 80}]}"#,
    r#"{"ports":[{"containerPort": 80}]}"#
)]
#[case::item(
    r#"{"env":[{"name":"A"}]}"#,
    r#"{"env":[{"name":"B"}]}"#,
    r#"{"env":[{"name":"A"},{"name":"B"}]}"#
)]
#[case::field_of_an_item(
    r#"{"volumeMounts":[{"name":"v","mountPath":"/m"}]}"#,
    r#"{"volumeMounts":[{"mountPath":"/m","readOnly":true}]}"#,
    r#"{"volumeMounts":[{"name":"v","mountPath":"/m","readOnly":true}]}"#
)]
#[case::port_of_another_protocol(
    r#"{"ports":[{"containerPort":53}]}"#,
    r#"{"ports":[{"containerPort":53,"protocol":"UDP"}]}"#,
    r#"{"ports":[{"containerPort":53},{"containerPort":53,"protocol":"UDP"}]}"#
)]
#[case::set_gains_what_it_lacks(
    r#"{"securityContext":{"capabilities":{"drop":["A"]}}}"#,
    r#"{"securityContext":{"capabilities":{"drop":["A","B"]}}}"#,
    r#"{"securityContext":{"capabilities":{"drop":["A","B"]}}}"#
)]
#[case::source_of_env_from(
    r#"{"envFrom":[{"configMapRef":{"name":"a"}}]}"#,
    r#"{"envFrom":[{"configMapRef":{"name":"a"}},{"secretRef":{"name":"a"}}]}"#,
    r#"{"envFrom":[{"configMapRef":{"name":"a"}},{"secretRef":{"name":"a"}}]}"#
)]
#[case::default_is_nobodys_choice(
    r#"{"image":"a:1","imagePullPolicy":"IfNotPresent"}"#,
    r#"{"imagePullPolicy":"Always"}"#,
    r#"{"image":"a:1","imagePullPolicy":"Always"}"#
)]
#[case::probe_timing_by_default(
    r#"{"livenessProbe":{"httpGet":{"port":80},"periodSeconds":10}}"#,
    r#"{"livenessProbe":{"periodSeconds":20}}"#,
    r#"{"livenessProbe":{"httpGet":{"port":80},"periodSeconds":20}}"#
)]
#[case::request_copied_from_the_limit(
    r#"{"resources":{"limits":{"memory":"1Gi"},"requests":{"memory":"1024Mi"}}}"#,
    r#"{"resources":{"requests":{"memory":"1M"}}}"#,
    r#"{"resources":{"limits":{"memory":"1Gi"},"requests":{"memory":"1M"}}}"#
)]
#[case::null_removes(
    r#"{"image":"a","command":["x"]}"#,
    r#"{"command": null}"#,
    r#"{"image":"a"}"#
)]
#[case::deletion(
    r#"{"env":[{"name":"A","value":"1"},{"name":"B"},{"name":"A","value":"2"}]}"#,
    r#"{"env":[{"name":"A","$patch":"delete"}]}"#,
    r#"{"env":[{"name":"B"}]}"#
)]
#[case::only_what_adds(
    r#"{}"#,
    r#"{"env":[{"name":"A","$patch":"delete"},{"name":"B","value":null}]}"#,
    r#"{"env":[{"name":"B"}]}"#
)]
#[case::null_in_one_value(
    r#"{}"#,
    r#"{"livenessProbe":{"httpGet":{"port":80,"path":null,"httpHeaders":null}}}"#,
    r#"{"livenessProbe":{"httpGet":{"port":80}}}"#
)]
#[case::unknown_field(
    r#"{"future":{"n":1e3}}"#,
    r#"{"future2":{"m":9007199254740993}}"#,
    r#"{"future":{"n":1e3},"future2":{"m":9007199254740993}}"#
)]
fn a_container_gains(#[case] target: &str, #[case] patch: &str, #[case] expected: &str) {
    for on_conflict in [OnConflict::Report, OnConflict::Keep, OnConflict::Replace] {
        let (target, patch) = (target, patch);
        let merged = merged(&CONTAINER, target, patch, on_conflict);
        // A value that is there by default is set whatever the rule does on a conflict.
        assert_eq!(merged.as_deref(), Some(expected), "{on_conflict:?}");
        assert_eq!(
            self::merged(&CONTAINER, expected, patch, on_conflict),
            None,
            "a second time changes nothing"
        );
    }
}

#[rstest]
#[case::equal(r#"{"image":"a"}"#, r#"{"image":"a"}"#)]
#[case::escaped(r#"{"image":"\u0061"}"#, r#"{"image":"a"}"#)]
#[case::quantity(
    r#"{"resources":{"limits":{"cpu":"500m"}}}"#,
    r#"{"resources":{"limits":{"cpu":0.5}}}"#
)]
#[case::binary_quantity(
    r#"{"resources":{"limits":{"memory":"1Gi"}}}"#,
    r#"{"resources":{"limits":{"memory":"1024Mi"}}}"#
)]
#[case::protocol(
    r#"{"ports":[{"containerPort":80,"protocol":"TCP"}]}"#,
    r#"{"ports":[{"containerPort":80}]}"#
)]
#[case::empty_value(r#"{"env":[{"name":"A"}]}"#, r#"{"env":[{"name":"A","value":""}]}"#)]
#[case::false_is_left_out(
    r#"{"volumeMounts":[{"mountPath":"/m"}]}"#,
    r#"{"volumeMounts":[{"mountPath":"/m","readOnly":false}]}"#
)]
#[case::api_version_of_a_field_ref(
    r#"{"env":[{"name":"A","valueFrom":{"fieldRef":{"apiVersion":"v1","fieldPath":"spec.nodeName"}}}]}"#,
    r#"{"env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"spec.nodeName"}}}]}"#
)]
#[case::port_that_may_be_of_the_host(
    r#"{"ports":[{"containerPort":53,"hostPort":53}]}"#,
    r#"{"ports":[{"containerPort":53,"hostPort":0}]}"#
)]
#[case::nothing_to_delete_by_an_escape(
    r#"{"env":[]}"#,
    r#"{"env":[{"name":"B","\u0024patch":"delete"}]}"#
)]
#[case::nothing_there_to_delete_by_an_escape(
    r#"{}"#,
    r#"{"env":[{"name":"B","\u0024patch":"delete"}]}"#
)]
#[case::nothing_to_delete(
    r#"{"env":[{"name":"A"}]}"#,
    r#"{"env":[{"name":"B","$patch":"delete"}]}"#
)]
#[case::nothing_to_remove(r#"{}"#, r#"{"command":null,"securityContext":{"runAsUser":null}}"#)]
#[case::scheme_of_a_probe(
    r#"{"livenessProbe":{"httpGet":{"port":80,"scheme":"HTTP","path":"/"},"timeoutSeconds":1}}"#,
    r#"{"livenessProbe":{"httpGet":{"port":80,"path":"/"}}}"#
)]
#[case::zero_that_stands_for_a_default(
    r#"{"terminationMessagePath":"/dev/termination-log","livenessProbe":{"periodSeconds":10}}"#,
    r#"{"terminationMessagePath":"","livenessProbe":{"periodSeconds":0}}"#
)]
#[case::zero_that_is_always_written(
    r#"{"lifecycle":{"preStop":{"sleep":{"seconds":0}}}}"#,
    r#"{"lifecycle":{"preStop":{"sleep":{}}}}"#
)]
#[case::empty_header(
    r#"{"livenessProbe":{"httpGet":{"httpHeaders":[{"name":"A","value":""}],"port":80}}}"#,
    r#"{"livenessProbe":{"httpGet":{"httpHeaders":[{"name":"A"}],"port":80}}}"#
)]
#[case::empty_list(r#"{}"#, r#"{"env":[],"command":[]}"#)]
fn nothing_changes(#[case] target: &str, #[case] patch: &str) {
    assert_eq!(merged(&CONTAINER, target, patch, OnConflict::Report), None);
}

#[rstest]
#[case::scalar(
    r#"{"workingDir":"/a"}"#,
    r#"{"workingDir":"/b"}"#,
    "workingDir",
    r#"{"workingDir":"/b"}"#
)]
#[case::command_is_one_value(
    r#"{"command":["a"]}"#,
    r#"{"command":["a","b"]}"#,
    "command",
    r#"{"command":["a","b"]}"#
)]
#[case::env(
    r#"{"env":[{"name":"A","value":"1"}]}"#,
    r#"{"env":[{"name":"A","value":"2"}]}"#,
    "env['A']",
    r#"{"env":[{"name":"A","value":"2"}]}"#
)]
#[case::env_without_a_value_is_set(
    r#"{"env":[{"name":"A"}]}"#,
    r#"{"env":[{"name":"A","value":"2"}]}"#,
    "env['A']",
    r#"{"env":[{"name":"A","value":"2"}]}"#
)]
#[case::env_of_another_source(
    r#"{"env":[{"name":"A","value":"1"}]}"#,
    r#"{"env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"spec.nodeName"}}}]}"#,
    "env['A']",
    r#"{"env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"spec.nodeName"}}}]}"#
)]
#[case::the_last_of_two_counts(
    r#"{"env":[{"name":"A","value":"2"},{"name":"A","value":"1"}]}"#,
    r#"{"env":[{"name":"A","value":"2"}]}"#,
    "env['A']",
    r#"{"env":[{"name":"A","value":"2"},{"name":"A","value":"2"}]}"#
)]
#[case::handler_whole(
    r#"{"livenessProbe":{"httpGet":{"port":80,"path":"/old","scheme":"HTTP"}}}"#,
    r#"{"livenessProbe":{"httpGet":{"port":80}}}"#,
    "livenessProbe",
    r#"{"livenessProbe":{"httpGet":{"port":80}}}"#
)]
#[case::newer_handler(
    r#"{"livenessProbe":{"handlerFromTheFuture":{}}}"#,
    r#"{"livenessProbe":{"exec":{"command":["a"]}}}"#,
    "livenessProbe",
    r#"{"livenessProbe":{"exec":{"command":["a"]}}}"#
)]
#[case::seccomp_profile_is_one_value(
    r#"{"securityContext":{"seccompProfile":{"type":"Localhost","localhostProfile":"a"}}}"#,
    r#"{"securityContext":{"seccompProfile":{"type":"RuntimeDefault"}}}"#,
    "securityContext.seccompProfile",
    r#"{"securityContext":{"seccompProfile":{"type":"RuntimeDefault"}}}"#
)]
#[case::false_against_true(
    r#"{"securityContext":{"privileged":true}}"#,
    r#"{"securityContext":{"privileged":false}}"#,
    "securityContext.privileged",
    r#"{"securityContext":{"privileged":false}}"#
)]
fn a_conflict_in_a_container(
    #[case] target: &str,
    #[case] patch: &str,
    #[case] place: &str,
    #[case] replaced: &str,
) {
    let with =
        |on_conflict| merged_with(&CONTAINER, target, patch, on_conflict, Prepend::default());
    assert_eq!(
        with(OnConflict::Report),
        Err(format!("{place} is already set to another value"))
    );
    assert_eq!(with(OnConflict::Keep), Ok(None));
    assert_eq!(with(OnConflict::Replace), Ok(Some(replaced.to_owned())));
}

#[rstest]
#[case::added_toleration(
    r#"{"spec":{"tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}]}}"#,
    r#"{"spec":{"tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":60}]}}"#,
    r#"{"spec":{"tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":60}]}}"#
)]
#[case::added_toleration_made_to_last(
    r#"{"spec":{"tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}]}}"#,
    r#"{"spec":{"tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute"}]}}"#,
    r#"{"spec":{"tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute"}]}}"#
)]
#[case::toleration_by_its_operators_default(
    r#"{"spec":{"tolerations":[{"key":"a","operator":"Equal","value":"b","effect":"NoSchedule"}]}}"#,
    r#"{"spec":{"tolerations":[{"key":"a","value":"b","effect":"NoSchedule"},{"key":"a","value":"c"}]}}"#,
    r#"{"spec":{"tolerations":[{"key":"a","operator":"Equal","value":"b","effect":"NoSchedule"},{"key":"a","value":"c"}]}}"#
)]
#[case::host_aliases(
    r#"{"spec":{"hostAliases":[{"ip":"1.2.3.4","hostnames":["a"]}]}}"#,
    r#"{"spec":{"hostAliases":[{"ip":"1.2.3.4","hostnames":["b","a"]}]}}"#,
    r#"{"spec":{"hostAliases":[{"ip":"1.2.3.4","hostnames":["a","b"]}]}}"#
)]
#[case::default_of_the_spec(
    r#"{"spec":{"terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst"}}"#,
    r#"{"spec":{"terminationGracePeriodSeconds":60,"dnsPolicy":"None"}}"#,
    r#"{"spec":{"terminationGracePeriodSeconds":60,"dnsPolicy":"None"}}"#
)]
#[case::label(
    r#"{"metadata":{"name":"x"}}"#,
    r#"{"metadata":{"labels":{"a":"b"}}}"#,
    r#"{"metadata":{"name":"x","labels":{"a":"b"}}}"#
)]
#[case::label_removed(
    r#"{"metadata":{"labels":{"a":"b","c":"d"}}}"#,
    r#"{"metadata":{"labels":{"a":null,"e":null}}}"#,
    r#"{"metadata":{"labels":{"c":"d"}}}"#
)]
fn a_pod_gains(#[case] target: &str, #[case] patch: &str, #[case] expected: &str) {
    let merged = merged(&POD, target, patch, OnConflict::Report);
    assert_eq!(merged.as_deref(), Some(expected));
}

#[test]
fn a_volume_without_a_source_changes_nothing_where_the_volume_exists() {
    let pod = r#"{"spec":{"volumes":[{"name":"v","secret":{"secretName":"s"}}]}}"#;
    let patch = r#"{"spec":{"volumes":[{"name":"v"}]}}"#;
    assert_eq!(merged(&POD, pod, patch, OnConflict::Report), None);
}

#[rstest]
#[case::dropped_for_the_server_to_copy(
    r#"{"memory":"2Gi"}"#,
    r#"{"limits":{"memory":"2Gi"},"requests":{}}"#
)]
#[case::kept_where_the_limit_is_the_same(
    r#"{"memory":"1Gi","cpu":"1"}"#,
    r#"{"limits":{"memory":"1Gi","cpu":"1"},"requests":{"memory":"1Gi"}}"#
)]
fn a_request_that_equals_its_limit_follows_it(#[case] limits: &str, #[case] expected: &str) {
    let pod = r#"{"resources":{"limits":{"memory":"1Gi"},"requests":{"memory":"1Gi"}}}"#;
    let patch = format!(r#"{{"resources":{{"limits":{limits}}}}}"#);
    let expected = format!(r#"{{"resources":{expected}}}"#);
    assert_eq!(
        merged(&CONTAINER, pod, &patch, OnConflict::Replace),
        Some(expected)
    );
}

#[test]
fn a_volumes_source_is_never_a_default() {
    let pod = r#"{"spec":{"volumes":[{"name":"v","emptyDir":{}}]}}"#;
    let patch = r#"{"spec":{"volumes":[{"name":"v","secret":{"secretName":"s"}}]}}"#;
    assert_eq!(
        merged_with(&POD, pod, patch, OnConflict::Report, Prepend::default()),
        Err("spec.volumes['v'] is already set to another value".to_owned())
    );
}
