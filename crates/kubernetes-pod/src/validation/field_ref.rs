//! Checks of references to the pod's own fields.

use lazy_json::Node;

use super::invalid::{Invalid, Report};
use super::read::set_text;
use crate::names;
use crate::quantity;

const ENV_PATHS: [&str; 10] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.host",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

const VOLUME_PATHS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];

const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

const HUGE_PAGES: [&str; 2] = ["limits.hugepages-", "requests.hugepages-"];

const ENV_PATH: Invalid = Invalid::Rule(
    "fieldPath must be metadata.name, metadata.namespace, metadata.uid, metadata.labels['KEY'], \
     metadata.annotations['KEY'], spec.nodeName, spec.serviceAccountName, status.hostIP, \
     status.hostIPs, status.podIP or status.podIPs",
);

const VOLUME_PATH: Invalid = Invalid::Rule(
    "fieldPath must be metadata.name, metadata.namespace, metadata.uid, metadata.labels, \
     metadata.annotations, or one of their keys such as metadata.labels['KEY']",
);

/// Checks the source of an env var (`validateEnvVarValueFrom`).
pub(super) fn env_source(node: &Node<'_>, report: &mut Report<'_>) {
    if field_path(node).is_some_and(|path| !is_path(path, &ENV_PATHS)) {
        report("fieldRef", ENV_PATH);
    }
}

/// Checks a file of a downward API volume (`validateDownwardAPIVolumeFile`).
pub(super) fn volume_file(node: &Node<'_>, report: &mut Report<'_>) {
    if field_path(node).is_some_and(|path| !is_path(path, &VOLUME_PATHS)) {
        report("fieldRef", VOLUME_PATH);
    }
    if let Some(reference) = node.get("resourceFieldRef")
        && set_text(reference, "containerName").is_none()
    {
        report(
            "resourceFieldRef",
            Invalid::Rule("needs a containerName in a volume"),
        );
    }
}

/// Checks the name of a container's resource (`validateContainerResourceFieldSelector`).
pub(super) fn resource(name: &str) -> Result<(), Invalid> {
    let huge_pages = HUGE_PAGES.iter().any(|prefix| name.starts_with(prefix));
    if RESOURCES.contains(&name) || huge_pages {
        Ok(())
    } else {
        Err(Invalid::Rule(
            "must be limits or requests, and their cpu, memory, ephemeral-storage or \
             hugepages-SIZE, such as limits.cpu",
        ))
    }
}

/// `validateContainerResourceDivisor`. The API server compares its own spelling of the divisor with
/// a set of texts, and keeps the form: 1024 is not 1Ki.
pub(super) fn divisor(node: &Node<'_>, report: &mut Report<'_>) {
    const CPU: [&str; 2] = ["1", "1m"];
    const DECIMAL: [&str; 7] = ["1", "1k", "1M", "1G", "1T", "1P", "1E"];
    const BINARY: [&str; 7] = ["1", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

    let Some(node_of_divisor) = node.get("divisor") else {
        return;
    };
    let Some(divisor) = quantity::of_node(node_of_divisor) else {
        return;
    };
    let text = node_of_divisor
        .as_str()
        .or_else(|| node_of_divisor.text())
        .unwrap_or("")
        .trim();
    let of_cpu = matches!(
        set_text(node, "resource"),
        Some("limits.cpu" | "requests.cpu")
    );
    let has_exponent = !text.ends_with('E') && text.contains(['e', 'E']) && !text.ends_with('i');
    let known: &[&str] = match text {
        _ if has_exponent => &["1"],
        _ if of_cpu => &CPU,
        _ if text.ends_with('i') => &BINARY,
        _ => &DECIMAL,
    };
    let mut known = known.iter().filter_map(|known| quantity::parse(known));
    if !divisor.is_zero() && !known.any(|known| known == divisor) {
        report(
            "divisor",
            Invalid::Rule(
                "must be 1 or 1m for cpu, otherwise 1 with or without a suffix from k to Ei",
            ),
        );
    }
}

fn field_path<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.get("fieldRef")?.get("fieldPath")?.as_str()
}

fn is_path(path: &str, known: &[&str]) -> bool {
    let subscript = path
        .strip_suffix("']")
        .and_then(|path| path.split_once("['"));
    match subscript {
        Some(("metadata.labels", key)) => names::qualified_name(key).is_ok(),
        Some(("metadata.annotations", key)) => names::annotation_key(key).is_ok(),
        Some(_) => false,
        None => known.contains(&path),
    }
}
