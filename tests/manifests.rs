//! What operators apply to a cluster, compared with what it is about.

use std::fs;
use std::path::Path;

use pod_injector::settings::validation_response;
use serde_json::{Value, json};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = fs::read_to_string(&path).expect("the file can be read");
    yaml_serde::from_str(&text).expect("it is YAML")
}

fn policy() -> Value {
    read("deploy/policy.yaml")
}

#[test]
fn the_policys_settings_are_valid() {
    let settings = policy()["spec"]["settings"].to_string();
    let answer = validation_response(settings.as_bytes());
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(answer["valid"], true, "{answer}");
}

#[test]
fn the_policy_is_asked_as_its_metadata_says() {
    let (policy, metadata) = (policy(), read("metadata.yml"));
    for key in ["rules", "mutating", "backgroundAudit"] {
        assert_eq!(policy["spec"][key], metadata[key], "{key}");
    }
    let url = &metadata["annotations"]["io.kubewarden.policy.ociUrl"];
    let url = url.as_str().expect("a URL");
    let module = format!("registry://{url}:v{VERSION}");
    assert_eq!(policy["spec"]["module"], json!(module));
}

#[test]
fn the_charts_relay_believes_the_policy() {
    let name = policy()["metadata"]["name"].clone();
    let name = name.as_str().expect("a name");
    let values = read("deploy/event-relay/values.yaml");
    let believed = json!([format!("clusterwide-{name}")]);
    assert_eq!(values["trust"]["policies"], believed);
}

#[test]
fn the_chart_is_of_this_version() {
    let chart = read("deploy/event-relay/Chart.yaml");
    assert_eq!(chart["version"], json!(VERSION));
    assert_eq!(chart["appVersion"], json!(VERSION));
}
