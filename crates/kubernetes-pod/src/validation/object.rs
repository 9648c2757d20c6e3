//! Checks of an object whose fields depend on each other, whatever the rest of the pod is. See
//! [`object`].

use lazy_json::Node;

use super::invalid::Report;
use super::{container, field_ref, relation, resources, scheduling, source};
use crate::schema::types::Type;

/// Checks an object whose fields depend on each other. An absent field of a `whole` object is not
/// set. In a fragment, the pod may have the field.
pub fn object(ty: &Type, node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    match ty.name {
        "AppArmorProfile" | "SeccompProfile" => container::profile(node, report),
        "Container" => container::container(node, report),
        "SecurityContext" => container::security_context(node, report),
        "VolumeMount" => container::volume_mount(node, whole, report),
        "ClusterTrustBundleProjection" => {
            relation::needs_source(ty, node, whole, report);
            source::trust_bundle(node, report);
        }
        "EnvFromSource" | "PodResourceClaim" => {
            relation::needs_source(ty, node, whole, report);
        }
        "LifecycleHandler" | "Probe" => relation::needs_handler(ty, node, whole, report),
        "AzureDiskVolumeSource" => source::azure_disk(node, report),
        "CSIVolumeSource" => source::csi(node, report),
        "CinderVolumeSource" | "StorageOSVolumeSource" => source::named_secret(node, report),
        "DownwardAPIVolumeFile" => {
            relation::needs_source(ty, node, whole, report);
            field_ref::volume_file(node, report);
        }
        "EnvVarSource" => {
            relation::needs_source(ty, node, whole, report);
            field_ref::env_source(node, report);
        }
        "FCVolumeSource" => source::fibre_channel(node, report),
        "FlockerVolumeSource" => source::flocker(node, report),
        "ISCSIVolumeSource" => source::iscsi(node, report),
        "LabelSelectorRequirement" | "NodeSelectorRequirement" => {
            scheduling::requirement(node, report);
        }
        "NodeSelector" => scheduling::node_selector(node, report),
        "PersistentVolumeClaimSpec" => source::claim(node, whole, report),
        "PodAffinityTerm" => scheduling::affinity_term(node, whole, report),
        "PodCertificateProjection" => source::certificate(node, report),
        "PodDNSConfig" => relation::dns_config(node, report),
        "PodSpec" => relation::pod_spec(node, report),
        "PreferredSchedulingTerm" => scheduling::preferred_term(node, report),
        "ProjectedVolumeSource" => source::projected(node, report),
        "QuobyteVolumeSource" => source::quobyte(node, report),
        "ResourceFieldSelector" => field_ref::divisor(node, report),
        "ResourceRequirements" => resources::requirements(node, whole, report),
        "Toleration" => scheduling::toleration(node, report),
        "TopologySpreadConstraint" => scheduling::spread_constraint(node, whole, report),
        "Volume" => source::volume(node, report),
        _ => {}
    }
}
