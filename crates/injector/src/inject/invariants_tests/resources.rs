//! Resources and claims of a container.

use serde_json::json;

use super::pod;

#[test]
fn limit_under_request() {
    pod()
        .with_container(json!({"resources": {"requests": {"cpu": "2"}}}))
        .patch(json!({"resources": {"limits": {"cpu": "1"}}}))
        .is_refused(
            r#"resources.requests of container "app""#,
            "requests of cpu must not exceed limits",
        );
}

#[test]
fn memory_under_request() {
    pod()
        .with_container(json!({"resources": {"requests": {"cpu": "1", "memory": "2Gi"}}}))
        .patch(json!({"resources": {"limits": {"cpu": "2", "memory": "1Gi"}}}))
        .is_refused(
            r#"resources.requests of container "app""#,
            "requests of memory must not exceed limits",
        );
}

/// The API server compares what it stores: both are 2m.
#[test]
fn limit_under_request_as_it_is_written() {
    pod()
        .with_container(json!({"resources": {"requests": {"cpu": "1500u"}}}))
        .patch(json!({"resources": {"limits": {"cpu": "2m"}}}))
        .is_applied();
    pod()
        .with_container(json!({"resources": {"limits": {"cpu": "1500u"}}}))
        .patch(json!({"resources": {"requests": {"cpu": "2m"}}}))
        .is_applied();
}

#[test]
fn extended_request() {
    pod()
        .patch(json!({"resources": {"requests": {"example.com/gpu": "1"}}}))
        .is_refused(
            r#"resources.requests of container "app""#,
            "requests of example.com/gpu need limits too",
        );
}

#[test]
fn extended_limit() {
    pod()
        .with_container(json!({
            "resources": {
                "requests": {"example.com/gpu": "1"},
                "limits": {"example.com/gpu": "1"},
            },
        }))
        .patch(json!({"resources": {"limits": {"example.com/gpu": "2"}}}))
        .is_applied();
}

#[test]
fn extended_limit_that_differs() {
    pod()
        .with_container(json!({
            "resources": {
                "requests": {"example.com/gpu": "1"},
                "limits": {"example.com/gpu": "1"},
            },
        }))
        .patch(json!({"resources": {"requests": {"example.com/gpu": "2"}}}))
        .is_refused(
            r#"resources.requests of container "app""#,
            "requests of example.com/gpu must equal limits",
        );
}

#[test]
fn huge_pages_alone() {
    pod()
        .patch(json!({"resources": {"limits": {"hugepages-2Mi": "4Mi"}}}))
        .is_refused(
            r#"resources of container "app""#,
            "huge pages need cpu or memory too",
        );
}

#[test]
fn huge_pages() {
    pod()
        .with_container(json!({"resources": {"requests": {"memory": "1Gi"}}}))
        .patch(json!({"resources": {"limits": {"hugepages-2Mi": "4Mi"}}}))
        .is_applied();
}

#[test]
fn no_such_claim() {
    pod()
        .patch(json!({"resources": {"claims": [{"name": "c"}]}}))
        .is_refused(
            r#"resources.claims of container "app""#,
            "the pod has no resourceClaim of this name",
        );
}

#[test]
fn claim_twice() {
    pod()
        .with_spec(json!({"resourceClaims": [{"name": "c", "resourceClaimName": "x"}]}))
        .with_container(json!({
            "resources": {
                "claims": [{"name": "c", "request": "a"}, {"name": "c", "request": "b"}],
            },
        }))
        .patch(json!({"resources": {"claims": [{"name": "c", "request": "a"}]}}))
        .is_refused(
            r#"resources.claims of container "app""#,
            "a resourceClaim is used twice",
        );
}

#[test]
fn resize_policy_of_a_pod_that_never_restarts() {
    pod()
        .with_spec(json!({"restartPolicy": "Never"}))
        .patch(json!({
            "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],
        }))
        .is_refused(
            r#"resizePolicy of container "app""#,
            "must be NotRequired in a pod with restartPolicy Never",
        );
}

#[test]
fn resize_policy_of_an_init_container() {
    pod()
        .inject_spec(json!({
            "initContainers": [{
                "name": "new",
                "image": "i",
                "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],
            }],
        }))
        .is_refused(
            r#"resizePolicy of init container "new""#,
            "RestartContainer only with restartPolicy Always in an init container",
        );
}

#[test]
fn claim_removed() {
    pod()
        .with_spec(json!({"resourceClaims": [{"name": "c", "resourceClaimName": "x"}]}))
        .with_container(json!({"resources": {"claims": [{"name": "c"}]}}))
        .inject_spec(json!({"resourceClaims": [{"name": "c", "$patch": "delete"}]}))
        .is_refused(
            r#"resources.claims of container "app""#,
            "the pod has no resourceClaim of this name",
        );
}

#[test]
fn claim_without_source() {
    pod()
        .inject_spec(json!({"resourceClaims": [{"name": "c"}]}))
        .is_refused("spec.resourceClaims['c']", "needs a source");
}
