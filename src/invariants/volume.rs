//! Volumes.

use super::{Invalid, Report, parsed_quantity};
use crate::json::Node;
use crate::names;

/// `validateCSIVolumeSource`.
pub(super) fn csi(node: &Node<'_>, report: &mut Report<'_>) {
    if let Some(reference) = node.get("nodePublishSecretRef")
        && let Some(Err(error)) = match reference.get("name") {
            Some(name) => name.as_str().map(names::dns_subdomain),
            None => Some(Err(names::NameError::Empty)),
        }
    {
        report("nodePublishSecretRef", error.into());
    }
}

/// `ValidatePersistentVolumeClaimSpec`, of a claim that is made for the pod.
pub(super) fn claim(node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    let storage = node
        .get("resources")
        .and_then(|resources| resources.get("requests")?.get("storage"));
    let too_small = storage
        .and_then(parsed_quantity)
        .is_some_and(|storage| storage.is_zero());
    if too_small || (whole && storage.is_none()) {
        report(
            "resources",
            Invalid::Rule("requests must have storage, more than 0"),
        );
    }
}
