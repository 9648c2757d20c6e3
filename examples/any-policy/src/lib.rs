//! A policy that admits every pod and says which images have no digest, as an Event on the pod and
//! on its workload. It is written with the Rust SDK alone; see `docs/record.md`.

use kubewarden_policy_sdk::request::KubernetesAdmissionRequest;
use kubewarden_policy_sdk::wapc_guest::{self, CallResult};
use kubewarden_policy_sdk::{accept_request, request::ValidationRequest};
use serde_json::{Value, json};

/// Admits the pod.
///
/// # Errors
///
/// The payload is no request, or the host does not take the record.
pub fn validate(payload: &[u8]) -> CallResult {
    let request = ValidationRequest::<Value>::new(payload)?.request;
    let containers = request.object["spec"]["containers"].as_array();
    let images = containers
        .into_iter()
        .flatten()
        .map(|container| &container["image"]);
    let loose: Vec<&str> = images
        .filter_map(Value::as_str)
        .filter(|image| !image.contains("@sha256:"))
        .collect();
    if !loose.is_empty() {
        report(
            &request,
            &format!("images without a digest: {}", loose.join(", ")),
        )?;
    }
    accept_request()
}

/// Asks for an Event.
fn report(request: &KubernetesAdmissionRequest, message: &str) -> CallResult {
    // the record
    let namespace = &request.namespace;
    let record = json!({"level": "warning", "message": message, "event": {
        "metadata": {"namespace": namespace, "annotations": {
            "pod-injector.kubewarden.io/request-uid": request.uid,
            "pod-injector.kubewarden.io/rule": "digests"}},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": request.name},
        "related": request.object["metadata"]["ownerReferences"][0], "source": {"component": "image-digests"},
        "type": "Warning", "reason": "ImageWithoutDigest", "message": message}});
    let payload = serde_json::to_vec(&record)?;
    wapc_guest::host_call("kubewarden", "tracing", "log", &payload)
    // end of the record
}

#[cfg(target_family = "wasm")]
mod guest {
    use kubewarden_policy_sdk::{protocol_version_guest, wapc_guest::register_function};

    #[expect(unsafe_code, reason = "the host finds this function by its name")]
    #[unsafe(no_mangle)]
    extern "C" fn wapc_init() {
        register_function("validate", super::validate);
        register_function("validate_settings", |_| Ok(br#"{"valid":true}"#.to_vec()));
        register_function("protocol_version", protocol_version_guest);
    }
}
