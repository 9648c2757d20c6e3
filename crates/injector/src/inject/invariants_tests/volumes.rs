//! Volumes, and env vars that come from their files.

use serde_json::json;

use super::pod;

#[test]
fn file_of_no_volume() {
    pod()
        .patch(json!({
            "env": [{
                "name": "A",
                "valueFrom": {"fileKeyRef": {"volumeName": "v", "path": "p", "key": "K"}},
            }],
        }))
        .is_refused(
            r#"env['A'] of container "app""#,
            "the pod has no volume of this name",
        );
}

#[test]
fn file_of_a_secret() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v", "secret": {"secretName": "s"}}]}))
        .patch(json!({
            "env": [{
                "name": "A",
                "valueFrom": {"fileKeyRef": {"volumeName": "v", "path": "p", "key": "K"}},
            }],
        }))
        .is_refused(
            r#"env['A'] of container "app""#,
            "a file of variables needs a volume of emptyDir",
        );
}

#[test]
fn file_of_an_empty_dir() {
    pod()
        .with_spec(json!({"volumes": [{"name": "v"}]}))
        .patch(json!({
            "env": [{
                "name": "A",
                "valueFrom": {"fileKeyRef": {"volumeName": "v", "path": "p", "key": "K"}},
            }],
        }))
        .is_applied();
}

#[test]
fn claim_of_ephemeral() {
    pod()
        .inject_spec(json!({
            "volumes": [
                {
                    "name": "a",
                    "ephemeral": {
                        "volumeClaimTemplate": {
                            "spec": {
                                "accessModes": ["ReadWriteOnce"],
                                "resources": {"requests": {"storage": "1Gi"}},
                            },
                        },
                    },
                },
                {"name": "b", "persistentVolumeClaim": {"claimName": "p-a"}},
            ],
        }))
        .is_refused(
            "spec.volumes['b']",
            "names the claim that is made for an ephemeral volume",
        );
}

#[test]
fn name_of_a_claim_that_is_made_for_the_pod() {
    let claim = json!({"spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
    }});
    let volume = json!({"name": "v", "ephemeral": {"volumeClaimTemplate": claim}});
    let pod = |name: String| {
        pod()
            .with_metadata(json!({"name": name}))
            .inject_spec(json!({"volumes": [volume]}))
    };
    pod("p".repeat(251)).is_applied();
    pod("p".repeat(252)).is_refused(
        "spec.volumes['v']",
        "the pod's name and the volume's are too long together for a claim's name",
    );
}
