//! References to the pod's own fields.

use super::{Invalid, Report};
use crate::json::Node;
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

/// Where an env var's value comes from (`validateEnvVarValueFrom`).
pub(super) fn env_source(node: &Node<'_>, report: &mut Report<'_>) {
    if field_path(node).is_some_and(|path| !is_path(path, &ENV_PATHS)) {
        report("fieldRef", ENV_PATH);
    }
}

/// A file of a downward API volume (`validateDownwardAPIVolumeFile`).
pub(super) fn volume_file(node: &Node<'_>, report: &mut Report<'_>) {
    if field_path(node).is_some_and(|path| !is_path(path, &VOLUME_PATHS)) {
        report("fieldRef", VOLUME_PATH);
    }
    if let Some(reference) = node.get("resourceFieldRef")
        && super::set_text(reference, "containerName").is_none()
    {
        report(
            "resourceFieldRef",
            Invalid::Rule("needs a containerName in a volume"),
        );
    }
}

/// A resource of a container (`validateContainerResourceFieldSelector`).
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

/// `validateContainerResourceDivisor`.
pub(super) fn divisor(node: &Node<'_>, report: &mut Report<'_>) {
    const CPU: [&str; 2] = ["1", "1m"];
    const BYTES: [&str; 13] = [
        "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
    ];
    let Some(divisor) = node.get("divisor").and_then(super::parsed_quantity) else {
        return;
    };
    let one_of = |known: &[&str]| {
        known
            .iter()
            .filter_map(|known| quantity::parse(known))
            .any(|known| known == divisor)
    };
    let of_cpu = matches!(
        super::set_text(node, "resource"),
        Some("limits.cpu" | "requests.cpu")
    );
    if !divisor.is_zero() && !one_of(if of_cpu { &CPU } else { &BYTES }) {
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
