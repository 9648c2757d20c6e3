//! Annotations of `AppArmor` and seccomp profiles.

use serde_json::json;

use super::{Case, pod};

/// A pod with annotations of the profiles of its container `b`.
fn annotated() -> Case {
    let annotations = json!({
        "container.apparmor.security.beta.kubernetes.io/b": "localhost/x",
        "container.seccomp.security.alpha.kubernetes.io/b": "localhost/x",
    });
    let containers = json!([{"name": "a", "image": "i"}, {"name": "b", "image": "i"}]);
    pod()
        .with_metadata(json!({"annotations": annotations}))
        .with_spec(json!({"containers": containers}))
}

#[test]
fn profile_of_no_container() {
    pod()
        .inject_metadata(json!({
            "annotations": {"container.apparmor.security.beta.kubernetes.io/b": "unconfined"},
        }))
        .is_refused(
            "metadata.annotations['container.apparmor.security.beta.kubernetes.io/b']",
            "names a container that the pod does not have",
        );
}

#[test]
fn profile() {
    pod()
        .inject_metadata(json!({
            "annotations": {"container.apparmor.security.beta.kubernetes.io/app": "unconfined"},
        }))
        .is_applied();
}

#[test]
fn profile_beside_the_pods() {
    pod()
        .with_spec(json!({"securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}}))
        .inject_metadata(json!({
            "annotations": {"container.apparmor.security.beta.kubernetes.io/app": "unconfined"},
        }))
        .is_applied();
}

#[test]
fn seccomp_profile() {
    pod()
        .with_spec(json!({"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}))
        .inject_metadata(json!({
            "annotations": {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"},
        }))
        .is_refused(
            "spec.securityContext.seccompProfile",
            "the annotation of this container's or pod's profile says another one",
        );
}

#[test]
fn same_seccomp_profile() {
    pod()
        .with_spec(json!({
            "securityContext": {
                "seccompProfile": {"type": "Localhost", "localhostProfile": "a/b"},
            },
        }))
        .inject_metadata(json!({
            "annotations": {"seccomp.security.alpha.kubernetes.io/pod": "localhost/a/b"},
        }))
        .is_applied();
}

#[test]
fn container_removed() {
    annotated()
        .inject_spec(json!({"containers": [{"name": "b", "$patch": "delete"}]}))
        .is_refused(
            "metadata.annotations['container.apparmor.security.beta.kubernetes.io/b']",
            "names a container that the pod does not have",
        );
}

#[test]
fn app_armor() {
    annotated()
        .inject_spec(json!({
            "containers": [{
                "name": "b",
                "securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}},
            }],
        }))
        .is_refused(
            r#"securityContext.appArmorProfile of container "b""#,
            "the annotation of this container's or pod's profile says another one",
        );
}

#[test]
fn app_armor_of_the_pod() {
    annotated()
        .inject_spec(json!({"securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}}))
        .is_applied();
}

#[test]
fn same_app_armor() {
    annotated()
        .inject_spec(json!({
            "containers": [{
                "name": "b",
                "securityContext": {
                    "appArmorProfile": {"type": "Localhost", "localhostProfile": "x"},
                },
            }],
        }))
        .is_applied();
}

#[test]
fn seccomp() {
    annotated()
        .inject_spec(json!({
            "containers": [{
                "name": "b",
                "securityContext": {
                    "seccompProfile": {"type": "Localhost", "localhostProfile": "y"},
                },
            }],
        }))
        .is_refused(
            r#"securityContext.seccompProfile of container "b""#,
            "the annotation of this container's or pod's profile says another one",
        );
}
