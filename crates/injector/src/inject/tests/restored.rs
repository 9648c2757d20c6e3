//! Rules that remove what the API server restores after the webhooks. Such a rule fails.

use rstest::rstest;
use serde_json::json;

use super::{applied, outcome, outcome_in, replacing};
use crate::cluster::object::{Kind, Object};
use crate::settings;

/// The one failure of a rule, without its beginning.
fn failure(pod: &str, inject: &str) -> String {
    let outcome = outcome(pod, &replacing(inject));
    assert_eq!(outcome.failed.len(), 1, "{}", outcome.pod);
    let message = &outcome.failed[0];
    let message = message.strip_prefix(r#"InjectionInvalid: rule "r" was not applied: "#);
    message.unwrap_or(&outcome.failed[0]).to_owned()
}

/// A pod of one container with these resources.
fn with_resources(resources: &str) -> String {
    format!(
        r#"{{"metadata": {{"annotations": {{"kubernetes.io/limit-ranger":
            "LimitRanger plugin set: memory request for container other; memory limit for init container first"}}}},
        "spec": {{"containers": [{{"name": "app", "image": "a:1", "resources": {resources}}}]}}}}"#
    )
}

fn patched(resources: &str) -> String {
    format!(r#"{{"containers": [{{"patch": {{"resources": {resources}}}}}]}}"#)
}

const LIMIT_AND_COPY: &str = r#"{"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}"#;

#[rstest]
#[case::cpu(LIMIT_AND_COPY, r#"{"requests": {"cpu": null}}"#, "cpu")]
#[case::lower_request(
    r#"{"limits": {"cpu": "1"}, "requests": {"cpu": "500m"}}"#,
    r#"{"requests": {"cpu": null}}"#,
    "cpu"
)]
#[case::all_requests(LIMIT_AND_COPY, r#"{"requests": null}"#, "cpu")]
#[case::beside_another_limit(
    LIMIT_AND_COPY,
    r#"{"limits": {"ephemeral-storage": "1Gi"}, "requests": {"cpu": null}}"#,
    "cpu"
)]
#[case::extended(
    r#"{"limits": {"example.com/gpu": "1"}, "requests": {"example.com/gpu": "1"}}"#,
    r#"{"requests": {"example.com/gpu": null}}"#,
    "example.com/gpu"
)]
#[case::huge_pages(
    r#"{"limits": {"cpu": "1", "hugepages-2Mi": "2Mi"}, "requests": {"cpu": "1", "hugepages-2Mi": "2Mi"}}"#,
    r#"{"requests": {"hugepages-2Mi": null}}"#,
    "hugepages-2Mi"
)]
fn a_request_comes_back_from_its_limit(
    #[case] resources: &str,
    #[case] patch: &str,
    #[case] resource: &str,
) {
    let container = with_resources(resources);
    assert_eq!(
        failure(&container, &patched(patch)),
        format!(
            "resources.requests['{resource}'] of container \"app\" would come back: the API server \
             copies a request from its limit"
        )
    );
}

/// A rule may remove the request if it sets the limit too.
#[rstest]
#[case::one(r#"{"limits": {"cpu": "1"}, "requests": {"cpu": null}}"#)]
#[case::all(r#"{"limits": {"cpu": "1"}, "requests": null}"#)]
fn settings_that_remove_a_request_beside_its_limit_are_refused(#[case] resources: &str) {
    let inject = patched(resources);
    let problems = settings::check(&format!(r#"{{"rules": {}}}"#, replacing(&inject)));
    let found: Vec<String> = problems.found().iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "rules[0].inject.containers[0].patch.resources.requests: the API server copies a request \
          from its limit"
        ]
    );
}

#[test]
fn a_request_of_the_pod_comes_back_from_its_limit() {
    let pod = format!(
        r#"{{"spec": {{"resources": {LIMIT_AND_COPY}, "containers": [{{"name": "app", "image": "a:1"}}]}}}}"#
    );
    assert_eq!(
        failure(
            &pod,
            r#"{"pod": {"spec": {"resources": {"requests": {"cpu": null}}}}}"#
        ),
        "spec.resources.requests['cpu'] would come back: the API server copies a request from its limit"
    );
}

/// Beside any limit of the pod, its requests come from those of its containers.
#[rstest]
#[case::request(
    r#"{"limits": {"memory": "1Gi"}, "requests": {"cpu": "2", "memory": "1Gi"}}"#,
    r#"{"requests": {"cpu": null}}"#,
    "requests['cpu']"
)]
#[case::limit_of_huge_pages(
    r#"{"limits": {"memory": "1Gi", "hugepages-2Mi": "4Mi"}, "requests": {"memory": "1Gi", "hugepages-2Mi": "4Mi"}}"#,
    r#"{"limits": {"hugepages-2Mi": null}, "requests": {"hugepages-2Mi": null}}"#,
    "limits['hugepages-2Mi']"
)]
fn resources_of_the_pod_come_back_from_its_containers(
    #[case] of_pod: &str,
    #[case] patch: &str,
    #[case] field: &str,
) {
    let pod = format!(
        r#"{{"spec": {{"resources": {of_pod}, "containers": [{{"name": "app", "image": "a:1", "resources":
            {{"limits": {{"hugepages-2Mi": "2Mi"}}, "requests": {{"cpu": "1", "hugepages-2Mi": "2Mi"}}}}}}]}}}}"#
    );
    let inject = format!(r#"{{"pod": {{"spec": {{"resources": {patch}}}}}}}"#);
    assert_eq!(
        failure(&pod, &inject),
        format!(
            "spec.resources.{field} would come back: the API server fills it in from the containers"
        )
    );
}

/// `LimitRanger` names in its annotation which values it has for containers that have none.
#[rstest]
#[case::limit(
    r#"{"limits": {"memory": "1Gi"}, "requests": {"memory": "1Mi"}}"#,
    r#"{"limits": {"memory": null}}"#,
    "limits['memory']"
)]
#[case::request(
    r#"{"requests": {"memory": "1Mi"}}"#,
    r#"{"requests": {"memory": null}}"#,
    "requests['memory']"
)]
#[case::limits(
    r#"{"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Mi"}}"#,
    r#"{"limits": null}"#,
    "limits['memory']"
)]
#[case::resources(r#"{"requests": {"memory": "1Mi"}}"#, "null", "requests['memory']")]
fn what_limit_ranger_fills_in_comes_back(
    #[case] resources: &str,
    #[case] patch: &str,
    #[case] field: &str,
) {
    let container = with_resources(resources);
    assert_eq!(
        failure(&container, &patched(patch)),
        format!(
            "resources.{field} of container \"app\" would come back: LimitRanger fills it in where \
             it is left out"
        )
    );
}

#[rstest]
#[case::without_a_limit(r#"{"requests": {"cpu": "1"}}"#, r#"{"requests": {"cpu": null}}"#)]
#[case::with_its_limit(
    LIMIT_AND_COPY,
    r#"{"limits": {"cpu": null}, "requests": {"cpu": null}}"#
)]
#[case::all_requests_and_limits(LIMIT_AND_COPY, r#"{"limits": null, "requests": null}"#)]
#[case::resources(LIMIT_AND_COPY, "null")]
#[case::copied_request_of_a_limit(LIMIT_AND_COPY, r#"{"limits": {"cpu": null}}"#)]
#[case::copied_request_of_all_limits(LIMIT_AND_COPY, r#"{"limits": null}"#)]
fn what_has_no_limit_any_more_is_gone(#[case] resources: &str, #[case] patch: &str) {
    let pod = applied(&with_resources(resources), &replacing(&patched(patch)));
    let resources = &pod["spec"]["containers"][0]["resources"];
    for map in ["limits", "requests"] {
        assert!(resources[map].get("cpu").is_none(), "{resources}");
    }
}

#[test]
fn a_request_of_its_own_outlives_its_limit() {
    let pod = with_resources(r#"{"limits": {"cpu": "1"}, "requests": {"cpu": "500m"}}"#);
    let pod = applied(&pod, &replacing(&patched(r#"{"limits": {"cpu": null}}"#)));
    let resources = &pod["spec"]["containers"][0]["resources"];
    assert_eq!(
        resources,
        &json!({"limits": {}, "requests": {"cpu": "500m"}})
    );
}

const TOLERATIONS: &str = r#"
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 10},
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}"#;

fn with_tolerations(tolerations: &str) -> String {
    format!(
        r#"{{"spec": {{"tolerations": [{tolerations}], "containers": [{{"name": "app", "image": "a:1"}}]}}}}"#
    )
}

fn tolerating(tolerations: &str) -> String {
    format!(r#"{{"pod": {{"spec": {{"tolerations": {tolerations}}}}}}}"#)
}

const TOLERATION_COMES_BACK: &str = "spec.tolerations would come back: the API server adds \
                                     tolerations for nodes that are not-ready or unreachable";

#[rstest]
#[case::all("null")]
#[case::not_ready(
    r#"[{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "$patch": "delete"}]"#
)]
#[case::unreachable(
    r#"[{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "$patch": "delete"}]"#
)]
fn tolerations_of_every_pod_come_back(#[case] tolerations: &str) {
    let pod = with_tolerations(TOLERATIONS);
    assert_eq!(
        failure(&pod, &tolerating(tolerations)),
        TOLERATION_COMES_BACK
    );
}

#[rstest]
#[case::of_any_taint(
    r#"[{"operator": "Exists"}, {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "$patch": "delete"}]"#
)]
#[case::with_a_value(
    r#"[{"key": "node.kubernetes.io/unreachable", "value": "", "effect": "NoExecute"},
        {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "$patch": "delete"}]"#
)]
fn a_toleration_in_its_place_keeps_it_away(#[case] tolerations: &str) {
    applied(
        &with_tolerations(TOLERATIONS),
        &replacing(&tolerating(tolerations)),
    );
}

#[test]
fn other_tolerations_stay_away() {
    let pod = with_tolerations(r#"{"key": "a", "operator": "Exists"}"#);
    let pod = applied(&pod, &replacing(&tolerating("null")));
    assert!(pod["spec"].get("tolerations").is_none());
}

const TOKEN_MOUNT: &str = r#"{"name": "kube-api-access-x", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true}"#;
const TOKEN_VOLUME: &str = r#"{"name": "kube-api-access-x", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}"#;
const UNMOUNTED: &str = r#"{"containers": [{"patch": {"volumeMounts": [
    {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "$patch": "delete"}]}}]}"#;

/// A pod with fields of its spec and mounts of its one container.
fn with_mounts(spec: &str, mounts: &str) -> String {
    format!(
        r#"{{"spec": {{{spec} "volumes": [{TOKEN_VOLUME}, {{"name": "own", "emptyDir": {{}}}}],
            "containers": [{{"name": "app", "image": "a:1", "volumeMounts": [{mounts}]}}]}}}}"#
    )
}

#[rstest]
#[case::mount("", TOKEN_MOUNT, UNMOUNTED)]
#[case::wanted(r#""automountServiceAccountToken": true,"#, TOKEN_MOUNT, UNMOUNTED)]
#[case::all_mounts(
    "",
    TOKEN_MOUNT,
    r#"{"containers": [{"patch": {"volumeMounts": null}}]}"#
)]
#[case::mounts_and_volumes(
    "",
    TOKEN_MOUNT,
    r#"{"containers": [{"patch": {"volumeMounts": null}}], "pod": {"spec": {"volumes": null}}}"#
)]
#[case::mount_of_the_authors(
    "",
    r#"{"name": "own", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}"#,
    UNMOUNTED
)]
fn the_mount_of_the_token_comes_back(
    #[case] spec: &str,
    #[case] mounts: &str,
    #[case] inject: &str,
) {
    assert_eq!(
        failure(&with_mounts(spec, mounts), inject),
        "volumeMounts['/var/run/secrets/kubernetes.io/serviceaccount'] of container \"app\" would \
         come back: the service account's token is mounted at this path again"
    );
}

/// Where the account, or the pod, wants no token mounted, nothing is made again.
#[test]
fn a_mount_stays_away_where_no_token_is_mounted() {
    let own = r#"{"name": "own", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}"#;
    let pod = with_mounts(r#""automountServiceAccountToken": false,"#, own);
    let pod = applied(&pod, &replacing(UNMOUNTED));
    assert_eq!(pod["spec"]["containers"][0]["volumeMounts"], json!([]));

    let pod = format!(
        r#"{{"spec": {{"volumes": [{{"name": "own", "emptyDir": {{}}}}], "containers": [
            {{"name": "app", "image": "a:1", "volumeMounts": [{own}]}}, {{"name": "other", "image": "a:1"}}]}}}}"#
    );
    let pod = applied(&pod, &replacing(UNMOUNTED));
    assert_eq!(pod["spec"]["containers"][0]["volumeMounts"], json!([]));
}

/// Replacing a mount by the token's mount is not a removal.
#[test]
fn another_volume_at_the_path_of_the_token_stays() {
    let inject = r#"{"containers": [{"patch": {"volumeMounts": [
        {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "own"}]}}]}"#;
    let pod = applied(&with_mounts("", TOKEN_MOUNT), &replacing(inject));
    assert_eq!(
        pod["spec"]["containers"][0]["volumeMounts"][0]["name"],
        "own"
    );
}

const DEVICE: &str =
    r#"{"name": "disk", "devicePath": "/var/run/secrets/kubernetes.io/serviceaccount"}"#;

fn with_device(spec: &str) -> String {
    format!(
        r#"{{"spec": {{{spec} "volumes": [{{"name": "disk", "persistentVolumeClaim": {{"claimName": "c"}}}}],
            "containers": [{{"name": "app", "image": "a:1", "volumeDevices": [{DEVICE}]}}]}}}}"#
    )
}

#[rstest]
#[case::null("null")]
#[case::wanted("true")]
fn a_token_that_comes_back_meets_no_device(#[case] automount: &str) {
    let pod = with_device(r#""automountServiceAccountToken": false,"#);
    let inject =
        format!(r#"{{"pod": {{"spec": {{"automountServiceAccountToken": {automount}}}}}}}"#);
    assert_eq!(
        failure(&pod, &inject),
        "volumeDevices['/var/run/secrets/kubernetes.io/serviceaccount'] of container \"app\" would \
         be invalid: the service account's token is mounted at this path"
    );
}

/// The pod's account mounts no token: the device was right before, and is wrong now.
#[test]
fn a_device_that_was_right_before_excuses_nothing() {
    let inject = r#"{"pod": {"spec": {"automountServiceAccountToken": true}}}"#;
    assert!(failure(&with_device(""), inject).contains("would be invalid"));
}

/// The account `robot` mounts its token, or does not; the pod's own account mounts none.
#[rstest]
#[case::device(with_device(""), None, "volumeDevices")]
#[case::mount(with_own_mount(), Some(UNMOUNTED), "volumeMounts")]
fn the_token_of_another_account_meets_nothing(
    #[case] pod: String,
    #[case] later: Option<&str>,
    #[case] list: &str,
) {
    let robot = r#"{"pod": {"spec": {"serviceAccountName": "robot"}}}"#;
    let rules = [Some(robot), later].into_iter().flatten().enumerate();
    let rules = rules.map(|(index, inject)| {
        format!(r#"{{"name": "r{index}", "onConflict": "Replace", "inject": {inject}}}"#)
    });
    let settings = format!(r#"{{"rules": [{}]}}"#, rules.collect::<Vec<_>>().join(","));
    let failed = |automount: bool| {
        let account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "automountServiceAccountToken": automount,
            "metadata": {"namespace": "default", "name": "robot"},
        });
        let object = Object::new(Kind::ServiceAccount, "default", "robot");
        outcome_in(&pod, &settings, [(object, account)]).failed
    };
    assert_eq!(failed(false), Vec::<String>::new());
    let failed = failed(true);
    assert_eq!(failed.len(), 1, "{failed:#?}");
    let expected = format!(
        "{list}['/var/run/secrets/kubernetes.io/serviceaccount'] of container \"app\": \
         ServiceAccount default/robot has its token mounted at this path"
    );
    assert!(failed[0].ends_with(&expected), "{failed:#?}");
    assert!(failed[0].starts_with("InjectionInvalid: "), "{failed:#?}");
}

/// A pod with a volume of its author's at the path of the token.
fn with_own_mount() -> String {
    let own = r#"{"name": "own", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}"#;
    format!(
        r#"{{"spec": {{"volumes": [{{"name": "own", "emptyDir": {{}}}}],
            "containers": [{{"name": "app", "image": "a:1", "volumeMounts": [{own}]}}]}}}}"#
    )
}
