//! Checks of strings.

use std::net::IpAddr;

use super::invalid::{Invalid, ensure};
use super::{field_ref, format};
use crate::names::{self, NameError};

const PATH: Invalid = Invalid::Rule("must be a relative path without `..`");
const NO_BACKSTEPS: Invalid = Invalid::Rule("must not contain `..`");
const IP: Invalid = Invalid::Rule("must be an IP address");
const SE_LINUX: Invalid =
    Invalid::Rule("must be Recursive: MountOption is not available in every cluster");
const SYSCTL: Invalid = Invalid::Rule("must be the name of a sysctl");
const HEADER: Invalid = Invalid::Rule("must be letters, digits and `-`");
const PROFILE: Invalid =
    Invalid::Rule("must not be empty, begin or end with a space, or be longer than 4095 bytes");
const IMAGE: Invalid = Invalid::Rule("must not begin or end with a space");

/// Checks a string.
pub(super) fn check(ty: &str, field: &str, text: &str) -> Result<(), Invalid> {
    if text.is_empty() && may_be_empty(ty, field) {
        return Ok(());
    }
    match (ty, field) {
        (
            "Container" | "PodResourceClaim" | "ResourceClaim" | "Volume" | "VolumeDevice"
            | "VolumeMount",
            "name",
        )
        | ("FileKeySelector", "volumeName")
        | ("PodAffinityTerm", "namespaces")
        | ("PodSpec", "hostname" | "subdomain")
        | ("StorageOSVolumeSource", "volumeName" | "volumeNamespace")
        | ("TypedObjectReference", "namespace")
        | ("ResourceClaim", "request") => Ok(names::dns_label(text)?),
        (
            "ConfigMapEnvSource" | "ConfigMapKeySelector" | "SecretEnvSource" | "SecretKeySelector",
            "name",
        )
        | ("HostAlias", "hostnames")
        | ("PodResourceClaim", "resourceClaimName" | "resourceClaimTemplateName")
        | ("PersistentVolumeClaimSpec", "storageClassName" | "volumeAttributesClassName")
        | ("PodSchedulingGroup", "podGroupName")
        | ("TypedLocalObjectReference" | "TypedObjectReference", "apiGroup")
        | (
            "PodSpec",
            "hostnameOverride" | "priorityClassName" | "runtimeClassName" | "serviceAccountName",
        )
        | ("WindowsSecurityContextOptions", "gmsaCredentialSpecName") => {
            Ok(names::dns_subdomain(text)?)
        }
        ("CSIVolumeSource", "driver") => driver(text),
        ("AppArmorProfile", "localhostProfile") => ensure(is_profile_path(text), PROFILE),
        ("ISCSIVolumeSource", "initiatorName" | "iqn") => format::iscsi(text),
        ("ClusterTrustBundleProjection", "name") => format::trust_bundle(text),
        ("ClusterTrustBundleProjection" | "PodCertificateProjection", "signerName") => {
            format::signer(text)
        }
        ("PodSecurityContext", "seLinuxChangePolicy") => ensure(text == "Recursive", SE_LINUX),
        ("WindowsSecurityContextOptions", "gmsaCredentialSpec") => format::credential_spec(text),
        ("WindowsSecurityContextOptions", "runAsUserName") => format::windows_user(text),
        ("NFSVolumeSource", "path") => ensure(
            text.starts_with('/'),
            Invalid::Rule("must be an absolute path"),
        ),
        ("ConfigMapKeySelector" | "SecretKeySelector", "key") => Ok(names::config_key(text)?),
        ("EnvVar", "name") | ("EnvFromSource", "prefix") | ("FileKeySelector", "key") => {
            Ok(names::env_name(text)?)
        }
        ("ContainerPort", "name") | ("HTTPGetAction" | "TCPSocketAction", "port") => {
            Ok(names::port_name(text)?)
        }
        ("LabelSelectorRequirement" | "NodeSelectorRequirement" | "Toleration", "key")
        | (
            "PodAffinityTerm" | "TopologySpreadConstraint",
            "matchLabelKeys" | "mismatchLabelKeys",
        )
        | ("PodAffinityTerm", "topologyKey")
        | ("PodReadinessGate", "conditionType")
        | ("PodSchedulingGate", "name") => Ok(names::qualified_name(text)?),
        ("LabelSelector", "matchLabels")
        | ("LabelSelectorRequirement", "values")
        | ("ObjectMeta", "labels")
        | ("PodSpec", "nodeSelector") => Ok(names::label_value(text)?),
        ("Container", "image") if text.is_empty() => Err(NameError::Empty.into()),
        ("Container", "image") => ensure(text.trim() == text, IMAGE),
        ("HTTPHeader", "name") => ensure(is_header(text), HEADER),
        ("HostAlias", "ip") | ("PodDNSConfig", "nameservers") => ensure(is_ip(text), IP),
        ("PodDNSConfig", "searches") => search(text),
        ("ObjectFieldSelector", "apiVersion") => {
            ensure(text == "v1", Invalid::Rule("must be `v1`"))
        }
        ("ResourceFieldSelector", "resource") => field_ref::resource(text),
        ("Sysctl", "name") => ensure(is_sysctl(text), SYSCTL),
        ("GitRepoVolumeSource", "directory")
        | ("VolumeMount", "subPath" | "subPathExpr")
        | ("SeccompProfile", "localhostProfile") => {
            ensure(!text.starts_with('/') && !has_backsteps(text), PATH)
        }
        (
            "ClusterTrustBundleProjection"
            | "DownwardAPIVolumeFile"
            | "KeyToPath"
            | "ServiceAccountTokenProjection",
            "path",
        )
        | (
            "PodCertificateProjection",
            "certificateChainPath" | "credentialBundlePath" | "keyPath",
        ) => ensure(
            !text.starts_with('/') && !text.starts_with("..") && !has_backsteps(text),
            PATH,
        ),
        ("FileKeySelector" | "HostPathVolumeSource", "path") | ("VolumeDevice", "devicePath") => {
            ensure(!has_backsteps(text), NO_BACKSTEPS)
        }
        _ => Ok(()),
    }
}

/// Whether an empty string is the same as an absent field.
fn may_be_empty(ty: &str, field: &str) -> bool {
    matches!(
        (ty, field),
        ("ContainerPort", "name")
            | ("EnvFromSource", "prefix")
            | ("ObjectFieldSelector", "apiVersion")
            | (
                "PersistentVolumeClaimSpec",
                "storageClassName" | "volumeAttributesClassName"
            )
            | (
                "PodSpec",
                "hostname" | "subdomain" | "priorityClassName" | "serviceAccountName"
            )
            | ("ResourceClaim", "request")
            | ("Toleration", "key")
            | (
                "PodCertificateProjection",
                "certificateChainPath" | "credentialBundlePath" | "keyPath"
            )
            | ("StorageOSVolumeSource", "volumeNamespace")
            | (
                "TypedLocalObjectReference" | "TypedObjectReference",
                "apiGroup" | "namespace"
            )
    )
}

/// `IsValidIPForLegacyField`. An IPv4 address in IPv6 form is not valid since Kubernetes 1.36.
fn is_ip(text: &str) -> bool {
    match text.parse() {
        Ok(IpAddr::V6(address)) => address.to_ipv4_mapped().is_none(),
        Ok(IpAddr::V4(_)) => true,
        Err(_) => false,
    }
}

/// `ValidateCSIDriverName`.
fn driver(name: &str) -> Result<(), Invalid> {
    if name.len() > names::LABEL_CHARS {
        return Err(NameError::TooLong(names::LABEL_CHARS).into());
    }
    Ok(names::dns_subdomain(&name.to_ascii_lowercase())?)
}

/// Whether a text is the path of an `AppArmor` profile (`ValidateAppArmorProfileField`).
pub(super) fn is_profile_path(path: &str) -> bool {
    const BYTES: usize = 4095;
    path.trim() == path && !path.is_empty() && path.len() <= BYTES
}

/// `validatePathNoBacksteps`.
pub(super) fn has_backsteps(path: &str) -> bool {
    path.split('/').any(|step| step == "..")
}

/// Checks a search domain. Its labels may hold underscores, and it may end in a dot
/// (`validatePodDNSConfig`).
fn search(domain: &str) -> Result<(), Invalid> {
    if domain == "." {
        return Ok(());
    }
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    Ok(names::dns_subdomain_with_underscores(domain)?)
}

/// `IsHTTPHeaderName`.
fn is_header(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !name.is_empty() && name.bytes().all(known)
}

/// `IsValidSysctlName`.
fn is_sysctl(name: &str) -> bool {
    const CHARS: usize = 253;
    let known = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let is_segment = |segment: &str| {
        let ends = [segment.bytes().next(), segment.bytes().last()];
        segment.bytes().all(known)
            && ends
                .iter()
                .all(|end| end.is_some_and(|end| end.is_ascii_alphanumeric()))
    };
    name.len() <= CHARS && name.split(['.', '/']).all(is_segment)
}
