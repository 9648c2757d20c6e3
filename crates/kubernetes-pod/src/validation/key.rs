//! Checks of the keys of maps.

use super::invalid::Invalid;
use super::{format, resources};
use crate::names;

/// Checks a key of a map.
pub(super) fn check(ty: &str, field: &str, key: &str) -> Result<(), Invalid> {
    match (ty, field) {
        ("LabelSelector", "matchLabels")
        | ("ObjectMeta", "labels")
        | ("PodSpec", "nodeSelector") => Ok(names::qualified_name(key)?),
        ("ObjectMeta", "annotations") => Ok(names::annotation_key(key)?),
        ("FlexVolumeSource", "options") => format::flex_option(key),
        ("PodCertificateProjection", "userAnnotations") => format::domain_prefixed_key(key),
        ("ResourceRequirements", _) => resources::name(key),
        _ => Ok(()),
    }
}
