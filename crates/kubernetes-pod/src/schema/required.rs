//! Fields that an object needs.

use super::types::{Absent, Field, Type};

/// Fields that an object needs though its type does not demand them.
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

/// Fields that a type demands, where the API server takes a zero for one that is not there.
const NOT_NEEDED: [(&str, &str); 5] = [
    ("HTTPHeader", "value"),
    ("ISCSIVolumeSource", "lun"),
    ("PreferredSchedulingTerm", "preference"),
    ("SleepAction", "seconds"),
    ("Sysctl", "value"),
];

/// Whether an object needs this field: more than its type demands in places, and less where the
/// API server takes a zero for a field that is not there.
pub fn is_required(ty: &Type, field: &Field) -> bool {
    let place = (ty.name, field.name);
    match field.absent {
        Absent::Required => !NOT_NEEDED.contains(&place),
        Absent::Default(_) => false,
        Absent::Unset | Absent::Zero => NEEDED.contains(&place),
    }
}

/// The fields that an object needs.
pub fn required_fields(ty: &'static Type) -> impl Iterator<Item = &'static Field> {
    // Most types need no more than they demand.
    let needs_more = NEEDED.iter().any(|(name, _)| *name == ty.name);
    ty.fields.iter().filter(move |field| {
        (needs_more || field.absent == Absent::Required) && is_required(ty, field)
    })
}
