//! Checks of the sources of volumes.

use std::collections::BTreeSet;

use lazy_json::Node;

use super::cause::Cause;
use super::invalid::{Invalid, Report};
use super::read::set_text;
use crate::names;
use crate::quantity;

/// The longest `NAME:PORTAL` of a volume that names its initiator.
const ISCSI_CHARS: usize = 64;

/// `validateVolumeSource`: the length of the volume's name with an iSCSI source.
pub(super) fn volume(node: &Node<'_>, report: &mut Report<'_>) {
    let name = set_text(node, "name").unwrap_or("");
    let Some(iscsi) = node.get("iscsi") else {
        return;
    };
    let portal = set_text(iscsi, "targetPortal").unwrap_or("");
    if iscsi.get("initiatorName").is_some() && name.len() + 1 + portal.len() > ISCSI_CHARS {
        report(
            "iscsi",
            Invalid::Rule("the volume's name and targetPortal must have at most 63 characters"),
        );
    }
}

/// `validateISCSIVolumeSource`.
pub(super) fn iscsi(node: &Node<'_>, report: &mut Report<'_>) {
    let authenticates = node.is_true("chapAuthDiscovery") || node.is_true("chapAuthSession");
    if authenticates && node.get("secretRef").is_none() {
        report("secretRef", Cause::Required.into());
    }
}

/// `validateFCVolumeSource`.
pub(super) fn fibre_channel(node: &Node<'_>, report: &mut Report<'_>) {
    let names = !node.items_at("targetWWNs").is_empty();
    if names != node.items_at("wwids").is_empty() {
        report("", Invalid::Rule("needs either targetWWNs or wwids"));
    }
    let lun = node.i64_at("lun");
    if names && !lun.is_some_and(|lun| (0..=255).contains(&lun)) {
        report("lun", Invalid::Range(0, 255));
    }
}

/// `validateQuobyteVolumeSource`.
pub(super) fn quobyte(node: &Node<'_>, report: &mut Report<'_>) {
    let registry = set_text(node, "registry").unwrap_or("");
    if !registry.split(',').all(is_host_and_port) {
        report(
            "registry",
            Invalid::Rule("must be HOST:PORT, or several with `,` between them"),
        );
    }
    if set_text(node, "tenant").is_some_and(|tenant| tenant.len() > 64) {
        report("tenant", names::NameError::TooLong(64).into());
    }
}

/// Whether Go's `net.SplitHostPort` accepts a text.
fn is_host_and_port(pair: &str) -> bool {
    let Some((host, port)) = pair.rsplit_once(':') else {
        return false;
    };
    let inner = match host.strip_prefix('[') {
        Some(host) => match host.strip_suffix(']') {
            Some(inner) => inner,
            None => return false,
        },
        None if host.contains(':') => return false,
        None => host,
    };
    !inner.contains(['[', ']']) && !port.contains(['[', ']'])
}

/// `validateFlockerVolumeSource`.
pub(super) fn flocker(node: &Node<'_>, report: &mut Report<'_>) {
    let name = set_text(node, "datasetName");
    if name.is_some() == set_text(node, "datasetUUID").is_some() {
        report("", Invalid::Rule("needs either datasetName or datasetUUID"));
    }
    if name.is_some_and(|name| name.contains('/')) {
        report("datasetName", Invalid::Rule("must not contain `/`"));
    }
}

/// `validateAzureDisk`.
pub(super) fn azure_disk(node: &Node<'_>, report: &mut Report<'_>) {
    let prefix = match set_text(node, "kind") {
        Some("Managed") => "/subscriptions/",
        _ => "https://",
    };
    if set_text(node, "diskURI").is_some_and(|uri| !uri.starts_with(prefix)) {
        report(
            "diskURI",
            Invalid::Rule("must begin with /subscriptions/ if kind is Managed, else https://"),
        );
    }
}

/// `validateCinderVolumeSource`, `validateStorageOSVolumeSource`.
pub(super) fn named_secret(node: &Node<'_>, report: &mut Report<'_>) {
    let secret = node.get("secretRef");
    if secret.is_some_and(|secret| set_text(secret, "name").is_none()) {
        report("secretRef", Invalid::Rule("needs a name"));
    }
}

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

/// `ValidatePersistentVolumeClaimSpec`, for a claim that the API server creates for the pod.
pub(super) fn claim(node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    let storage = node
        .get("resources")
        .and_then(|resources| resources.get("requests")?.get("storage"));
    let too_small = storage
        .and_then(quantity::of_node)
        .is_some_and(|storage| storage.is_zero());
    if too_small || (whole && storage.is_none()) {
        report(
            "resources",
            Invalid::Rule("requests must have storage, more than 0"),
        );
    }
    let modes = node.items_at("accessModes");
    let only_one = |mode: &&Node<'_>| mode.as_str() == Some("ReadWriteOncePod");
    let only_ones = modes.iter().filter(only_one).count();
    if only_ones > 0 && only_ones < modes.len() {
        report(
            "accessModes",
            Invalid::Rule("ReadWriteOncePod must stand alone"),
        );
    }
    data_sources(node, report);
}

fn data_sources(node: &Node<'_>, report: &mut Report<'_>) {
    let (source, reference) = (node.get("dataSource"), node.get("dataSourceRef"));
    for (field, object) in [("dataSource", source), ("dataSourceRef", reference)] {
        let of_core = |object: &Node<'_>| set_text(object, "apiGroup").is_none();
        let is_claim =
            |object: &Node<'_>| set_text(object, "kind") == Some("PersistentVolumeClaim");
        if object.is_some_and(|object| of_core(object) && !is_claim(object)) {
            report(
                field,
                Invalid::Rule("must be a PersistentVolumeClaim, or have an apiGroup"),
            );
        }
    }
    let (Some(source), Some(reference)) = (source, reference) else {
        return;
    };
    let text = |object: &Node<'_>, field| object.str_at(field).map(str::to_owned);
    let differs = |field| text(source, field) != text(reference, field);
    if set_text(reference, "namespace").is_some() {
        report(
            "dataSource",
            Invalid::Rule("not together with dataSourceRef.namespace"),
        );
    } else if ["apiGroup", "kind", "name"].into_iter().any(differs) {
        report("dataSource", Invalid::Rule("must equal dataSourceRef"));
    }
}

/// `validateProjectionSources`: no two files have the same path. The API server does not count a
/// token's file.
pub(super) fn projected(node: &Node<'_>, report: &mut Report<'_>) {
    const PATHS: [&str; 3] = ["credentialBundlePath", "keyPath", "certificateChainPath"];

    let mut seen = BTreeSet::new();
    let mut twice = false;
    let mut add = |path: Option<&str>| {
        if let Some(path) = path {
            twice |= !seen.insert(path.to_owned());
        }
    };
    for source in node.items_at("sources") {
        for kind in ["secret", "configMap", "downwardAPI"] {
            for item in source
                .get(kind)
                .map_or(&[][..], |files| files.items_at("items"))
            {
                add(set_text(item, "path"));
            }
        }
        add(source
            .get("clusterTrustBundle")
            .and_then(|bundle| set_text(bundle, "path")));
        if let Some(certificate) = source.get("podCertificate") {
            for field in PATHS {
                add(set_text(certificate, field));
            }
        }
    }
    if twice {
        report("sources", Invalid::Rule("two files have the same path"));
    }
}

/// `validateProjectionSources`: a bundle of certificates.
pub(super) fn trust_bundle(node: &Node<'_>, report: &mut Report<'_>) {
    if node.get("name").is_some() && node.get("labelSelector").is_some() {
        report("labelSelector", Invalid::Rule("not together with name"));
    }
}

/// `validateProjectionSources`: a certificate for the pod.
pub(super) fn certificate(node: &Node<'_>, report: &mut Report<'_>) {
    const DAY: i64 = 24 * 60 * 60;

    let paths = ["credentialBundlePath", "keyPath", "certificateChainPath"];
    if paths.iter().all(|path| set_text(node, path).is_none()) {
        report(
            "",
            Invalid::Rule("needs a credentialBundlePath, keyPath or certificateChainPath"),
        );
    }
    let signer = set_text(node, "signerName").unwrap_or("");
    let domain = signer.split('/').next().unwrap_or("");
    let of_kubernetes = domain == "kubernetes.io" || domain.ends_with(".kubernetes.io");
    let most = if of_kubernetes { DAY } else { 91 * DAY };
    let seconds = node.i64_at("maxExpirationSeconds");
    if seconds.is_some_and(|seconds| seconds > most) {
        report("maxExpirationSeconds", Invalid::Range(3600, most));
    }
}
