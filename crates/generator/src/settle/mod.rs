//! Makes random fields fit together as the API server demands: a pod that is refused without the
//! policy shows nothing. Rules are settled object by object only, so that they collide with pods. See
//! [`object`] and [`pod`].
//!
//! Source of the demands: `k8s.io/kubernetes/pkg/apis/core/validation`.

mod container;
mod host;
mod parts;
mod pod;
mod resources;
mod volume;
mod windows;

use kubernetes_pod::schema::Type;
use serde_json::{Value, json};

use self::parts::text;
pub(crate) use self::parts::{Object, child, items};
pub(crate) use self::pod::pod;
use super::draw::Draw;

/// Makes the fields of one object fit together.
pub(crate) fn object(ty: &Type, object: &mut Object, draw: &mut Draw) {
    match ty.name {
        "AppArmorProfile" | "SeccompProfile" => profile(object),
        "Container" => container::container(object),
        "ContainerRestartRule" => {
            _ = object
                .entry("exitCodes")
                .or_insert_with(|| json!({"operator": "In", "values": [1, 42]}));
        }
        "DownwardAPIVolumeFile" => reference(object, &VOLUME_PATHS),
        "EnvVarSource" => reference(object, &ENV_PATHS),
        "LabelSelectorRequirement" | "NodeSelectorRequirement" => requirement(object),
        "NodeSelectorTerm" => node_selector_term(object),
        "PodAffinityTerm" | "TopologySpreadConstraint" => label_keys(object),
        "PodDNSConfig" => keep_first(object, "nameservers", 3),
        "ResourceFieldSelector" => divisor(object),
        "ResourceRequirements" => resources::requirements(object, draw),
        "SecurityContext" => container::security_context(object),
        "Toleration" => toleration(object),
        "VolumeMount" => container::volume_mount(object),
        _ => volume::object(ty, object, draw),
    }
}

const ENV_PATHS: [&str; 4] = [
    "status.hostIP",
    "status.podIP",
    "spec.nodeName",
    "metadata.uid",
];
const VOLUME_PATHS: [&str; 4] = [
    "metadata.labels",
    "metadata.annotations",
    "metadata.name",
    "metadata.labels['app']",
];

fn profile(profile: &mut Object) {
    if text(profile, "type") != Some("Localhost") {
        profile.remove("localhostProfile");
    }
}

/// Gives a reference to a field of the pod a path that is allowed here: env vars and volumes allow
/// different ones.
fn reference(source: &mut Object, paths: &[&'static str; 4]) {
    if let Some(selector) = child(source, "fieldRef") {
        let path = text(selector, "fieldPath").unwrap_or_default();
        let known = path.starts_with("metadata.") && path != "metadata.labels";
        if !known {
            let path = paths[path.len() % paths.len()];
            selector.insert("fieldPath".to_owned(), path.into());
        }
    }
    if let Some(selector) = child(source, "resourceFieldRef") {
        selector
            .entry("containerName")
            .or_insert_with(|| json!("app"));
    }
}

fn divisor(selector: &mut Object) {
    let resource = text(selector, "resource").unwrap_or_default();
    let of_cpu = matches!(resource, "limits.cpu" | "requests.cpu");
    match text(selector, "divisor") {
        Some("1m") if !of_cpu => _ = selector.insert("divisor".to_owned(), "1Mi".into()),
        Some("1Mi") if of_cpu => _ = selector.insert("divisor".to_owned(), "1m".into()),
        _ => {}
    }
}

fn requirement(requirement: &mut Object) {
    match text(requirement, "operator") {
        Some("In" | "NotIn") => _ = requirement.entry("values").or_insert_with(|| json!(["a"])),
        Some("Gt" | "Lt") => _ = requirement.insert("values".to_owned(), json!(["1"])),
        _ => _ = requirement.remove("values"),
    }
}

fn node_selector_term(term: &mut Object) {
    if term.contains_key("matchFields") {
        let fields = json!([{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]);
        term.insert("matchFields".to_owned(), fields);
    }
}

/// Keeps the keys of labels out of the selector, to which the API server adds them.
fn label_keys(term: &mut Object) {
    if term.contains_key("minDomains") {
        term.insert("whenUnsatisfiable".to_owned(), "DoNotSchedule".into());
    }
    if !term.contains_key("matchLabelKeys") && !term.contains_key("mismatchLabelKeys") {
        return;
    }
    term.insert("matchLabelKeys".to_owned(), json!(["app"]));
    if term.contains_key("mismatchLabelKeys") {
        term.insert("mismatchLabelKeys".to_owned(), json!(["tier"]));
    }
    let selector = json!({"matchLabels": {"team": "a"}});
    term.insert("labelSelector".to_owned(), selector);
}

fn toleration(toleration: &mut Object) {
    if text(toleration, "key").unwrap_or_default().is_empty() {
        toleration.insert("operator".to_owned(), "Exists".into());
    }
    if text(toleration, "operator") == Some("Exists") {
        toleration.remove("value");
    }
    if toleration.contains_key("tolerationSeconds") {
        toleration.insert("effect".to_owned(), "NoExecute".into());
    }
}

fn keep_first(object: &mut Object, list: &str, most: usize) {
    if let Some(items) = object.get_mut(list).and_then(Value::as_array_mut) {
        items.truncate(most);
    }
}
