//! Required fields. See [`is_required`].

use super::types::{Absent, Field, Type};

/// Fields that the API server requires although their type does not.
const NEEDED: [(&str, &str); 17] = [
    ("ConfigMapEnvSource", "name"),
    ("ConfigMapKeySelector", "name"),
    ("ConfigMapProjection", "name"),
    ("ConfigMapVolumeSource", "name"),
    ("ContainerRestartRule", "exitCodes"),
    ("EphemeralVolumeSource", "volumeClaimTemplate"),
    ("ExecAction", "command"),
    ("ImageVolumeSource", "reference"),
    ("PersistentVolumeClaimSpec", "accessModes"),
    ("PodDNSConfigOption", "name"),
    ("PodSchedulingGroup", "podGroupName"),
    ("ScaleIOVolumeSource", "volumeName"),
    ("SecretEnvSource", "name"),
    ("SecretKeySelector", "name"),
    ("SecretProjection", "name"),
    ("SecretVolumeSource", "secretName"),
    ("StorageOSVolumeSource", "volumeName"),
];

/// Fields that their type requires, but for which the API server accepts absence as the zero value.
const NOT_NEEDED: [(&str, &str); 5] = [
    ("HTTPHeader", "value"),
    ("ISCSIVolumeSource", "lun"),
    ("PreferredSchedulingTerm", "preference"),
    ("SleepAction", "seconds"),
    ("Sysctl", "value"),
];

/// Whether the API server refuses an object without this field.
pub fn is_required(ty: &Type, field: &Field) -> bool {
    let place = (ty.name, field.name);
    match field.absent {
        Absent::Required => !NOT_NEEDED.contains(&place),
        Absent::Default(_) => false,
        Absent::Unset | Absent::Zero => NEEDED.contains(&place),
    }
}

/// The required fields of a type.
pub fn required_fields(ty: &'static Type) -> impl Iterator<Item = &'static Field> {
    // Most types have no such additional fields.
    let needs_more = NEEDED.iter().any(|(name, _)| *name == ty.name);
    ty.fields.iter().filter(move |field| {
        (needs_more || field.absent == Absent::Required) && is_required(ty, field)
    })
}
