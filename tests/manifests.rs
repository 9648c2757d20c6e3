//! What operators apply to a cluster, compared with what it is about.

use std::fs;
use std::path::Path;

use injector::cluster::object::Kind;
use injector::settings::validation_response;
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

fn sorted(list: &Value) -> Vec<String> {
    let items = list.as_array().expect("a list").iter();
    let mut items: Vec<String> = items.map(ToString::to_string).collect();
    items.sort();
    items
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

/// As a form that is left as it is shows it, with one entry in each list.
#[test]
fn the_forms_answers_are_valid_settings() {
    let form = read("questions-ui.yml");
    let mut settings = policy()["spec"]["settings"].clone();
    for question in form["questions"].as_array().expect("questions") {
        let variable = question["variable"].as_str().expect("a variable");
        let answer = match question["sequence_questions"].as_array() {
            None => question["default"].clone(),
            Some(questions) => {
                let mut item = json!({});
                for question in questions {
                    let variable = question["variable"].as_str().expect("a variable");
                    item[variable] = question["default"].clone();
                }
                json!([item])
            }
        };
        settings[variable] = answer;
    }
    let answer = validation_response(settings.to_string().as_bytes());
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(answer["valid"], true, "{answer} {settings}");
    assert!(
        settings["rulesFrom"][0]["configMap"]["name"].is_string(),
        "{settings}"
    );
}

/// What is commented out in the policy's manifest counts: it is there to be used.
#[test]
fn all_that_is_looked_up_can_be_granted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/policy.yaml");
    let text = fs::read_to_string(path).expect("the file can be read");
    let text = text.replace("  # contextAwareResources:", "  contextAwareResources:");
    let policy: Value = yaml_serde::from_str(&text.replace("  #   - {", "    - {")).expect("YAML");
    let looked_up =
        Kind::ALL.map(|kind| json!({"apiVersion": kind.api_version(), "kind": kind.name()}));
    let looked_up = sorted(&Value::from(looked_up.to_vec()));
    assert_eq!(
        sorted(&read("metadata.yml")["contextAwareResources"]),
        looked_up
    );
    assert_eq!(sorted(&policy["spec"]["contextAwareResources"]), looked_up);
}

/// `make artifacthub-pkg.yml` makes it of them.
#[test]
fn the_package_for_artifact_hub_is_of_the_metadata_and_the_form() {
    let (package, metadata) = (read("artifacthub-pkg.yml"), read("metadata.yml"));
    let annotation = |name: &str| -> Value {
        let text = package["annotations"][format!("kubewarden/{name}")].as_str();
        yaml_serde::from_str(text.expect("a text")).expect("YAML")
    };
    assert_eq!(package["version"], json!(VERSION));
    assert_eq!(annotation("rules"), metadata["rules"]);
    assert_eq!(
        sorted(&annotation("contextAwareResources")),
        sorted(&metadata["contextAwareResources"])
    );
    assert_eq!(annotation("questions-ui"), read("questions-ui.yml"));
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
    let images = &chart["annotations"]["artifacthub.io/images"];
    let images: Value = yaml_serde::from_str(images.as_str().expect("a text")).expect("YAML");
    let repository = &read("deploy/event-relay/values.yaml")["image"]["repository"];
    let image = format!("{}:{VERSION}", repository.as_str().expect("a repository"));
    assert_eq!(images[0]["image"], json!(image));
}
