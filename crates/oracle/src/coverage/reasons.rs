//! Why some fields can't be changed in some way. See [`reason`].

use super::way::{Place, Way};

const ALWAYS_THERE: &str = "every pod has it when webhooks run";
const GATED: &str = "its feature gate is off, and the API server drops it";

/// The reason for which a field is not changed in a way, if there is one.
pub(super) fn reason(place: Place, way: Way) -> Option<&'static str> {
    let (ty, field) = place;
    let gated = matches!(
        place,
        ("PodSpec", "schedulingGroup")
            | ("Lifecycle", "stopSignal")
            | ("VolumeProjection", "clusterTrustBundle" | "podCertificate")
            | (
                "ClusterTrustBundleProjection" | "PodCertificateProjection" | "PodSchedulingGroup",
                _
            )
    );
    if gated {
        return Some(GATED);
    }
    match (ty, field, way) {
        ("Pod", "metadata" | "spec", Way::Added | Way::Removed)
        | ("PodSpec", "containers", Way::Added | Way::Removed)
        | (
            "PodSpec",
            "dnsPolicy"
            | "enableServiceLinks"
            | "restartPolicy"
            | "schedulerName"
            | "securityContext"
            | "serviceAccountName"
            | "terminationGracePeriodSeconds"
            | "tolerations",
            Way::Added,
        ) => Some(ALWAYS_THERE),
        _ => None,
    }
}
