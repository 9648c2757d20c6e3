//! Values that the API server does not store as written: fields that it drops, and zeros that it
//! replaces by a default.
//!
//! Source: `k8s.io/kubernetes/pkg/apis/core/v1/defaults.go`, `pkg/api/pod/util.go`
//! (`dropDisabledFields`).

use kubernetes_pod::schema::{Absent, Field, Kind};
use lazy_json::{Node, Value};

use super::Slot;
use crate::settings::UnknownFields;

/// Checks that the API server does not drop a field because its feature gate is off by default.
///
/// # Errors
/// Returns a message if it does and the settings refuse unknown fields.
pub(super) fn gate(field: &Field, unknown_fields: UnknownFields) -> Result<(), String> {
    match field.gate {
        Some(gate) if unknown_fields == UnknownFields::Refuse => Err(format!(
            "the API server drops it unless its feature gate {gate} is on, which is off by default: \
             if it is on, set `unknownFields: Allow`"
        )),
        _ => Ok(()),
    }
}

/// Checks that a value is not a zero that the API server replaces by a default.
///
/// # Errors
/// Returns a message that names the default.
pub(super) fn zero(slot: Slot<'_>, kind: &Kind, node: &Node<'_>) -> Result<(), String> {
    let zero = match (kind, node.value()) {
        (Kind::String | Kind::Enum(_), Value::String(text)) if text.is_empty() => {
            "must not be empty"
        }
        (Kind::Int32 | Kind::Int64, Value::Number("0")) => "must not be 0",
        (Kind::Int64, Value::Number(digits)) => return seconds(slot, digits),
        _ => return Ok(()),
    };
    match (slot.ty.name, slot.field.name, slot.field.absent) {
        ("Container", "imagePullPolicy", _) | ("ImageVolumeSource", "pullPolicy", _) => {
            Err(format!(
                "{zero}: the API server makes Always or IfNotPresent of it, by the image's tag"
            ))
        }
        (_, _, Absent::Default(default)) if slot.field.zero_is_default => Err(format!(
            "{zero}: the API server makes {} of it",
            default.trim_matches('"')
        )),
        _ => Ok(()),
    }
}

/// Checks a number of seconds (`Convert_v1_Pod_To_core_Pod`).
fn seconds(slot: Slot<'_>, digits: &str) -> Result<(), String> {
    let place = (slot.ty.name, slot.field.name);
    if place == ("PodSpec", "terminationGracePeriodSeconds") && digits.starts_with('-') {
        return Err("must be at least 0: the API server makes 1 of it".to_owned());
    }
    Ok(())
}
